import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from 'antd';
import { http, HttpResponse } from 'msw';
import { Suspense } from 'react';
import { BrowserRouter } from 'react-router';
import { beforeEach, expect, test } from 'vitest';
import { makeQueryClient, type S } from '@/api/client';
import { me, pageOf, problem, server } from '@/test/server';
import RejectsPanel from './RejectsPanel';

const none = { total: 0, open: 0, replaying: 0, replayed: 0, discarded: 0 };
const two = { ...none, total: 2, open: 2 };
const run = {
  id: 'r1', task_id: 't1', finished_at: '2026-03-01T08:00:00Z', is_dry: false, rejected_records: 2,
  spec: { mapping: [{ to: 'amount', from: 'qty', transforms: ['to_int'] }] },
} as unknown as S['RunView'];
let value = 'ten';
let sent: unknown[] = [];

const groups = (counts = two): S['RejectGroups'] => ({
  items: [{ id: 'g1', code: 'INVALID_TYPE', column: 'amount', message: "'ten' is not a whole number.", status: 'open', count: 2, counts }],
  counts, fields: ['id', 'qty'], edits: value === 'ten' ? 0 : 1,
});
const page = (): S['RejectPage'] => ({
  items: [3, 7].map((row) => {
    const now = row === 3 ? value : 'ten';
    return {
      row, locator: `line ${row}`, original: { id: String(row), qty: 'ten' }, values: { id: String(row), qty: now }, edited: now === 'ten' ? [] : ['qty'],
      raw: null, reasons: [{ code: 'INVALID_TYPE', column: 'amount', message: "'ten' is not a whole number." }], state: 'open',
    };
  }),
  total: 2, next: null, given_up: false,
});

beforeEach(() => {
  value = 'ten';
  sent = [];
  const keep = async (request: Request) => sent.push([request.url.replace(/.*\/runs\/r1/, ''), await request.json()]);
  server.use(
    http.get('*/api/v1/runs/r1/rejects/groups', () => HttpResponse.json(groups())),
    http.get('*/api/v1/runs/r1/rejects/edits', () => HttpResponse.json(pageOf([]))),
    http.get('*/api/v1/runs/r1/rejects', () => HttpResponse.json(page())),
    http.post('*/api/v1/runs/r1/rejects/edits', async ({ request }) => {
      await keep(request);
      value = '10';
      return HttpResponse.json({ rows: 1, edits: 1, batch: 'b' } satisfies S['EditsMade']);
    }),
    http.post('*/api/v1/runs/r1/rejects/edits/everywhere', async ({ request }) => {
      await keep(request);
      return HttpResponse.json({ rows: 1, edits: 2, batch: 'c' } satisfies S['EditsMade']);
    }),
    http.post('*/api/v1/runs/r1/rejects/check', async ({ request }) => {
      await keep(request);
      const view: S['CheckView'] = { checked: 2, selected: 2, passed: 1, failed: 1, items: [{ row: 7, reasons: [{ code: 'RANGE', column: 'amount', message: 'Too much.' }] }], remark: null, warnings: [] };
      return HttpResponse.json(view);
    }),
    http.post('*/api/v1/runs/r1/replay', async ({ request }) => {
      await keep(request);
      return HttpResponse.json({ ...run, id: 'r2' }, { status: 202 });
    }),
  );
});

async function show() {
  history.replaceState(null, '', '/runs/r1?tab=rejected');
  render(
    <BrowserRouter>
      <QueryClientProvider client={makeQueryClient()}>
        <App><Suspense fallback={null}><RejectsPanel run={run} /></Suspense></App>
      </QueryClientProvider>
    </BrowserRouter>,
  );
  return userEvent.setup();
}

test('a cell is mended by keyboard, the same is offered for equal values, and it is loaded again', async () => {
  const user = await show();
  const grid = await screen.findByRole('grid', { name: 'Rejected rows' });
  within(grid).getByRole('gridcell', { name: /^line 3/ }).focus();
  await user.keyboard('{ArrowRight}');
  expect(within(grid).getAllByRole('gridcell', { name: /^Wrong: .*ten$/ })[0]).toHaveFocus();
  await user.keyboard('{Enter}');
  const field = screen.getByRole('textbox', { name: 'qty, line 3' });
  await user.clear(field);
  await user.type(field, '10{Enter}');
  expect(await within(grid).findByRole('gridcell', { name: /^Changed: ?10/ })).toHaveFocus();
  await user.click(await screen.findByRole('button', { name: 'Change it to “10”' }));
  expect(await screen.findByText(/1 row was changed/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: /^Replay/ }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: /^Replay/ }));
  await waitFor(() => expect(location.pathname).toBe('/runs/r2'));
  expect(sent.slice(0, 3)).toEqual([
    ['/rejects/edits', { edits: [{ row: 3, field: 'qty', value: '10' }] }],
    ['/rejects/edits/everywhere', { field: 'qty', old: 'ten', new: '10', preview: true }],
    ['/rejects/edits/everywhere', { field: 'qty', old: 'ten', new: '10', preview: false }],
  ]);
  expect(sent.at(-1)).toMatchObject(['/replay', { edited: true, version: 'current' }]);
});

test('Escape leaves a value as it was, and j and k go through the rows', async () => {
  const user = await show();
  const grid = await screen.findByRole('grid', { name: 'Rejected rows' });
  within(grid).getByRole('gridcell', { name: /^line 3/ }).focus();
  await user.keyboard('{ArrowRight}{Enter}99{Escape}');
  expect(sent).toEqual([]);
  await user.keyboard('{ArrowLeft}j');
  expect(within(grid).getByRole('gridcell', { name: /^line 7/ })).toHaveFocus();
  await user.keyboard('k');
  expect(within(grid).getByRole('gridcell', { name: /^line 3/ })).toHaveFocus();
});

test('a check says which rows would pass, and why others would not', async () => {
  const user = await show();
  await user.click(await screen.findByRole('button', { name: 'Check' }));
  expect(await screen.findByText(/Of 2 rows, 1 would pass now and 1 would be rejected again/)).toBeVisible();
  expect(screen.getByText('Would pass')).toBeVisible();
  expect(screen.getByText('Still rejected')).toBeVisible();
  expect(screen.getByText('Too much.')).toBeVisible();
});

test('who may only look sees the rows and why nothing can be changed', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false } }))));
  await show();
  expect(await screen.findByText(/Only operators, editors and admins/)).toBeVisible();
  expect(screen.queryByRole('button', { name: /^Replay/ })).not.toBeInTheDocument();
});

test('nothing was rejected, and a failure that can be tried again', async () => {
  let asked = 0;
  server.use(
    http.get('*/api/v1/runs/r1/rejects/groups', () => {
      asked += 1;
      return asked === 1 ? problem(404, 'not_found', 'there is no run.') : HttpResponse.json({ ...groups(none), items: [] });
    }),
  );
  const user = await show();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'No row was rejected' })).toBeVisible();
});

test('a search among millions of rows says that it goes on, and is taken further', async () => {
  const empty: S['RejectPage'] = { items: [], total: null, next: 4_999_999, given_up: true };
  server.use(
    http.get('*/api/v1/runs/r1/rejects', ({ request }) =>
      HttpResponse.json(new URL(request.url).searchParams.get('after') === '4999999' ? page() : empty)),
  );
  const user = await show();
  expect(await screen.findByRole('heading', { name: 'Nothing found so far' })).toBeVisible();
  expect(screen.queryByText('No rejected row matches')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Look further' }));
  expect(await screen.findByRole('gridcell', { name: /^line 3/ })).toBeVisible();
});
