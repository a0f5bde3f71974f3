import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, expect, test } from 'vitest';
import type { S } from '@/api/client';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const AT = '2026-03-01T08:00:00Z';
const test0 = (ok: boolean): S['TestView'] => ({
  ok, at: AT, seconds: 0.2, server_version: ok ? 'PostgreSQL 16.4' : '', message: ok ? 'The connection works.' : 'It fails to sign in: the password is wrong.',
  steps: [
    { name: 'connect', verdict: 'ok', seconds: 0.01, message: 'Connected.', hint: null },
    { name: 'sign_in', verdict: ok ? 'ok' : 'failed', seconds: 0.02, message: ok ? 'Signed in.' : 'the password is wrong.', hint: ok ? null : 'Ask who runs the database.' },
    { name: 'read', verdict: ok ? 'ok' : 'skipped', seconds: 0, message: ok ? 'Read.' : 'Not tried.', hint: null },
  ],
});
const connection = (change: Partial<S['ConnectionView']> = {}): S['ConnectionView'] => ({
  id: 'c1', name: 'warehouse', kind: 'postgresql', title: 'PostgreSQL', description: '', config: { host: 'db', database: 'dw' }, secrets: ['password'],
  address: 'postgresql://db/dw', source: true, destination: true, is_active: false, test: null, created_at: AT, updated_at: AT, version: 3, ...change,
});
const postgres: S['ConnectorView'] = {
  kind: 'postgresql', title: 'PostgreSQL', description: 'PostgreSQL 12 and newer.', group: 'database', source: true, destination: true, modes: ['append'],
  source_kind: 'sql', has_tables: true, can_be_tested: true, is_installed: true, install: '',
};
const rest: S['ConnectorView'] = { ...postgres, kind: 'http', title: 'REST API', description: 'An HTTP API.', group: 'api', destination: false, source_kind: 'http', has_tables: false };
const text = (title: string, order: number, more = {}) => ({ type: 'string', title, description: '', order, secret: false, advanced: false, ...more });
const schema = {
  type: 'object', required: ['host'],
  properties: {
    host: text('Host', 1, { examples: ['db.example.org'] }), port: { ...text('Port', 2), type: 'integer', default: 5432 }, database: text('Database', 3),
    password: text('Password', 4, { secret: true }), options: { ...text('Further options', 5, { advanced: true }), type: 'object' },
  },
};
const apiSchema = {
  type: 'object', required: ['url'],
  properties: {
    url: text('Address', 1),
    auth: { type: 'object', order: 2, required: [], properties: {
      type: text('Sign-in', 2, { enum: ['none', 'bearer'], default: 'none' }),
      token: text('Token', 3, { secret: true, when: { setting: 'auth.type', in: ['bearer'] } }),
    } },
  },
};
const task = { id: 't1', name: 'orders', connection: 'warehouse', source_connection: '' };

const list = (items: S['ConnectionView'][]) => http.get('*/api/v1/connections', () => HttpResponse.json(pageOf(items)));
beforeEach(() => {
  server.use(
    list([connection({ test: test0(false) }), connection({ id: 'c2', name: 'shop', kind: 'http', title: 'REST API', destination: false, address: 'https://shop', test: test0(true) })]),
    http.get('*/api/v1/connectors', () => HttpResponse.json([postgres, rest])),
    http.get('*/api/v1/connectors/postgresql/schema', () => HttpResponse.json(schema)),
    http.get('*/api/v1/connectors/http/schema', () => HttpResponse.json(apiSchema)),
    http.get('*/api/v1/tasks', () => HttpResponse.json(pageOf([task]))),
    http.get('*/api/v1/connections/:one', () => HttpResponse.json(connection({ test: test0(true) }))),
  );
});

test('the list says how each one is and who uses it, and can be searched', async () => {
  const { user } = open('/connections');
  const card = (await screen.findByRole('link', { name: 'warehouse' })).closest('li')!;
  expect(within(card).getByText('Failing')).toBeInTheDocument();
  expect(await within(card).findByText(/used by 1 task/)).toBeInTheDocument();
  expect(within(card).getByText(/the password is wrong/)).toBeInTheDocument();
  await user.selectOptions(screen.getByRole('combobox', { name: 'State' }), 'ok');
  expect(screen.queryByRole('link', { name: 'warehouse' })).not.toBeInTheDocument();
  expect(location.search).toContain('state=ok');
  await user.type(screen.getByRole('searchbox', { name: 'Search connections' }), 'zzz');
  expect(await screen.findByRole('heading', { name: 'No connection matches' })).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Clear filters' }));
  expect(await screen.findByRole('link', { name: 'shop' })).toBeInTheDocument();
});

test('without any, one is offered; a failure can be tried again', async () => {
  let tries = 0;
  server.use(http.get('*/api/v1/connections', () => (tries++ ? HttpResponse.json(pageOf([])) : problem(422, 'broken', 'it broke.'))));
  const { user } = open('/connections');
  expect(await screen.findByRole('alert')).toHaveTextContent('it broke.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'No connections yet' })).toBeInTheDocument();
});

test('a new one is tested, then saved with what was typed', async () => {
  const sent: unknown[] = [];
  server.use(
    http.post('*/api/v1/connections/test', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json(test0(true)); }),
    http.post('*/api/v1/connections', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json(connection({ id: 'c9', name: 'lake' }), { status: 201 }); }),
    http.post('*/api/v1/connections/c9/test', () => HttpResponse.json(test0(true))),
  );
  const { user } = open('/connections?new=1');
  await user.click(await screen.findByRole('button', { name: /PostgreSQL/ }));
  await user.click(await screen.findByRole('button', { name: 'Test and save' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Host is missing. Give it a name.');
  await user.type(screen.getByRole('textbox', { name: /^Name/ }), 'lake');
  await user.type(screen.getByRole('textbox', { name: /^Host/ }), 'db');
  await user.type(screen.getByRole('spinbutton', { name: 'Port' }), '5433');
  await user.type(screen.getByLabelText('Password'), 'hush');
  await user.click(screen.getByRole('button', { name: 'Test and save' }));
  await waitFor(() => expect(location.pathname).toBe('/connections/c9'));
  const config = { host: 'db', port: 5433, password: 'hush' };
  expect(sent).toEqual([{ kind: 'postgresql', config, id: null }, { name: 'lake', description: '', kind: 'postgresql', config }]);
});

test('a test that fails shows its step and its hint, saves nothing, and may be overridden', async () => {
  let saved = 0;
  server.use(
    http.post('*/api/v1/connections/test', () => HttpResponse.json(test0(false))),
    http.post('*/api/v1/connections', () => { saved += 1; return HttpResponse.json(connection({ id: 'c9' }), { status: 201 }); }),
    http.post('*/api/v1/connections/c9/test', () => HttpResponse.json(test0(false))),
  );
  const { user } = open('/connections?new=1&kind=postgresql');
  await user.type(await screen.findByRole('textbox', { name: /^Name/ }), 'lake');
  await user.type(screen.getByRole('textbox', { name: /^Host/ }), 'db');
  await user.click(screen.getByRole('button', { name: 'Test and save' }));
  const panel = await screen.findByRole('region', { name: 'Connection test' });
  expect(await within(panel).findByText('Ask who runs the database.')).toBeInTheDocument();
  expect(within(panel).getByText('Not tried')).toBeInTheDocument();
  expect(saved).toBe(0);
  await user.click(screen.getByRole('button', { name: 'Save without a test' }));
  await waitFor(() => expect(saved).toBe(1));
});

test('what the server refuses stands at its field', async () => {
  server.use(http.post('*/api/v1/connections/test', () => problem(422, 'definition', "'port' must be at most 65535.", { errors: [{ path: 'config.port', message: "'port' must be at most 65535." }] })));
  const { user } = open('/connections?new=1&kind=postgresql');
  await user.type(await screen.findByRole('textbox', { name: /^Name/ }), 'lake');
  await user.type(screen.getByRole('textbox', { name: /^Host/ }), 'db');
  await user.click(screen.getByRole('button', { name: 'Test now' }));
  await waitFor(() => expect(screen.getByRole('spinbutton', { name: 'Port' })).toHaveAccessibleDescription(/at most 65535/));
  expect(screen.getByRole('spinbutton', { name: 'Port' })).toBeInvalid();
});

test('a secret stays until it is replaced or removed', async () => {
  const sent: { config?: unknown }[] = [];
  server.use(
    http.post('*/api/v1/connections/test', () => HttpResponse.json(test0(true))),
    http.post('*/api/v1/connections/c1/test', () => HttpResponse.json(test0(true))),
    http.patch('*/api/v1/connections/c1', async ({ request }) => {
      expect(request.headers.get('if-match')).toBe('"3"');
      sent.push((await request.json()) as object);
      return HttpResponse.json(connection());
    }),
  );
  const { user } = open('/connections/c1');
  await user.click(await screen.findByRole('button', { name: 'Remove the password' }));
  expect(screen.getByText('Is removed when you save.')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Keep the password' }));
  await user.click(screen.getByRole('button', { name: 'Replace the password' }));
  await user.keyboard('new');
  await user.click(screen.getByRole('button', { name: 'Test and save' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]!.config).toEqual({ host: 'db', database: 'dw', password: 'new' });
});

test('settings appear with the way to sign in that needs them', async () => {
  const { user } = open('/connections?new=1&kind=http');
  expect(await screen.findByRole('textbox', { name: /^Address/ })).toBeInTheDocument();
  expect(screen.queryByLabelText('Token')).not.toBeInTheDocument();
  await user.selectOptions(screen.getByRole('combobox', { name: 'Sign-in' }), 'bearer');
  expect(screen.getByLabelText('Token')).toBeInTheDocument();
});

test('one that is used is not deleted, and the tasks are named', async () => {
  server.use(http.delete('*/api/v1/connections/c1', () => problem(409, 'conflict', "'warehouse' cannot be deleted: 1 task uses it ('orders').")));
  const { user } = open('/connections/c1');
  await user.click(await screen.findByRole('button', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByRole('textbox'), 'warehouse');
  await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
  const alert = await screen.findByText(/cannot be deleted: 1 task uses it/);
  expect(within(alert.closest<HTMLElement>('[role=alert]')!).getByRole('link', { name: 'orders' })).toHaveAttribute('href', '/tasks/t1');
});

test('an edit that came too late is compared, and mine can win', async () => {
  const versions: (string | null)[] = [];
  let reads = 0;
  server.use(
    http.get('*/api/v1/connections/c1', () => HttpResponse.json(reads++ ? connection({ version: 4, description: 'theirs' }) : connection())),
    http.patch('*/api/v1/connections/c1', ({ request }) => {
      versions.push(request.headers.get('if-match'));
      return versions.length === 1 ? problem(412, 'stale_edit', 'somebody else saved it.') : HttpResponse.json(connection({ version: 5, description: 'mine' }));
    }),
  );
  const { user } = open('/connections/c1');
  await user.type(await screen.findByRole('textbox', { name: 'What it is for' }), 'mine');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: /Somebody else has changed/ });
  expect(within(dialog).getByRole('row', { name: 'What it is for mine theirs' })).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Keep mine' }));
  await waitFor(() => expect(versions).toEqual(['"3"', '"4"']));
});

test('who may not change them can look', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'viewer' }] }))));
  open('/connections/c1');
  expect(await screen.findByText('Only editors and admins of this project can change it.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Delete' })).toBeDisabled();
  expect(screen.getByText('kept, not shown')).toBeInTheDocument();
});
