import '@/test/warm';
import './Runs';
import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { EventSourceStub } from '@/test/events';
import { open } from '@/test/render';
import { pageOf, server } from '@/test/server';
import { aRun } from './samples';

function serve(items: S['RunSummary'][]) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get('*/api/v1/runs', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const found = query.getAll('status').length ? items.filter((one) => query.getAll('status').includes(one.status)) : items;
      return HttpResponse.json(pageOf(found));
    }),
    http.get('*/api/v1/tasks', () => HttpResponse.json(pageOf([{ id: 't1', name: 'orders' }]))),
    http.get('*/api/v1/schedules', () => HttpResponse.json(pageOf([]))),
  );
  return asked;
}

test('runs are listed, filtered in the address, and the filters cleared', async () => {
  const asked = serve([aRun(), aRun({ id: 'r4', task_name: 'customers', status: 'FAILED' })]);
  const { user } = open('/runs');
  expect(await screen.findByRole('link', { name: 'customers' })).toHaveAttribute('href', '/runs/r4');
  await user.click(screen.getByText('State: any'));
  await user.click(screen.getByRole('checkbox', { name: 'Cancelled' }));
  expect(await screen.findByRole('heading', { name: 'No run matches' })).toBeVisible();
  expect(location.search).toBe('?status=CANCELLED');
  expect(asked.at(-1)?.getAll('status')).toEqual(['CANCELLED']);
  expect(asked.at(-1)?.get('project')).toBe('default');
  await user.click(screen.getAllByRole('button', { name: 'Clear filters' })[0]!);
  expect(await screen.findByRole('link', { name: 'customers' })).toBeVisible();
  expect(location.search).toBe('');
});

test('a link with filters shows what it says', async () => {
  const asked = serve([aRun()]);
  open('/runs?status=FAILED,PARTIAL_SUCCESS&rejects=yes&time=24h&trigger=schedule&duration=60..600');
  await waitFor(() => expect(asked.length).toBeGreaterThan(0));
  const query = asked.at(-1)!;
  expect(query.getAll('status')).toEqual(['FAILED', 'PARTIAL_SUCCESS']);
  expect(query.get('has_rejects')).toBe('true');
  expect(query.get('trigger')).toBe('schedule');
  expect([query.get('min_seconds'), query.get('max_seconds')]).toEqual(['60', '600']);
  expect(Date.now() - Date.parse(query.get('since') ?? '')).toBeGreaterThan(23 * 3_600_000);
});

test('long runs are found, and the question is kept as a view', async () => {
  const asked = serve([aRun()]);
  const { user } = open('/runs');
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Duration' }), '1 hour or longer');
  expect(location.search).toBe('?duration=3600..');
  await waitFor(() => expect(asked.at(-1)?.get('min_seconds')).toBe('3600'));
  expect(asked.at(-1)?.get('max_seconds')).toBeNull();
  await user.click(await screen.findByRole('button', { name: 'Views' }));
  await user.type(await screen.findByRole('textbox', { name: 'Name of this view' }), 'Slow ones{Enter}');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Rejected rows' }), 'With rejected rows');
  await user.click(screen.getByRole('button', { name: 'Views (1)' }));
  await user.click(await screen.findByRole('button', { name: 'Slow ones' }));
  await waitFor(() => expect(location.search).toBe('?duration=3600..'));
});

test('what goes on is shown as it goes', async () => {
  serve([aRun({ status: 'PENDING', total_records: 0, rejected_records: 0 })]);
  open('/runs');
  const row = (await screen.findByRole('link', { name: 'orders' })).closest('tr')!;
  EventSourceStub.send({
    id: 1, at: '2026-03-01T08:00:00Z', project_id: 'p1', kind: 'run_progress', run_id: 'r5',
    data: { phase: 'loading', rows: 4321, rejected: 0, bytes_read: 1, bytes_total: null, rows_per_second: 1, seconds_left: null },
  });
  expect(await within(row).findByText('4,321')).toBeVisible();
  expect(within(row).getByText('Running')).toBeVisible();
});

test('several runs are stopped at once; those that have ended are left alone', async () => {
  serve([aRun({ status: 'RUNNING' }), aRun({ id: 'r4', task_name: 'customers' })]);
  const stopped: string[] = [];
  server.use(http.post('*/api/v1/runs/:id/cancel', ({ params }) => { stopped.push(String(params.id)); return HttpResponse.json(aRun(), { status: 202 }); }));
  const { user } = open('/runs');
  await screen.findByRole('link', { name: 'customers' });
  await user.click(screen.getByRole('checkbox', { name: /^Select all/ }));
  await user.click(within(screen.getByRole('region', { name: 'Selected' })).getByRole('button', { name: 'Cancel 1 run' }));
  await waitFor(() => expect(stopped).toEqual(['r5']));
  expect(await screen.findByText('1 run was asked to stop.')).toBeInTheDocument();
});

test('who has no runs yet is led to the tasks', async () => {
  serve([]);
  open('/runs');
  expect(await screen.findByRole('heading', { name: 'Nothing has run yet' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Go to the tasks' })).toHaveAttribute('href', '/tasks');
});

test('on a phone runs are cards, and filters are in a sheet', async () => {
  serve([aRun()]);
  const { user } = open('/runs', 390);
  expect(await screen.findByRole('link', { name: 'orders' })).toBeVisible();
  expect(screen.queryByRole('table')).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Filters' }));
  const sheet = await screen.findByRole('dialog');
  await user.click(within(sheet).getByRole('checkbox', { name: 'Failed' }));
  expect(location.search).toBe('?status=FAILED');
  await user.click(within(sheet).getByRole('button', { name: 'Show results' }));
  expect(await screen.findByRole('button', { name: 'Filters (1)' })).toBeVisible();
});
