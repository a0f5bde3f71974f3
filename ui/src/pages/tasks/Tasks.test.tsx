import '@/test/warm';
import './Tasks';
import './TaskDetail';
import './RunOptions';
import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { aRun } from '@/pages/runs/samples';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const AT = '2026-03-01T08:00:00Z';
const recent = (status: string, id: string): S['RecentRun'] => ({ id, status, queued_at: AT, duration_seconds: 2, total_records: 10, rejected_records: 0 });
const schedule: S['TaskSchedule'] = { id: 's1', words: 'At 06:30, every day (UTC)', cron: '30 6 * * *', every_seconds: null, timezone: 'UTC', is_enabled: true, paused_at: null, next_run_at: '2027-03-02T06:30:00Z' };
const aTask = (change: Partial<S['TaskView']> = {}): S['TaskView'] => ({
  id: 't1', project_id: 'p1', name: 'orders', description: 'Of the shop', source_kind: 'http', source_connection: 'shop-api', connection: 'warehouse', table: 'orders', current: 3, version: 7,
  created_at: AT, updated_at: AT, last_run: null, schedule, recent: [recent('FAILED', 'r2'), recent('SUCCESS', 'r1')],
  definition: {
    name: 'orders', source: { connection: 'shop-api' }, load: { table: 'orders', mode: 'upsert', keys: ['id'] },
    mapping: [{ to: 'id', from: 'number', transforms: ['to_int'] }, { to: 'total', expression: 'qty * price' }], rules: [{ not_null: 'id' }, { range: { column: 'total', min: 0 }, on_fail: 'set_null' }],
  },
  warnings: [], has_push_token: false, has_push_secret: false,
  ...change,
});

function serve(tasks: S['TaskView'][]) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get('*/api/v1/tasks', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const found = tasks.filter((one) => one.name.includes(query.get('search') ?? '') && (!query.get('source_kind') || one.source_kind === query.get('source_kind')));
      return HttpResponse.json(pageOf(found));
    }),
    http.get('*/api/v1/connections', () => HttpResponse.json(pageOf([{ id: 'c1', name: 'warehouse' }]))),
    http.get('*/api/v1/tasks/:task', () => HttpResponse.json(tasks[0])),
    http.get('*/api/v1/runs', () => HttpResponse.json(pageOf([aRun()]))),
    http.get('*/api/v1/runs/:id', () => HttpResponse.json(aRun())),
  );
  return asked;
}
const viewer = () => server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'viewer' }] }))));

test('a task is listed with its way, its schedule in words and its last runs in words', async () => {
  serve([aTask()]);
  open('/tasks');
  const row = (await screen.findByRole('link', { name: 'orders' })).closest('tr')!;
  expect(row).toHaveTextContent('shop-api→orders in warehouse');
  expect(row).toHaveTextContent('At 06:30, every day (UTC)');
  expect(within(row).getByRole('img', { name: 'Last 2 runs: 1 failed, 1 success. The newest: failed.' })).toBeVisible();
});

test('a schedule is switched off at once, and on again when the server refuses', async () => {
  serve([aTask()]);
  let answer: () => void = () => undefined;
  const wait = new Promise<void>((done) => { answer = done; });
  server.use(http.post('*/api/v1/tasks/t1/schedule/disable', async () => { await wait; return problem(403, 'forbidden', 'you may not do this.'); }));
  const { user } = open('/tasks');
  const turn = await screen.findByRole('switch', { name: 'Run orders by its schedule' });
  await user.click(turn);
  expect(turn).not.toBeChecked();
  answer();
  await waitFor(() => expect(turn).toBeChecked());
  expect(await screen.findByText('you may not do this.')).toBeInTheDocument();
});

test('filters are kept as a view and come back with one click', async () => {
  const asked = serve([aTask()]);
  const { user } = open('/tasks?source=http');
  await screen.findByRole('link', { name: 'orders' });
  await user.click(screen.getByRole('button', { name: 'Views' }));
  await user.type(await screen.findByRole('textbox', { name: 'Name of this view' }), 'From APIs');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(screen.getByRole('button', { name: 'Clear filters' }));
  await waitFor(() => expect(location.search).toBe(''));
  await user.click(screen.getByRole('button', { name: 'Views (1)' }));
  await user.click(await screen.findByRole('button', { name: 'From APIs' }));
  await waitFor(() => expect(location.search).toBe('?source=http'));
  expect(asked.some((query) => query.get('source_kind') === 'http'), 'it may be answered from memory now').toBe(true);
});

test('tasks are found by how their last run ended and by whether they run by themselves', async () => {
  const asked = serve([aTask()]);
  const { user } = open('/tasks');
  await screen.findByRole('link', { name: 'orders' });
  await user.click(screen.getByText('Last run: any'));
  await user.click(screen.getByRole('checkbox', { name: 'Failed' }));
  await user.click(screen.getByRole('checkbox', { name: 'Never ran' }));
  await user.selectOptions(screen.getByRole('combobox', { name: 'Schedule' }), 'Paused by failures');
  await waitFor(() => expect(asked.at(-1)?.get('schedule')).toBe('paused'));
  expect(asked.at(-1)?.getAll('state')).toEqual(['FAILED', 'NEVER']);
  expect(location.search).toBe('?state=FAILED%2CNEVER&schedule=paused');
});

test('a task is run from its menu, and its run is shown', async () => {
  serve([aTask()]);
  let sent: unknown;
  server.use(http.post('*/api/v1/runs', async ({ request }) => { sent = await request.json(); return HttpResponse.json(aRun({ id: 'r9' }), { status: 202 }); }));
  const { user } = open('/tasks');
  await user.click(await screen.findByRole('button', { name: 'More for orders' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Run now' }));
  await waitFor(() => expect(location.pathname).toBe('/runs/r9'));
  expect(sent).toMatchObject({ task: 't1', wait: false });
});

test('a task is deleted only when its name was typed, and in the version that is seen', async () => {
  serve([aTask()]);
  let version: string | null = '';
  server.use(http.delete('*/api/v1/tasks/t1', ({ request }) => { version = request.headers.get('if-match'); return new HttpResponse(null, { status: 204 }); }));
  const { user } = open('/tasks');
  await user.click(await screen.findByRole('button', { name: 'More for orders' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog');
  const button = within(dialog).getByRole('button', { name: 'Delete the task' });
  expect(button).toBeDisabled();
  await user.type(within(dialog).getByRole('textbox'), 'orders');
  await user.click(button);
  await waitFor(() => expect(version).toBe('"7"'));
});

test('who may only look sees no actions that change something', async () => {
  viewer();
  serve([aTask()]);
  const { user } = open('/tasks');
  await user.click(await screen.findByRole('button', { name: 'More for orders' }));
  const menu = await screen.findByRole('menu');
  expect(within(menu).getAllByRole('menuitem').map((one) => one.textContent)).toEqual(['Export as a file', 'History']);
  expect(screen.queryByRole('link', { name: 'New task' })).not.toBeInTheDocument();
  expect(screen.getByRole('switch')).toBeDisabled();
});

test('the first task begins in the wizard; a failed list can be asked for again', async () => {
  serve([]);
  let calls = 0;
  server.use(http.get('*/api/v1/tasks', () => (++calls === 1 ? problem(404, 'not_found', 'there is no such project.') : HttpResponse.json(pageOf([])))));
  const { user } = open('/tasks');
  expect(await screen.findByRole('alert')).toHaveTextContent('there is no such project.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'No tasks yet' })).toBeVisible();
  expect(screen.getAllByRole('link', { name: 'New task' })[0]).toHaveAttribute('href', '/tasks/new');
});

test('the page of a task tells its mapping and rules in words', async () => {
  serve([aTask()]);
  const { user } = open('/tasks/t1');
  await user.click(await screen.findByRole('tab', { name: 'Mapping' }));
  const table = await screen.findByRole('table', { name: 'Mapping' });
  expect(table).toHaveTextContent('id numberto int');
  expect(table).toHaveTextContent('total calculated: qty * price');
  expect(location.search).toBe('?tab=mapping');
  await user.click(screen.getByRole('tab', { name: 'Rules' }));
  expect(await screen.findByText('total must be at least 0')).toBeVisible();
  expect(screen.getByText('Empty the value')).toBeVisible();
});

test('a dry run shows where rows would go and what would be made', async () => {
  serve([aTask()]);
  server.use(
    http.post('*/api/v1/tasks/t1/plan', () =>
      HttpResponse.json({
        partial: true,
        result: {
          status: 'SUCCESS', total_records: 1000, inserted_records: 990, updated_records: 6, unchanged_records: 0, skipped_records: 0, deduplicated_records: 0, rejected_records: 4,
          warnings: [], rejects: { by_reason: [{ code: 'not_null', column: 'id', count: 4 }] }, plan: { ddl: ['CREATE TABLE orders (id BIGINT)'], samples: { inserted: [{ id: 1 }], updated: [], rejected: [] } },
        },
      }),
    ),
  );
  const { user } = open('/tasks/t1');
  await user.click(await screen.findByRole('button', { name: 'Dry run' }));
  const drawer = await screen.findByRole('dialog', { name: 'Dry run of orders' });
  expect(await within(drawer).findByLabelText('What would happen to each row')).toHaveTextContent('Rows read1,000Inserted990Updated6');
  expect(drawer).toHaveTextContent('CREATE TABLE orders (id BIGINT)');
  expect(drawer).toHaveTextContent('Nothing was written.');
});

test('an earlier version is compared and restored; a stale restore asks which side to keep', async () => {
  serve([aTask()]);
  const version = (number: number, more: object = {}) => ({ number, note: '', created_by: 'u1', created_by_name: 'Ann', created_at: AT, is_current: number === 3, ...more });
  const sent: (string | null)[] = [];
  server.use(
    http.get('*/api/v1/tasks/t1/versions', () => HttpResponse.json(pageOf([version(3), version(2, { note: 'Prices as numbers' }), version(1)]))),
    http.get('*/api/v1/tasks/t1/versions/1', () => HttpResponse.json(version(1, { definition: { name: 'orders', source: { file: 'f0' }, load: { table: 'old_orders' } } }))),
    http.get('*/api/v1/tasks/t1/versions/1/diff', () => HttpResponse.json([{ path: 'load.table', before: 'old_orders', after: 'orders' }])),
    http.post('*/api/v1/tasks/t1/versions/1/restore', ({ request }) => {
      sent.push(request.headers.get('if-match'));
      return sent.length === 1 ? problem(412, 'stale_edit', 'somebody else has changed the task.') : HttpResponse.json(aTask({ version: 9 }));
    }),
  );
  const { user } = open('/tasks/t1?tab=history');
  const first = (await screen.findByText('Version 1')).closest('li')!;
  await user.click(within(first).getByRole('button', { name: 'Compare with the current one' }));
  expect(await within(first).findByRole('table', { name: 'Version 1 and version 3' })).toHaveTextContent('Tableold_ordersorders');
  await user.click(within(first).getByRole('button', { name: 'Restore' }));
  const dialog = await screen.findByRole('dialog', { name: 'Somebody else has changed this task' });
  expect(within(dialog).getByRole('row', { name: /^Table old_orders/ })).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Keep mine' }));
  await waitFor(() => expect(sent).toEqual(['"7"', '"7"']));
});

test('the push token is shown once, with an example', async () => {
  serve([aTask({ source_kind: 'push' })]);
  server.use(http.post('*/api/v1/tasks/t1/push/token', () => HttpResponse.json({ token: 'ig_secret', url: '/api/v1/tasks/t1/push' }, { status: 201 })));
  const { user } = open('/tasks/t1');
  await user.click(await screen.findByRole('button', { name: 'Make a token' }));
  const dialog = await screen.findByRole('dialog', { name: 'The token' });
  expect(dialog).toHaveTextContent("curl -X POST 'http://localhost:3000/api/v1/tasks/t1/push'");
  await user.click(within(dialog).getByRole('button', { name: 'I have kept it' }));
  await waitFor(() => expect(screen.queryByText('ig_secret')).not.toBeInTheDocument());
});

test('a run with options calls an address at its end; one that is none is said at the field', async () => {
  serve([aTask()]);
  const sent: unknown[] = [];
  server.use(http.post('*/api/v1/runs', async ({ request }) => {
    sent.push(await request.json());
    return sent.length === 1 ? problem(422, 'invalid', 'not valid', { errors: [{ path: 'callback_url', message: 'this address may not be called' }] }) : HttpResponse.json(aRun(), { status: 201 });
  }));
  const { user } = open('/tasks/t1');
  await user.click(await screen.findByRole('button', { name: 'More for orders' }));
  await user.click(await screen.findByText('Run with options'));
  const dialog = await screen.findByRole('dialog', { name: 'Run orders with options' });
  await user.click(within(dialog).getByLabelText(/^Address to call/));
  await user.paste('example.org');
  await user.click(within(dialog).getByRole('button', { name: 'Run' }));
  expect(await within(dialog).findByText(/begins with https/)).toBeInTheDocument();
  expect(sent).toEqual([]);
  await user.clear(within(dialog).getByLabelText(/^Address to call/));
  await user.paste('https://10.0.0.1/done');
  await user.click(within(dialog).getByRole('checkbox', { name: 'Write nothing (dry run)' }));
  await user.click(within(dialog).getByRole('button', { name: 'Run' }));
  expect(await within(dialog).findByText('This address may not be called')).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Run' }));
  await waitFor(() => expect(location.pathname).toMatch(/^\/runs\//));
  expect(sent[1]).toEqual({ task: 't1', wait: false, dry_run: true, max_attempts: 1, callback_url: 'https://10.0.0.1/done' });
}, 120_000);

test('a task that reads only what is new says how far it has read, and can begin anew', async () => {
  const task = aTask();
  serve([{ ...task, definition: { ...task.definition, source: { connection: 'shop-api', incremental: { field: 'updated_at' } } } }]);
  let kept: S['CursorView'] = { field: 'updated_at', value: '2026-02-28T23:59:00Z', kind: 'timestamp', saved_at: AT };
  server.use(
    http.get('*/api/v1/tasks/t1/cursor', () => HttpResponse.json(kept)),
    http.delete('*/api/v1/tasks/t1/cursor', () => { kept = { ...kept, value: null, kind: null, saved_at: null }; return new HttpResponse(null, { status: 204 }); }),
  );
  const { user } = open('/tasks/t1');
  const card = await screen.findByRole('region', { name: 'How far it has read' });
  expect(await within(card).findByText('2026-02-28T23:59:00Z')).toBeVisible();
  await user.click(within(card).getByRole('button', { name: 'Read from the beginning again' }));
  await user.click(await screen.findByRole('button', { name: 'Read from the beginning' }));
  expect(await within(card).findByText('Nothing is kept yet: the next run reads from the beginning.')).toBeVisible();
});
