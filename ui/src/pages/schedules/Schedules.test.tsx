import '@/test/warm';
import './Schedules';
import './ScheduleEditor';
import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { aRun } from '@/pages/runs/samples';
import { dialogOver, open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';
import { aSchedule } from './samples';

/** A server with these schedules; what the list was asked for is kept. */
function serve(all: S['ScheduleView'][], idle: { id: string; name: string }[] = []) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get('*/api/v1/schedules', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const enabled = query.get('enabled');
      return HttpResponse.json(pageOf(all.filter((one) => (!query.get('task') || one.task_id === query.get('task')) && (enabled === null || String(one.is_enabled) === enabled))));
    }),
    http.get('*/api/v1/schedules/preview', ({ request }) =>
      HttpResponse.json({ words: `In words: ${new URL(request.url).searchParams.get('cron')}`, next_runs: [{ at: '2027-03-28T01:30:00Z', local: '2027-03-28T03:30:00+02:00', remark: '02:30 does not exist on this day.' }] }),
    ),
    http.get('*/api/v1/tasks', ({ request }) => HttpResponse.json(pageOf(new URL(request.url).searchParams.get('schedule') === 'none' ? idle : []))),
    http.get('*/api/v1/runs', () => HttpResponse.json(pageOf([aRun({ schedule_id: 's1', trigger: 'schedule' })]))),
  );
  return asked;
}
const viewer = () => server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'viewer' }] }))));
const rowOf = async (name: string) => (await screen.findByRole('button', { name })).closest('tr')!;

test('a schedule is listed in words, with its zone, its next run and what became of the last', async () => {
  serve([aSchedule()]);
  open('/schedules');
  const row = await rowOf('orders');
  expect(row).toHaveTextContent('At 06:30, every day (Europe/Berlin)30 6 * * *');
  expect(row).toHaveTextContent('Some rejected');
  expect(within(row).getByRole('link')).toHaveAttribute('href', '/runs/r5');
  expect(within(row).getByRole('switch', { name: 'Schedule of orders' })).toBeChecked();
});

test('it is switched off at once, and on again when the server refuses', async () => {
  serve([aSchedule()]);
  let answer: () => void = () => undefined;
  const wait = new Promise<void>((done) => { answer = done; });
  server.use(http.post('*/api/v1/tasks/t1/schedule/disable', async () => { await wait; return problem(403, 'forbidden', 'you may not do this.'); }));
  const { user } = open('/schedules');
  const turn = await screen.findByRole('switch', { name: 'Schedule of orders' });
  await user.click(turn);
  expect(turn).not.toBeChecked();
  answer();
  await waitFor(() => expect(turn).toBeChecked());
  expect(await screen.findByText('you may not do this.')).toBeInTheDocument();
});

test('one that was paused by failures says why, and goes on when it is told to', async () => {
  const all = [aSchedule({ is_paused: true, paused_at: '2026-03-01T09:00:00Z', paused_reason: '3 runs in a row failed.', next_run_at: null })];
  serve(all);
  server.use(http.post('*/api/v1/tasks/t1/schedule/resume', () => { all[0] = aSchedule(); return HttpResponse.json(all[0]); }));
  const { user } = open('/schedules');
  const row = await rowOf('orders');
  expect(row).toHaveTextContent('Paused3 runs in a row failed.');
  await user.click(within(row).getByRole('button', { name: 'Resume' }));
  await waitFor(() => expect(screen.queryByText('3 runs in a row failed.')).not.toBeInTheDocument());
});

test('those that are off can be shown alone; when there is none, the filter is cleared with one click', async () => {
  const asked = serve([aSchedule()]);
  const { user } = open('/schedules');
  await rowOf('orders');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Show' }), 'Those that are off');
  expect(await screen.findByText('No schedule matches.')).toBeVisible();
  expect(location.search).toBe('?on=no');
  expect(asked.at(-1)?.get('enabled')).toBe('false');
  await user.click(screen.getByRole('button', { name: 'Clear filters' }));
  expect(await rowOf('orders')).toBeVisible();
});

test('a project without schedules says how a task gets one; a failed list can be asked for again', async () => {
  serve([]);
  let calls = 0;
  server.use(http.get('*/api/v1/schedules', () => (++calls === 1 ? problem(404, 'not_found', 'there is no such project.') : HttpResponse.json(pageOf([])))));
  const { user } = open('/schedules');
  expect(await screen.findByRole('alert')).toHaveTextContent('there is no such project.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'No task runs by itself yet' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Choose a task' })).toHaveAttribute('href', '/tasks');
});

test('who may only look sees whether it is on, and cannot change it', async () => {
  viewer();
  serve([aSchedule()]);
  const { user } = open('/schedules');
  const row = await rowOf('orders');
  expect(row).toHaveTextContent(/On$/);
  expect(screen.queryByRole('switch')).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'orders' }));
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  expect(await within(drawer).findByText('Only editors and admins of the project may change the schedule.')).toBeVisible();
  expect(within(drawer).getByRole('switch', { name: 'The schedule is on' })).toBeDisabled();
  expect(within(drawer).queryByRole('button', { name: 'Save the schedule' })).not.toBeInTheDocument();
});

test('a schedule is opened at the side, changed and saved in the version that was seen', async () => {
  serve([aSchedule()]);
  const sent: { version: string | null; body: Record<string, unknown> }[] = [];
  server.use(
    http.put('*/api/v1/tasks/t1/schedule', async ({ request }) => {
      sent.push({ version: request.headers.get('if-match'), body: (await request.json()) as Record<string, unknown> });
      return HttpResponse.json(aSchedule({ version: 5 }));
    }),
  );
  const { user } = open('/schedules');
  await user.click(await screen.findByRole('button', { name: 'orders' }));
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  expect(location.search).toBe('?task=t1&name=orders');
  const save = await within(drawer).findByRole('button', { name: 'Save the schedule' });
  expect(save).toBeDisabled();
  await user.click(within(drawer).getByRole('radio', { name: 'Weekly' }));
  await user.click(within(drawer).getByRole('checkbox', { name: 'Saturday' }));
  expect(await within(drawer).findByText('02:30 does not exist on this day.')).toBeVisible();
  await user.click(save);
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ version: '"4"', body: { timezone: 'Europe/Berlin', overlap: 'skip' } });
  expect(String(sent[0]?.body.cron)).toMatch(/^30 6 \* \* .*6/);
  expect(await screen.findByText('The schedule is saved.')).toBeInTheDocument();
});

test('a task without a schedule gets one from here', async () => {
  serve([aSchedule()], [{ id: 't7', name: 'refunds' }]);
  const { user } = open('/schedules');
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Add a schedule for a task' }), 'refunds');
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of refunds' });
  expect(location.search).toBe('?task=t7&name=refunds');
  expect(await within(drawer).findByRole('button', { name: 'Add a schedule' })).toBeVisible();
});

test('who may not edit, and where every task has a schedule, is offered none', async () => {
  viewer();
  serve([aSchedule()], [{ id: 't7', name: 'refunds' }]);
  open('/schedules');
  await rowOf('orders');
  expect(screen.queryByRole('combobox', { name: 'Add a schedule for a task' })).not.toBeInTheDocument();
});

test('closing the side leads back to where it was opened', async () => {
  serve([aSchedule()]);
  const { user } = open('/schedules');
  await user.click(await screen.findByRole('button', { name: 'orders' }));
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  await user.click(within(drawer).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(location.search).toBe(''));
  expect(screen.getByRole('button', { name: 'orders' })).toHaveFocus();
});

test('what the server has against the expression stands at its field', async () => {
  serve([aSchedule()]);
  server.use(
    http.put('*/api/v1/tasks/t1/schedule', () => problem(422, 'invalid', 'cron: an hour is at most 23.', { errors: [{ path: 'cron', message: 'an hour is at most 23.' }] })),
  );
  const { user } = open('/schedules?task=t1&name=orders');
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  await user.click(await within(drawer).findByRole('radio', { name: 'Cron' }));
  const field = within(drawer).getByRole('textbox', { name: /Cron expression/ });
  await user.clear(field);
  await user.type(field, '0 24 * * *');
  await user.click(within(drawer).getByRole('button', { name: 'Save the schedule' }));
  expect(await within(drawer).findByRole('alert')).toHaveTextContent('The schedule was not saved.');
  expect(field).toHaveAccessibleDescription('an hour is at most 23.');
  expect(field).toHaveValue('0 24 * * *');
});

test('edits that crossed are compared; mine is kept over theirs only when that is chosen', async () => {
  serve([aSchedule()]);
  const sent: (string | null)[] = [];
  const theirs = aSchedule({ version: 9, words: 'At 09:00, every day (UTC)', spec: { ...aSchedule().spec, cron: '0 9 * * *', timezone: 'UTC' } });
  server.use(
    http.put('*/api/v1/tasks/t1/schedule', ({ request }) => {
      sent.push(request.headers.get('if-match'));
      return sent.length === 1 ? problem(412, 'stale_edit', 'somebody else has changed it.') : HttpResponse.json(aSchedule({ version: 10 }));
    }),
    http.get('*/api/v1/tasks/t1/schedule', () => HttpResponse.json(theirs)),
  );
  const { user } = open('/schedules?task=t1&name=orders');
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  await user.click(await within(drawer).findByRole('radio', { name: 'Hourly' }));
  await user.click(within(drawer).getByRole('button', { name: 'Save the schedule' }));
  const dialog = await dialogOver('Somebody else has changed this schedule');
  expect(dialog).toHaveTextContent('Time zoneEurope/BerlinUTC');
  expect(dialog).toHaveTextContent('At 09:00, every day (UTC)');
  await user.click(within(dialog).getByRole('button', { name: 'Keep mine' }));
  await waitFor(() => expect(sent).toEqual(['"4"', '"9"']));
  await waitFor(() => expect(dialog).not.toBeVisible());
});

test('a task without a schedule is given one', async () => {
  const all: S['ScheduleView'][] = [];
  serve(all);
  let sent: { version: string | null; body: unknown } | undefined;
  server.use(
    http.put('*/api/v1/tasks/t1/schedule', async ({ request }) => {
      sent = { version: request.headers.get('if-match'), body: await request.json() };
      all.push(aSchedule());
      return HttpResponse.json(all[0]);
    }),
  );
  const { user } = open('/schedules?task=t1&name=orders');
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  expect(await within(drawer).findByRole('heading', { name: 'orders has no schedule' })).toBeVisible();
  await user.click(within(drawer).getByRole('button', { name: 'Add a schedule' }));
  await user.click(await within(drawer).findByRole('button', { name: 'Add the schedule' }));
  await waitFor(() => expect(sent).toMatchObject({ version: null, body: { cron: '0 6 * * *', enabled: true } }));
  expect(await within(drawer).findByRole('switch', { name: 'The schedule is on' })).toBeChecked();
});

test('a schedule is deleted after a question, and the task is left to be run by hand', async () => {
  const all = [aSchedule()];
  serve(all);
  server.use(http.delete('*/api/v1/tasks/t1/schedule', () => { all.pop(); return new HttpResponse(null, { status: 204 }); }));
  const { user } = open('/schedules?task=t1&name=orders');
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  await user.click(await within(drawer).findByRole('button', { name: 'Delete the schedule' }));
  const question = await dialogOver('Delete the schedule of orders?');
  expect(question).toHaveTextContent('It then runs only by hand.');
  await user.click(within(question).getByRole('button', { name: 'Delete the schedule' }));
  expect(await within(drawer).findByRole('heading', { name: 'orders has no schedule' })).toBeVisible();
});

test('runs for past time are counted before they are started', async () => {
  serve([aSchedule()]);
  const sent: S['Backfill'][] = [];
  server.use(
    http.post('*/api/v1/tasks/t1/schedule/backfill', async ({ request }) => {
      const body = (await request.json()) as S['Backfill'];
      sent.push(body);
      return HttpResponse.json({ moments: ['2026-03-01T05:30:00Z', '2026-03-02T05:30:00Z'], run_ids: body.dry_run ? [] : ['r1', 'r2'] });
    }),
  );
  const { user } = open('/schedules?task=t1&name=orders');
  const drawer = await screen.findByRole('dialog', { name: 'Schedule of orders' });
  await user.click(await within(drawer).findByText('Run for past time'));
  const from = within(drawer).getByLabelText('From');
  await user.type(from, '2026-03-01T00:00');
  await user.type(within(drawer).getByLabelText('To'), '2026-03-03T00:00');
  const start = await within(drawer).findByRole('button', { name: 'Start 2 runs' });
  expect(sent.every((one) => one.dry_run)).toBe(true);
  await user.click(start);
  await waitFor(() => expect(sent.at(-1)).toMatchObject({ start: '2026-02-28T23:00:00.000Z', dry_run: false }));
  expect(await screen.findByText(/2 runs are in the queue/)).toBeInTheDocument();
  expect(from).toHaveValue('');
});

const ran = (states: Record<string, number>, change: Partial<S['CalendarRan']> = {}): S['CalendarRan'] => ({
  task_id: 't1', task_name: 'orders', runs: Object.values(states).reduce((sum, one) => sum + one, 0), states, last_run_id: 'r5', last_at: '2026-03-10T05:30:00Z', ...change,
});
const planned = (name: string, runs: number): S['CalendarRuns'] => ({ task_id: name, task_name: name, words: 'Hourly', runs, more: false, at: ['2026-03-20T05:00:00Z'] });
const DAYS: S['CalendarDay'][] = [
  { day: '2026-03-10', runs: 0, more: false, tasks: [], ran: [ran({ SUCCESS: 1 }), ran({ SUCCESS: 22, FAILED: 2 }, { task_id: 't2', task_name: 'prices' })] },
  { day: '2026-03-20', runs: 28, more: false, ran: [], tasks: [planned('orders', 1), planned('prices', 24), planned('stock', 1), planned('staff', 1), planned('shops', 1)] },
];
const serveCalendar = () => {
  const asked: string[] = [];
  server.use(http.get('*/api/v1/schedules/calendar', ({ request }) => { asked.push(new URL(request.url).search); return HttpResponse.json({ days: DAYS, whole: true }); }));
  return asked;
};

test('the calendar shows past days as they went, with the way to the runs', async () => {
  const asked = serveCalendar();
  open('/schedules?tab=calendar&day=2026-03-15');
  const one = await screen.findByRole('link', { name: /orders.*Success/ });
  expect(one).toHaveAttribute('href', '/runs/r5');
  const many = screen.getByRole('link', { name: /24 runs,.*prices.*Failed.*2 failed, 22 success/ });
  expect(many).toHaveAttribute('href', '/runs?time=2026-03-10T00%3A00..2026-03-11T00%3A00&task=t2');
  expect(asked[0]).toContain('from=2026-02-23&to=2026-04-05');
});

test('a busy day is counted, and opened as its week; other months are a click away', async () => {
  serve([]);
  const asked = serveCalendar();
  const { user } = open('/schedules?tab=calendar&day=2026-03-15');
  expect(await screen.findByRole('button', { name: /24 runs,\s*prices/ })).toBeVisible();
  expect(screen.queryByRole('button', { name: /shops/ })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'and 3 more tasks' }));
  expect(location.search).toBe('?tab=calendar&day=2026-03-20&view=week');
  expect(await screen.findByRole('button', { name: /shops/ })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'The next week' }));
  await waitFor(() => expect(asked.at(-1)).toContain('from=2026-03-23&to=2026-03-29'));
  await user.click(screen.getByRole('button', { name: 'The week before' }));
  await user.click(await screen.findByRole('button', { name: /shops/ }));
  expect(await screen.findByRole('dialog', { name: 'Schedule of shops' })).toBeVisible();
});

test('on a phone the calendar is a list of days', async () => {
  serveCalendar();
  open('/schedules?tab=calendar&day=2026-03-15', 390);
  const day = (await screen.findByRole('heading', { name: /10/ })).closest('li')!;
  expect(within(day).getAllByRole('link')).toHaveLength(2);
  const next = screen.getByRole('heading', { name: /20/ }).closest('li')!;
  expect(within(next).getAllByRole('button')).toHaveLength(5);
});
