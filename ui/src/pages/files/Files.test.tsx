import '@/test/warm';
import './Files';
import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const AT = '2026-03-01T08:00:00Z';
const aFile = (change: Partial<S['FileView']> = {}): S['FileView'] => ({
  id: 'f1', project_id: 'p1', name: 'orders.csv', size: 2_500_000, received: 2_500_000, sha256: 'abc', format: 'csv', encoding: 'utf-8', detected: {}, status: 'ready', error: '',
  has_profile: true, created_by: 'u1', created_at: AT, updated_at: AT, ...change,
});

function serve(files: S['FileView'][]) {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get('*/api/v1/files', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      return HttpResponse.json(pageOf(files.filter((one) => one.name.includes(query.get('search') ?? '') && (!query.get('format') || one.format === query.get('format')))));
    }),
    http.get('*/api/v1/files/f1', () => HttpResponse.json(files[0])),
  );
  return asked;
}

test('a file is listed with what it is, and with what is wrong with it', async () => {
  serve([aFile(), aFile({ id: 'f2', name: 'copy.csv' }), aFile({ id: 'f3', name: 'broken.xlsx', sha256: 'x', format: 'excel', encoding: '', error: 'it is not a workbook.', created_by: null })]);
  open('/files');
  const row = (await screen.findByRole('button', { name: 'orders.csv' })).closest('tr')!;
  expect(row).toHaveTextContent('Same content as another file, copy.csv');
  expect(row).toHaveTextContent('CSV, utf-8');
  expect(row).toHaveTextContent('by you');
  expect(within(row).getByRole('link', { name: 'Use in a task' })).toHaveAttribute('href', '/tasks/new?file=f1');
  expect(within(row).getByRole('link', { name: 'Download orders.csv' })).toHaveAttribute('href', expect.stringMatching(/files\/f1\/content\?project=default$/));
  const broken = screen.getByRole('button', { name: 'broken.xlsx' }).closest('tr')!;
  expect(broken).toHaveTextContent('it is not a workbook.');
  expect(broken).toHaveTextContent('Cannot be read');
});

test('files are found by a part of their name and by format; the address keeps it', async () => {
  const asked = serve([aFile(), aFile({ id: 'f2', name: 'prices.json', format: 'json', sha256: 'y' })]);
  const { user } = open('/files');
  await screen.findByRole('button', { name: 'orders.csv' });
  await user.type(screen.getByRole('searchbox', { name: 'Search by name' }), 'pri{Enter}');
  await waitFor(() => expect(screen.queryByRole('button', { name: 'orders.csv' })).not.toBeInTheDocument());
  await user.selectOptions(screen.getByRole('combobox', { name: 'Format' }), 'CSV');
  expect(await screen.findByText('No file matches.')).toBeVisible();
  expect(location.search).toBe('?search=pri&format=csv');
  expect(asked.at(-1)?.get('format')).toBe('csv');
  await user.click(screen.getByRole('button', { name: 'Clear filters' }));
  expect(await screen.findByRole('button', { name: 'orders.csv' })).toBeVisible();
});

test('no file yet says what to do; a failed list can be asked for again', async () => {
  let calls = 0;
  server.use(http.get('*/api/v1/files', () => (++calls === 1 ? problem(403, 'forbidden', 'you are no member of this project.') : HttpResponse.json(pageOf([])))));
  const { user } = open('/files');
  expect(await screen.findByRole('alert')).toHaveTextContent('you are no member of this project.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { name: 'No file is here yet' })).toBeVisible();
});

test('who may only look uploads and deletes nothing', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'operator' }] }))));
  serve([aFile()]);
  open('/files');
  expect(await screen.findByText('Only editors and admins of the project may upload files.')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Choose files' })).not.toBeInTheDocument();
  await screen.findByRole('button', { name: 'orders.csv' });
  expect(screen.queryByRole('button', { name: 'Delete orders.csv' })).not.toBeInTheDocument();
  expect(screen.queryByRole('link', { name: 'Use in a task' })).not.toBeInTheDocument();
});

test('a file that tasks read is deleted only when that is said twice', async () => {
  const files = [aFile()];
  serve(files);
  const forced: (string | null)[] = [];
  server.use(
    http.delete('*/api/v1/files/f1', ({ request }) => {
      const force = new URL(request.url).searchParams.get('force');
      forced.push(force);
      if (force !== 'true') return problem(409, 'conflict', "the task 'orders' reads the file.");
      files.pop();
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = open('/files');
  await user.click(await screen.findByRole('button', { name: 'Delete orders.csv' }));
  let field = await screen.findByRole('textbox', { name: /Type orders.csv/ });
  await user.type(field, 'orders.csv');
  await user.click(screen.getByRole('button', { name: 'Delete the file' }));
  expect(await screen.findByText(/the task 'orders' reads the file. Deleted all the same, these tasks fail/)).toBeInTheDocument();
  field = (await screen.findAllByRole('textbox', { name: /Type orders.csv/ })).at(-1)!;
  const again = screen.getByRole('button', { name: 'Delete all the same' });
  expect(again).toBeDisabled();
  await user.type(field, 'orders.csv');
  await user.click(again);
  await waitFor(() => expect(forced).toEqual(['false', 'true']));
  expect(await screen.findByRole('heading', { name: 'No file is here yet' })).toBeInTheDocument();
});

test('a file is looked into: its rows, its text, what its values are like', async () => {
  serve([aFile()]);
  server.use(
    http.get('*/api/v1/files/f1/preview', () =>
      HttpResponse.json({
        source: 'orders.csv', fields: [{ name: 'id', type: 'integer' }, { name: 'city', type: 'text' }], tree: [], whole: false, rows: 2, warnings: ['line 7 has too many values.'],
        data: [{ id: 1, city: 'Köln' }, { id: 2, city: null }], locators: [], raw: ['id;city', '1;Köln'], broken: [], detected: {},
      }),
    ),
    http.get('*/api/v1/files/f1/profile', () =>
      HttpResponse.json({
        rows: 1000, whole: true, warnings: [],
        columns: [{ name: 'city', type: 'text', rows: 1000, nulls: 250, distinct: 12, distinct_exact: true, min: 'Aachen', max: 'Zwickau', top: [{ value: 'Köln', count: 500 }], notes: ['Some have blanks at the end.'] }],
      }),
    ),
  );
  const { user } = open('/files');
  await user.click(await screen.findByRole('button', { name: 'orders.csv' }));
  const drawer = await screen.findByRole('dialog', { name: 'File' });
  expect(location.search).toBe('?file=f1');
  expect(await within(drawer).findByText('line 7 has too many values.')).toBeVisible();
  expect(within(drawer).getByRole('region', { name: 'First rows' })).toHaveTextContent('idintegercitytext1Köln2none');
  await user.click(within(drawer).getByRole('button', { name: 'Raw' }));
  expect(await within(drawer).findByLabelText('The text of the file')).toHaveTextContent('1;Köln');
  await user.click(within(drawer).getByRole('button', { name: 'Profile' }));
  expect(await within(drawer).findByText(/25\s?% empty, 12 different values/)).toBeVisible();
  expect(within(drawer).getByRole('list', { name: 'Most frequent values of city' })).toHaveTextContent('Köln500');
});
