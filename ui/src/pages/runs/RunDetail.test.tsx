import '@/test/warm';
import './RunDetail';
import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { EventSourceStub } from '@/test/events';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';
import { aLine, aRun } from './samples';

const AT = '2026-03-01T08:00:00Z';
/** A server that has one run; `asked` collects how its log was asked for. */
function serve(run: S['RunView'], lines: S['RunLogView'][] = [aLine(1, 'Reading.')]) {
  const state = { run, lines, asked: [] as string[] };
  server.use(
    http.get('*/api/v1/runs/:id', () => HttpResponse.json(state.run)),
    http.get('*/api/v1/runs', () => HttpResponse.json(pageOf([]))),
    http.get('*/api/v1/runs/:id/logs', ({ request }) => {
      const query = new URL(request.url).searchParams;
      state.asked.push(query.toString());
      const after = Number(query.get('after'));
      const items = state.lines.filter((line) => line.id > after && (query.get('level') !== 'error' || line.level === 'error'));
      return HttpResponse.json({ items, last: items.at(-1)?.id ?? after });
    }),
  );
  return state;
}

test('what was read is shown as the sum of what became of it', async () => {
  serve(aRun());
  open('/runs/r5');
  const counts = await screen.findByLabelText('What happened to each row');
  expect(counts).toHaveTextContent('Read100Inserted60Updated20Unchanged10Skipped5Duplicates2Rejected3');
  expect(screen.getByRole('heading', { level: 1, name: 'orders' })).toBeVisible();
  expect(screen.getByRole('tab', { name: 'Rejected rows (3)' })).toBeVisible();
});

test('a run that goes on is followed: progress, log, and its end', async () => {
  const running = aRun({ status: 'RUNNING', phase: 'reading', finished_at: null, total_records: 0, rejected_records: 0, phases: { starting: 0.1 }, bytes_total: 1000, bytes_read: 0 });
  const state = serve(running);
  open('/runs/r5');
  const log = await screen.findByRole('log', { name: 'Lines of the log' });
  expect(log).toHaveAttribute('aria-live', 'off');
  expect(await within(log).findByText('Reading.')).toBeVisible();
  EventSourceStub.send({
    id: 1, at: AT, project_id: 'p1', kind: 'run_progress', run_id: 'r5',
    data: { phase: 'loading', rows: 40, rejected: 1, bytes_read: 400, bytes_total: 1000, rows_per_second: 20, seconds_left: 6 },
  });
  expect(await screen.findByRole('progressbar')).toHaveAttribute('aria-valuenow', '0');
  await waitFor(() => expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '40'));
  expect(screen.getByLabelText('Rows so far')).toHaveTextContent('Read so far40Rejected so far1');

  state.lines = [...state.lines, aLine(7, 'Loading.')];
  EventSourceStub.send({ id: 2, at: AT, project_id: 'p1', kind: 'run_log', run_id: 'r5', data: { level: 'info', event: 'said', message: 'Loading.', facts: {}, at: AT } });
  expect(await within(log).findByText('Loading.')).toBeVisible();
  expect(within(log).getAllByText('Reading.')).toHaveLength(1);
  expect(state.asked.at(-1)).toContain('after=1');

  state.run = aRun();
  EventSourceStub.send({ id: 3, at: AT, project_id: 'p1', kind: 'run_status', run_id: 'r5', data: { status: 'SUCCESS', task_name: 'orders' } });
  expect(await screen.findByLabelText('What happened to each row')).toBeVisible();
  expect(screen.queryByRole('progressbar')).not.toBeInTheDocument();
});

test('after the connection was lost, the log goes on where it ended', async () => {
  const state = serve(aRun({ status: 'RUNNING', finished_at: null }));
  open('/runs/r5');
  const log = await screen.findByRole('log');
  await within(log).findByText('Reading.');
  state.lines = [...state.lines, aLine(4, 'Said while nobody listened.')];
  const [source] = EventSourceStub.all;
  source?.onerror?.();
  source?.onopen?.();
  expect(await within(log).findByText('Said while nobody listened.')).toBeVisible();
  expect(within(log).getAllByText('Reading.')).toHaveLength(1);
});

test('a failure is told with its likely cause, what to do and where, the technical part folded', async () => {
  serve(aRun({ status: 'FAILED', inserted_records: 0, error: { code: 'unavailable', message: 'The shop does not answer.', where: 'https://shop', hint: 'Look at its address.' } }));
  open('/runs/r5');
  const card = await screen.findByRole('region', { name: 'The run failed' });
  expect(card).toHaveTextContent('The shop does not answer.');
  expect(card).toHaveTextContent('Look at its address.');
  expect(within(card).getByRole('link', { name: 'Open the connection shop-api' })).toHaveAttribute('href', '/connections/shop-api');
  expect(within(card).getByText('Technical detail').closest('details')).not.toHaveAttribute('open');
  expect(screen.getByText(/ended early/)).toBeVisible();
});

test('a failed run is retried, and the new run is shown', async () => {
  serve(aRun({ status: 'FAILED' }));
  let sent: unknown;
  server.use(
    http.post('*/api/v1/runs/r5/retry', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(aRun({ id: 'r6', status: 'PENDING' }), { status: 202 });
    }),
  );
  const { user } = open('/runs/r5');
  await user.click(await screen.findByRole('button', { name: 'Retry' }));
  await waitFor(() => expect(location.pathname).toBe('/runs/r6'));
  expect(sent).toEqual({ current: false, wait: false });
});

test('rejected rows are replayed with the present task from the menu', async () => {
  serve(aRun({ status: 'PARTIAL_SUCCESS' }));
  let sent: unknown;
  server.use(
    http.post('*/api/v1/runs/r5/replay', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(aRun({ id: 'r7' }), { status: 202 });
    }),
  );
  const { user } = open('/runs/r5');
  await user.click(await screen.findByRole('button', { name: 'More ways to run it again' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Replay 3 rejected rows with the task as it is now' }));
  await waitFor(() => expect(sent).toMatchObject({ version: 'current' }));
});

test('who may only look cannot cancel, and is told why', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'viewer' }] }))));
  serve(aRun({ status: 'RUNNING', finished_at: null }));
  open('/runs/r5');
  const button = await screen.findByRole('button', { name: 'Cancel' });
  expect(button).toBeDisabled();
  expect(button).toHaveAttribute('title', expect.stringContaining('operators'));
});

test('the log is filtered by the server', async () => {
  const state = serve(aRun(), [aLine(1, 'Reading.'), aLine(2, 'It broke.', 'error')]);
  const { user } = open('/runs/r5');
  const log = await screen.findByRole('log');
  await within(log).findByText('Reading.');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Level' }), 'Errors only');
  await waitFor(() => expect(screen.queryByText('Reading.')).not.toBeInTheDocument());
  expect(screen.getByText('It broke.')).toBeVisible();
  expect(screen.getByRole('link', { name: 'Download these' })).toHaveAttribute('href', expect.stringContaining('level=error'));
  expect(state.asked.at(-1)).toContain('level=error');
});

test('a run that is not there says so, and can be tried again', async () => {
  let calls = 0;
  serve(aRun());
  server.use(http.get('*/api/v1/runs/:id', () => (++calls === 1 ? problem(404, 'not_found', 'there is no such run.') : HttpResponse.json(aRun()))));
  const { user } = open('/runs/r9');
  expect(await screen.findByRole('alert')).toHaveTextContent('there is no such run.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'orders' })).toBeVisible();
});
