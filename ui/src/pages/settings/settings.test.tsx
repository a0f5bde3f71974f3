import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { dialogOver, open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const AT = '2026-03-01T08:00:00Z';
const person = (change: Partial<S['UserView']> = {}): S['UserView'] => ({ ...me().user, id: 'u2', email: 'bo@example.org', name: 'Bo', is_admin: false, version: 4, ...change });
const token: S['TokenView'] = { id: 'k1', name: 'nightly', prefix: 'igw_abc', role: 'operator', project_id: null, expires_at: null, last_used_at: null, created_at: AT };
const channel: S['NotificationView'] = { id: 'n1', name: 'ops', kind: 'webhook', target: 'https://hooks.example.org/…', events: ['FAILED'], is_enabled: true, created_at: AT, updated_at: AT, version: 2 };
const delivery: S['DeliveryView'] = { id: 'd1', notification_id: 'n1', run_id: null, event: 'test', target: 'x', status: 'failed', attempts: 1, next_attempt_at: null, answer: { status: 500, body: 'broken' }, payload: {}, created_at: AT, finished_at: AT };
const session = (change: Partial<S['SessionView']>): S['SessionView'] => ({ id: 'x1', ip: '192.0.2.1', user_agent: 'Mozilla/5.0 (X11; Linux) Firefox/140.0', created_at: AT, last_seen_at: AT, expires_at: AT, is_this: true, ...change });

test('a session elsewhere is ended; the one in use is named', async () => {
  const ended: unknown[] = [];
  let list = [session({}), session({ id: 'x2', user_agent: 'Mozilla/5.0 (iPhone) Safari/605', is_this: false })];
  server.use(
    http.get('*/api/v1/auth/sessions', () => HttpResponse.json(list)),
    http.delete('*/api/v1/auth/sessions/:id', ({ params }) => { ended.push(params.id); list = list.slice(0, 1); return new HttpResponse(null, { status: 204 }); }),
  );
  const { user } = open('/settings');
  await screen.findByText('This browser');
  await user.click(await screen.findByRole('button', { name: 'End the session of Safari on iPhone' }));
  await waitFor(() => expect(screen.queryByText('Safari on iPhone')).not.toBeInTheDocument());
  expect(ended).toEqual(['x2']);
});

test('a wrong present password is said at its field', async () => {
  server.use(
    http.get('*/api/v1/auth/sessions', () => HttpResponse.json([])),
    http.put('*/api/v1/auth/password', () => problem(422, 'invalid', 'no', { errors: [{ path: 'current', message: 'this is not your present password.' }] })),
  );
  const { user } = open('/settings?tab=profile');
  await user.type(await screen.findByLabelText('Present password'), 'wrong');
  await user.type(screen.getByLabelText('New password'), 'seven grey herons{Enter}');
  await screen.findByText('This is not your present password.');
  expect(screen.getByText('Please look at the marked fields.')).toBeVisible();
});

test('a token is made, shown once, and revoked', async () => {
  const sent: Record<string, unknown>[] = [];
  let list: S['TokenView'][] = [];
  server.use(
    http.get('*/api/v1/auth/tokens', () => HttpResponse.json(pageOf(list))),
    http.post('*/api/v1/auth/tokens', async ({ request }) => { sent.push((await request.json()) as Record<string, unknown>); list = [token]; return HttpResponse.json({ ...token, token: 'igw_secret' } satisfies S['IssuedToken'], { status: 201 }); }),
    http.delete('*/api/v1/auth/tokens/:id', () => { list = []; return new HttpResponse(null, { status: 204 }); }),
  );
  const { user } = open('/settings?tab=tokens');
  await screen.findByText('You have no tokens');
  await user.click(screen.getByRole('button', { name: 'New token' }));
  await user.type(await screen.findByLabelText('Name'), 'nightly{Enter}');
  expect(await screen.findByRole('textbox', { name: 'Token' })).toHaveValue('igw_secret');
  expect(sent[0]).toMatchObject({ name: 'nightly', role: 'operator', project: null });
  await user.click(screen.getByRole('button', { name: 'I have kept it' }));
  await user.click(await screen.findByRole('button', { name: 'Revoke nightly' }));
  await user.click(await screen.findByRole('button', { name: 'Revoke' }));
  await screen.findByText('You have no tokens');
});

test('somebody is invited and the link is there to be sent; an address that is taken is said', async () => {
  let isTaken = true;
  server.use(
    http.get('*/api/v1/users', () => HttpResponse.json(pageOf([person()]))),
    http.post('*/api/v1/users', () =>
      isTaken
        ? problem(409, 'conflict', "'bo@example.org' belongs to somebody already.")
        : HttpResponse.json({ user: person(), invitation: { token: 't', url: 'https://gw.example/invitation#t', expires_at: AT } } satisfies S['InvitedUser'], { status: 201 })),
  );
  const { user } = open('/settings?tab=users');
  await user.click(await screen.findByRole('button', { name: 'Invite somebody' }));
  const dialog = await screen.findByRole('dialog', { name: 'Invite somebody' });
  await user.type(within(dialog).getByLabelText('E-mail'), 'bo@example.org{Enter}');
  expect(await within(dialog).findByRole('alert')).toHaveTextContent('belongs to somebody already');
  isTaken = false;
  await user.click(within(dialog).getByRole('button', { name: 'Make the link' }));
  expect(await screen.findByRole('textbox', { name: 'Link' })).toHaveValue('https://gw.example/invitation#t');
});

test('a locked person is let in again', async () => {
  let until: string | null = '2999-01-01T00:00:00Z';
  server.use(
    http.get('*/api/v1/users', () => HttpResponse.json(pageOf([person({ locked_until: until })]))),
    http.post('*/api/v1/users/u2/unlock', () => { until = null; return HttpResponse.json(person()); }),
  );
  const { user } = open('/settings?tab=users');
  await screen.findByText('Locked out');
  await user.click(screen.getByRole('button', { name: 'Actions for bo@example.org' }));
  await user.click(await screen.findByRole('menuitem', { name: 'End the lock-out' }));
  await waitFor(() => expect(screen.queryByText('Locked out')).not.toBeInTheDocument());
});

test('a channel is tested, and says what came back', async () => {
  server.use(
    http.get('*/api/v1/notifications', () => HttpResponse.json(pageOf([channel]))),
    http.get('*/api/v1/deliveries', () => HttpResponse.json(pageOf([delivery]))),
    http.post('*/api/v1/notifications/n1/test', () => HttpResponse.json(delivery)),
  );
  const { user } = open('/settings?tab=notifications');
  await user.click(await screen.findByRole('button', { name: 'Send a test to ops' }));
  expect(await screen.findByText('The test message has not arrived. 500: broken')).toBeVisible();
});

test('an edit that somebody else was faster with can be kept or given up', async () => {
  const tags: (string | null)[] = [];
  server.use(
    http.get('*/api/v1/notifications', () => HttpResponse.json(pageOf([channel]))),
    http.get('*/api/v1/deliveries', () => HttpResponse.json(pageOf([]))),
    http.patch('*/api/v1/notifications/n1', ({ request }) => {
      tags.push(request.headers.get('if-match'));
      return tags.length === 1 ? problem(412, 'stale', 'changed meanwhile') : HttpResponse.json(channel);
    }),
    http.get('*/api/v1/notifications/n1', () => HttpResponse.json({ ...channel, version: 7, name: 'night watch', events: ['SUCCESS'] })),
  );
  const { user } = open('/settings?tab=notifications');
  await user.click(await screen.findByRole('button', { name: 'Edit ops' }));
  await user.click(await screen.findByRole('button', { name: 'Save' }));
  const dialog = await dialogOver('Somebody else has changed this channel');
  expect(within(dialog).getByRole('table', { name: 'Mine and theirs' })).toHaveTextContent('Nameopsnight watch');
  expect(dialog).toHaveTextContent('Told of runs that end with');
  expect(dialog).not.toHaveTextContent('Address');
  await user.click(within(dialog).getByRole('button', { name: 'Keep mine' }));
  await waitFor(() => expect(tags).toEqual(['"2"', '"7"']));
});

test('who is no administrator sees neither people nor the server', async () => {
  server.use(
    http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: person() }))),
    http.get('*/api/v1/auth/sessions', () => HttpResponse.json([])),
  );
  open('/settings?tab=users');
  await screen.findByRole('tab', { name: 'API tokens' });
  expect(screen.queryByRole('tab', { name: 'People' })).not.toBeInTheDocument();
  expect(await screen.findByLabelText('Present password')).toBeVisible();
});
