import { screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, expect, test, vi } from 'vitest';
import type { S } from '@/api/client';
import { leave } from '@/lib/leave';
import { open } from '@/test/render';
import { me, problem, server } from '@/test/server';
import { goal } from './ask';

const providers: S['ProviderView'][] = [{ name: 'okta', title: 'Okta', kind: 'oidc', login_url: 'http://localhost/api/v1/auth/oidc/okta/login' }];
let went: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  went = vi.spyOn(leave, 'to').mockImplementation(() => undefined);
  server.use(
    http.get('*/api/v1/setup', () => HttpResponse.json({ needed: false } satisfies S['SetupState'])),
    http.get('*/api/v1/auth/providers', () => HttpResponse.json([])),
  );
});

async function signIn(user: ReturnType<typeof open>['user'], password = 'seven grey herons') {
  await user.type(await screen.findByLabelText('E-mail'), 'ann@example.org');
  await user.type(screen.getByLabelText('Password'), `${password}{Enter}`);
}

test('somebody signs in with the keyboard and gets where they wanted to go', async () => {
  const sent: unknown[] = [];
  server.use(http.post('*/api/v1/auth/login', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json(me()); }));
  const { user } = open('/login?next=%2Ftasks%3Fsearch%3Dx');
  await signIn(user);
  await waitFor(() => expect(went).toHaveBeenCalledWith('/tasks?search=x'));
  expect(sent).toEqual([{ email: 'ann@example.org', password: 'seven grey herons' }]);
});

test('nobody is sent to another site after signing in', () => {
  expect(['//evil.example', 'https://evil.example', '/\\evil.example', '/\t/evil.example', '/login?next=/login', null].map(goal)).toEqual(['/', '/', '/', '/', '/', '/']);
  expect(goal('/runs?status=FAILED')).toBe('/runs?status=FAILED');
});

test('a wrong password is answered with words that do not say what was wrong', async () => {
  server.use(http.post('*/api/v1/auth/login', () => problem(401, 'unauthenticated', 'the account of ann is unknown.')));
  const { user } = open('/login');
  await signIn(user);
  expect(await screen.findByRole('alert')).toHaveTextContent('The e-mail address or the password is wrong.');
  expect(screen.getByRole('button', { name: 'Sign in' })).toBeEnabled();
  expect(went).not.toHaveBeenCalled();
});

test('after too many tries the seconds that are left are shown, and the button waits', async () => {
  server.use(
    http.post('*/api/v1/auth/login', () =>
      HttpResponse.json({ title: 'Too Many Requests', status: 429, code: 'rate_limited', detail: 'this was tried too often.' }, { status: 429, headers: { 'Retry-After': '42' } })),
  );
  const { user } = open('/login');
  await signIn(user);
  expect(await screen.findByRole('timer')).toHaveTextContent(/again in 4[12] seconds/);
  expect(screen.getByRole('button', { name: 'Sign in' })).toBeDisabled();
});

test('what the installation offers for single sign-on is there, and comes back to the same place', async () => {
  server.use(http.get('*/api/v1/auth/providers', () => HttpResponse.json(providers)));
  open('/login?next=%2Fruns');
  expect(await screen.findByRole('link', { name: 'Sign in with Okta' })).toHaveAttribute('href', 'http://localhost/api/v1/auth/oidc/okta/login?next=%2Fruns');
});

test('a server that cannot be reached is said so', async () => {
  server.use(http.post('*/api/v1/auth/login', () => HttpResponse.error()));
  const { user } = open('/login');
  await signIn(user);
  expect(await screen.findByRole('alert')).toHaveTextContent('The gateway cannot be reached.');
});

test('a new installation leads to its set-up, and that to a run of the sample data', async () => {
  const sent: Record<string, unknown> = {};
  const sample: S['SampleView'] = { task_id: 't1', task: 'sample orders', connection: 'sample database', file: 'sample-orders.json', created: true };
  server.use(
    http.get('*/api/v1/setup', () => HttpResponse.json({ needed: true })),
    http.post('*/api/v1/setup', async ({ request }) => { sent.setup = await request.json(); return HttpResponse.json(me(), { status: 201 }); }),
    http.post('*/api/v1/projects/default/sample', ({ request }) => { sent.proof = request.headers.get('x-csrf-token'); return HttpResponse.json(sample); }),
    http.post('*/api/v1/runs', async ({ request }) => { sent.run = await request.json(); return HttpResponse.json({ id: 'r1' }, { status: 202 }); }),
  );
  const { user } = open('/login');
  await screen.findByRole('heading', { name: 'Set up IntakeGateway' });
  await user.type(screen.getByLabelText('Set-up token'), ' abc ');
  await user.type(screen.getByLabelText('E-mail'), 'ann@example.org');
  await user.type(screen.getByLabelText('Your name'), 'Ann');
  await user.type(screen.getByLabelText('Password'), 'seven grey herons');
  await user.click(screen.getByRole('button', { name: 'Create the administrator' }));
  const start = await screen.findByRole('button', { name: /Start with sample data/ });
  expect(start).toHaveFocus();
  await user.click(start);
  await waitFor(() => expect(went).toHaveBeenCalledWith('/runs/r1?project=default'));
  expect(sent).toEqual({
    setup: { token: 'abc', email: 'ann@example.org', name: 'Ann', password: 'seven grey herons' }, proof: 'proof', run: { task: 't1', wait: false },
  });
});

test('the set-up marks the field that the server refuses', async () => {
  server.use(
    http.get('*/api/v1/setup', () => HttpResponse.json({ needed: true })),
    http.post('*/api/v1/setup', () => problem(422, 'invalid', 'too easy.', { errors: [{ path: 'password', message: 'this password cannot be used: it is common.' }] })),
  );
  const { user } = open('/setup');
  await user.type(await screen.findByLabelText('Set-up token'), 'abc');
  await user.type(screen.getByLabelText('E-mail'), 'ann@example.org');
  await user.type(screen.getByLabelText('Password'), 'password12345');
  await user.click(screen.getByRole('button', { name: 'Create the administrator' }));
  const field = await screen.findByLabelText('Password');
  await waitFor(() => expect(field).toHaveAccessibleDescription(/This password cannot be used/));
  expect(field).toBeInvalid();
});

test('an installation that is set up leads from the set-up to signing in', async () => {
  open('/setup');
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible();
});

test('an invitation is taken with a password; one that is over says what to do', async () => {
  const sent: unknown[] = [];
  server.use(http.post('*/api/v1/auth/invitation', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json(me()); }));
  const { user, unmount } = open('/invitation#tok-1');
  await user.type(await screen.findByLabelText('Password'), 'seven grey herons{Enter}');
  await waitFor(() => expect(went).toHaveBeenCalledWith('/'));
  expect(sent).toEqual([{ token: 'tok-1', password: 'seven grey herons' }]);
  unmount();
  server.use(http.post('*/api/v1/auth/invitation', () => problem(401, 'unauthenticated', 'this invitation is not valid.')));
  const again = open('/invitation#tok-1');
  await again.user.type(await screen.findByLabelText('Password'), 'seven grey herons{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('Ask an administrator for a new one.');
});
