import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const AT = '2026-03-01T08:00:00Z';
const sales: S['ProjectView'] = { id: 'p1', name: 'sales', title: 'Sales', description: 'All orders.', active_connection_id: null, role: 'admin', created_at: AT, updated_at: AT, version: 3 };
const bo: S['MemberView'] = { user_id: 'u2', email: 'bo@example.org', name: 'Bo', role: 'viewer', created_at: AT };

function serve(members: S['MemberView'][] = [bo], project = sales) {
  const sent: unknown[] = [];
  let list = members;
  server.use(
    http.get('*/api/v1/projects', () => HttpResponse.json(pageOf([project]))),
    http.get('*/api/v1/projects/:project', () => HttpResponse.json(project)),
    http.get('*/api/v1/projects/:project/members', () => HttpResponse.json(list)),
    http.put('*/api/v1/projects/:project/members', async ({ request }) => {
      const body = (await request.json()) as S['MemberDraft'];
      sent.push(body);
      if (body.email === 'nobody@example.org') return problem(404, 'not_found', 'no person with the address');
      list = [{ ...bo, ...body }];
      return HttpResponse.json(list[0]);
    }),
    http.delete('*/api/v1/projects/:project/members/:user', () => { list = []; return new HttpResponse(null, { status: 204 }); }),
  );
  return sent;
}

test('a member gets another role, is taken out, and comes back by undoing that', async () => {
  const sent = serve();
  const { user } = open('/projects?open=sales');
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Role of bo@example.org' }), 'editor');
  await waitFor(() => expect(sent).toEqual([{ email: 'bo@example.org', role: 'editor' }]));
  await user.click(screen.getByRole('button', { name: 'Take bo@example.org out' }));
  await screen.findByText(/Nobody is a member yet/);
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await screen.findByRole('combobox', { name: 'Role of bo@example.org' });
});

test('an address that nobody has is said at its field, with what to do', async () => {
  serve();
  const { user } = open('/projects?open=sales&tab=members');
  await user.click(await screen.findByRole('button', { name: 'Add a member' }));
  await user.type(await screen.findByLabelText('E-mail'), 'nobody@example.org{Enter}');
  await screen.findByText(/Nobody has this address yet. Invite them in the settings/);
});

test('what a role may do can be looked up by everybody; only admins change members', async () => {
  serve([bo], { ...sales, role: 'viewer' });
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'sales', role: 'viewer' }] }))));
  open('/projects?open=sales');
  const table = await screen.findByRole('region', { name: 'Roles and what they may do' });
  expect(within(table).getByRole('row', { name: /Define connections.* no no yes yes/ })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Add a member' })).not.toBeInTheDocument();
});

test('a file shows what it would change before it changes anything', async () => {
  const sent: { dry_run: boolean; variables: unknown }[] = [];
  serve();
  server.use(
    http.post('*/api/v1/projects/apply', async ({ request }) => {
      const body = (await request.json()) as { dry_run: boolean; variables: unknown };
      sent.push(body);
      const changes: S['Change'][] = [{ noun: 'task', name: 'orders', action: 'create', fields: [] }, { noun: 'connection', name: 'db', action: 'unchanged', fields: [] }];
      return HttpResponse.json({ project: 'sales', dry_run: body.dry_run, changes, created_secrets: {}, warnings: [] } satisfies S['Applied']);
    }),
  );
  const { user } = open('/projects?open=sales&tab=file');
  await user.click(await screen.findByLabelText('Project file (YAML)'));
  await user.paste('project: sales\nconnections: {db: {kind: postgresql, password: "${DB_PASSWORD}"}}');
  await user.type(screen.getByLabelText('DB_PASSWORD'), 'pw');
  expect(screen.queryByRole('button', { name: /^Apply/ })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Show what would change' }));
  expect(await screen.findByRole('list', { name: 'What would change' })).toHaveTextContent('Newtask orders');
  await user.click(screen.getByRole('button', { name: 'Apply 1 change' }));
  await screen.findByText('Done: 1 change.');
  expect(sent.map((one) => [one.dry_run, one.variables])).toEqual([[true, { DB_PASSWORD: 'pw' }], [false, { DB_PASSWORD: 'pw' }]]);
});

test('a file that is wrong says where', async () => {
  serve();
  server.use(http.post('*/api/v1/projects/apply', () => problem(422, 'invalid', "'taks' is not a key of a project.", { where: 'project, line 2:', hint: 'Did you mean tasks?' })));
  const { user } = open('/projects?open=sales&tab=file');
  await user.type(await screen.findByLabelText('Project file (YAML)'), 'taks: 1');
  await user.click(screen.getByRole('button', { name: 'Show what would change' }));
  expect(await screen.findByRole('alert')).toHaveTextContent(/Nothing has changed.*line 2: 'taks' is not a key of a project. Did you mean tasks/);
});

test('a project is deleted when its name is typed', async () => {
  const gone: unknown[] = [];
  serve();
  server.use(http.delete('*/api/v1/projects/:project', ({ params }) => { gone.push(params.project); return new HttpResponse(null, { status: 204 }); }));
  const { user } = open('/projects?open=sales&tab=about');
  await user.click(await screen.findByRole('button', { name: 'Delete the project' }));
  const dialog = await screen.findByRole('dialog');
  const sure = within(dialog).getByRole('button', { name: 'Delete the project' });
  expect(sure).toBeDisabled();
  await user.type(within(dialog).getByRole('textbox'), 'sales');
  await user.click(sure);
  await screen.findByRole('heading', { level: 1, name: 'Projects' });
  expect(gone).toEqual(['p1']);
});
