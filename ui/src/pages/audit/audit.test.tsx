import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';
import { differences } from './Diff';

const entry: S['AuditView'] = {
  id: 7, at: '2026-03-01T08:00:00Z', project_id: 'p1', user_id: 'u1', user_name: 'ann@example.org', ip: '192.0.2.1', action: 'updated', noun: 'task', noun_id: 't1',
  noun_name: 'orders', before: { load: { mode: 'insert', table: 'orders' } }, after: { load: { mode: 'upsert', table: 'orders' } },
};

test('a change is unfolded into before and after', async () => {
  server.use(http.get('*/api/v1/audit', () => HttpResponse.json(pageOf([entry]))));
  const { user } = open('/audit');
  const item = within(await screen.findByRole('list', { name: 'Audit log' })).getByRole('listitem');
  expect(item).toHaveTextContent('ann@example.org changed task orders (load.mode)');
  await user.click(within(item).getByText('ann@example.org'));
  expect(item).toHaveTextContent(/load.mode\s*Before insert\s*After upsert/);
  expect(item).toHaveTextContent('from 192.0.2.1');
});

test('filters are in the address, go to the server and into the export, and are cleared', async () => {
  const asked: URLSearchParams[] = [];
  server.use(http.get('*/api/v1/audit', ({ request }) => { const { searchParams } = new URL(request.url); asked.push(searchParams); return HttpResponse.json(pageOf(searchParams.has('noun') ? [] : [entry])); }));
  const { user } = open('/audit?project=sales');
  await screen.findByRole('list', { name: 'Audit log' });
  expect(asked[0]?.has('project')).toBe(false);
  await user.selectOptions(screen.getByLabelText('What'), 'token');
  await user.selectOptions(screen.getByLabelText('Where'), 'project');
  await screen.findByText('No entry matches');
  await waitFor(() => expect(Object.fromEntries(asked.at(-1)!)).toMatchObject({ noun: 'token', project: 'sales' }));
  expect(location.search).toContain('noun=token');
  expect(screen.getByRole('link', { name: 'Export CSV' })).toHaveAttribute('href', expect.stringContaining('noun=token&format=csv'));
  await user.click(screen.getByRole('button', { name: 'Clear filters' }));
  await screen.findByRole('list', { name: 'Audit log' });
});

test('who is no admin of the project is told so, and the server is not asked', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'editor' }] }))));
  open('/audit');
  await screen.findByText('Only admins of a project see its audit log');
});

test('a failure is shown with a way to try again', async () => {
  let failures = 1;
  server.use(http.get('*/api/v1/audit', () => (failures-- > 0 ? problem(403, 'forbidden', 'not now.') : HttpResponse.json(pageOf([entry])))));
  const { user } = open('/audit');
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  await screen.findByRole('list', { name: 'Audit log' });
});

test('only what differs is listed', () => {
  expect(differences({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3], c: '' })).toEqual([
    { path: 'b[1]', before: '2', after: '3' },
    { path: 'c', before: undefined, after: '' },
  ]);
});
