import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { EventSourceStub } from '@/test/events';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const NOW = new Date();
const AT = NOW.toISOString();
const bucket = (at: Date, change: Partial<S['RunBucket']> = {}): S['RunBucket'] => ({
  runs: 0, succeeded: 0, partial: 0, failed: 0, cancelled: 0, total_records: 0, inserted_records: 0, updated_records: 0, rejected_records: 0,
  bytes_read: 0, duration_seconds: 0, success_rate: null, mean_seconds: null, at: at.toISOString(), ...change,
});
const counts = (change: Partial<S['RunCounts']> = {}): S['RunCounts'] => {
  const { at: _, ...rest } = bucket(NOW, change);
  return rest;
};
const brief = (change: Partial<S['RunBrief']> = {}): S['RunBrief'] => ({
  id: 'r1', task_id: 't1', task_name: 'orders', status: 'FAILED', trigger: 'api', total_records: 10, rejected_records: 0, queued_at: '2026-03-01T08:00:00Z',
  started_at: AT, finished_at: AT, duration_seconds: 1, error: 'The table is gone.', notice: null, ...change,
});
const board = (change: Partial<S['Dashboard']> = {}): S['Dashboard'] => ({
  tasks: 3, connections: 1, schedules_enabled: 0, schedules_paused: 0, pending: 0, running: 0, open_rejects: 62,
  today: counts({ runs: 4, inserted_records: 1200, updated_records: 34, success_rate: 0.75 }), week: counts(), running_now: [], recent: [brief({ status: 'SUCCESS' })],
  failed: [], drifted: [], next_runs: [], hours: [bucket(NOW, { runs: 1 })], ...change,
});
const run = (change: Partial<S['RunSummary']> = {}) => ({
  ...brief({ status: 'RUNNING', error: null, finished_at: null }), is_dry: false, bytes_read: 0, bytes_total: null, ...change,
});

function serve(data: S['Dashboard'], runs: unknown[] = [], schedules: unknown[] = []) {
  const asked: URL[] = [];
  server.use(
    http.get('*/api/v1/dashboard', () => HttpResponse.json(data)),
    http.get('*/api/v1/runs', () => HttpResponse.json(pageOf(runs))),
    http.get('*/api/v1/schedules', () => HttpResponse.json(pageOf(schedules))),
    http.get('*/api/v1/projects/:project/members', () => HttpResponse.json([])),
    http.get('*/api/v1/stats/runs', ({ request }) => {
      const url = new URL(request.url);
      asked.push(url);
      const total = counts({ inserted_records: 1000, runs: 4, success_rate: 0.5 });
      const buckets = [bucket(new Date('2026-03-01T00:00:00Z'), { inserted_records: 500, rejected_records: 7, runs: 2 }), bucket(new Date('2026-03-02T00:00:00Z'))];
      return HttpResponse.json({ since: AT, until: AT, bucket: url.searchParams.get('bucket')!, total, buckets } satisfies S['RunStats']);
    }),
  );
  return asked;
}

test('the numbers of the day are there with the difference to the day before, and lead to their lists', async () => {
  serve(board());
  open('/?project=sales');
  const list = await screen.findByRole('list', { name: 'Last 24 hours' });
  const loaded = within(list).getByRole('link', { name: /Rows loaded/ });
  expect(loaded).toHaveTextContent('1,234');
  await waitFor(() => expect(loaded).toHaveTextContent('234 more than the day before'));
  expect(within(list).getByRole('link', { name: /Success rate/ })).toHaveTextContent('25 points more');
  expect(within(list).getByRole('link', { name: /Open rejected rows/ })).toHaveAttribute('href', '/runs?has_rejects=true');
});

test('failures that nobody has made good, changed sources and paused schedules need attention', async () => {
  const paused = { id: 's1', task_id: 't3', task_name: 'stock', is_enabled: true, is_paused: true, paused_at: AT, paused_reason: 'Failed 5 times.', failures: 5, next_run_at: null, words: '', spec: {} };
  serve(
    board({
      failed: [brief(), brief({ id: 'r0' }), brief({ id: 'r9', task_id: 't9', task_name: 'mended' })],
      recent: [brief({ id: 'r10', task_id: 't9', task_name: 'mended', status: 'SUCCESS', queued_at: '2026-03-02T08:00:00Z' })],
      drifted: [brief({ id: 'r5', task_id: 't5', task_name: 'visits', status: 'SUCCESS', notice: "Fields without a column in 'visits', not loaded: phone." })],
    }),
    [], [paused],
  );
  open('/');
  const part = await screen.findByRole('region', { name: 'Needs attention' });
  expect(await within(part).findByRole('link', { name: 'stock' })).toHaveAttribute('href', '/tasks/t3?tab=schedule');
  expect(within(part).getByRole('link', { name: 'orders' })).toHaveAttribute('href', '/runs/r1');
  expect(part).toHaveTextContent('The table is gone. (2 failures)');
  expect(part).toHaveTextContent('not loaded: phone');
  expect(within(part).queryByText('mended')).not.toBeInTheDocument();
});

test('the chart is read with the arrow keys, and is a table when one is wanted', async () => {
  const asked = serve(board());
  const { user } = open('/');
  const chart = await screen.findByRole('slider', { name: 'Rows of the last 24 hours' });
  chart.focus();
  await user.keyboard('{ArrowRight}');
  expect(chart).toHaveAttribute('aria-valuetext', expect.stringContaining('500 loaded, 7 rejected, 2 runs'));
  await user.click(screen.getByRole('button', { name: '30 days' }));
  await screen.findByRole('slider', { name: 'Rows of the last 30 days' });
  expect(asked.at(-1)?.searchParams.get('bucket')).toBe('day');
  await user.click(screen.getByRole('checkbox', { name: 'As table' }));
  const table = within(await screen.findByRole('region', { name: 'Rows of the last 30 days' })).getByRole('table');
  expect(within(table).getByRole('row', { name: /March 1.* 500 7 2/ })).toBeVisible();
  expect(location.search).toContain('view=table');
});

test('a run that goes on shows its rows as they come', async () => {
  serve(board(), [run({ total_records: 10 })]);
  open('/');
  const part = await screen.findByRole('region', { name: 'Recent runs' });
  await within(part).findByText('Running');
  EventSourceStub.send({
    kind: 'run_progress', id: 1, at: AT, project_id: 'p1', run_id: 'r1',
    data: { phase: 'load', rows: 4711, rejected: 0, bytes_read: 1, bytes_total: null, rows_per_second: 1, seconds_left: null },
  });
  await within(part).findByText(/4,711 rows/);
});

test('an empty project offers sample data, runs it and shows the run', async () => {
  const sent: unknown[] = [];
  serve(board({ tasks: 0, recent: [], connections: 0 }));
  server.use(
    http.post('*/api/v1/projects/:project/sample', ({ params }) => { sent.push(params.project); return HttpResponse.json({ task_id: 't7', task: '', connection: '', file: '', created: true } satisfies S['SampleView']); }),
    http.post('*/api/v1/runs', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json({ id: 'r7' }, { status: 202 }); }),
    http.get('*/api/v1/runs/:run', () => problem(404, 'not_found', 'gone')),
  );
  const { user } = open('/?project=sales');
  await user.click(await screen.findByRole('button', { name: 'Try it with sample data' }));
  await waitFor(() => expect(location.pathname).toBe('/runs/r7'));
  expect(sent).toEqual(['sales', expect.objectContaining({ task: 't7' })]);
});

test('who only looks is not asked to define something', async () => {
  serve(board({ tasks: 0, recent: [] }));
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'sales', role: 'viewer' }] }))));
  open('/?project=sales');
  await screen.findByText(/Your role here only looks/);
  expect(screen.queryByRole('link', { name: 'New task' })).not.toBeInTheDocument();
});

test('the first steps go when they are sent away', async () => {
  serve(board());
  const { user } = open('/');
  const part = await screen.findByRole('region', { name: /First steps/ });
  await within(part).findByRole('link', { name: 'Invite somebody' });
  await user.click(within(part).getByRole('button', { name: 'Hide this list' }));
  expect(screen.queryByRole('region', { name: /First steps/ })).not.toBeInTheDocument();
});

test('numbers that fail do not take the rest with them, and can be asked for again', async () => {
  serve(board(), [run()]);
  let failures = 1;
  server.use(http.get('*/api/v1/dashboard', () => (failures-- > 0 ? problem(403, 'forbidden', 'not now.') : HttpResponse.json(board()))));
  const { user } = open('/');
  expect(await screen.findByRole('alert')).toHaveTextContent('The numbers could not be shown');
  await screen.findByRole('link', { name: 'orders' });
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('list', { name: 'Last 24 hours' });
});
