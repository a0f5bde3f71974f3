import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test, vi } from 'vitest';
import type { S } from '@/api/client';
import { dialogOver, open } from '@/test/render';
import '@/test/warm';
import { me, pageOf, problem, server } from '@/test/server';
import './ProjectDetail';
import './Templates';

const AT = '2026-03-01T08:00:00Z';
const address: S['TemplateView'] = {
  id: 'm1', project_id: 'p1', name: 'addresses', description: 'Of all shops.', mappings: [{ to: 'city', from: 'address.city', transforms: ['trim'] }, { to: 'land', constant: 'DE' }],
  created_at: AT, updated_at: AT, version: 2,
};

function serve(first: S['TemplateView'][], role: S['Role'] = 'editor') {
  let list = first;
  const project: S['ProjectView'] = { id: 'p1', name: 'sales', title: 'Sales', description: '', active_connection_id: null, role, created_at: AT, updated_at: AT, version: 3 };
  server.use(
    http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'sales', role }] }))),
    http.get('*/api/v1/projects', () => HttpResponse.json(pageOf([project]))),
    http.get('*/api/v1/projects/:project', () => HttpResponse.json(project)),
    http.get('*/api/v1/templates', () => HttpResponse.json(pageOf(list))),
  );
  return { put: (next: S['TemplateView'][]) => { list = next; } };
}
const place = '/projects?open=sales&tab=templates';

test('a template is looked at, downloaded, and deleted when its name is typed', async () => {
  const kept = serve([address]);
  const asked: unknown[] = [];
  const gone: (string | null)[] = [];
  URL.createObjectURL = vi.fn(() => 'blob:made');
  URL.revokeObjectURL = vi.fn();
  const saved: string[] = [];
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function save(this: HTMLAnchorElement) { saved.push(this.download); });
  server.use(
    http.post('*/api/v1/write-mapping', async ({ request }) => { asked.push(await request.json()); return HttpResponse.json({ text: '- to: city' }); }),
    http.delete('*/api/v1/templates/m1', ({ request }) => { gone.push(request.headers.get('if-match')); kept.put([]); return new HttpResponse(null, { status: 204 }); }),
  );
  const { user } = open(place);
  await user.click(await screen.findByText('2 columns'));
  expect(screen.getByText(/^Field address\.city, trim/i)).toBeVisible();
  expect(screen.getByText('Constant DE')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Download addresses' }));
  await user.click(await screen.findByText('As YAML'));
  await waitFor(() => expect(saved).toEqual(['addresses.mapping.yaml']));
  click.mockRestore();
  expect(asked).toEqual([{ mapping: address.mappings, format: 'yaml' }]);
  await user.click(screen.getByRole('button', { name: 'Delete addresses' }));
  const sure = await dialogOver('Delete the template “addresses”?');
  await user.type(within(sure).getByRole('textbox'), 'addresses');
  await user.click(within(sure).getByRole('button', { name: 'Delete the template' }));
  expect(await screen.findByText('There is no template yet')).toBeVisible();
  expect(gone).toEqual(['"2"']);
}, 120_000);

test('a template is made of a file; a name that is taken is said in the dialog', async () => {
  const kept = serve([]);
  const sent: S['TemplateDraft'][] = [];
  server.use(
    http.post('*/api/v1/read-mapping', () => HttpResponse.json({ mapping: address.mappings })),
    http.post('*/api/v1/templates', async ({ request }) => {
      sent.push((await request.json()) as S['TemplateDraft']);
      if (sent.length === 1) return problem(409, 'conflict', "the name 'addresses' is taken by another template.");
      kept.put([address]);
      return HttpResponse.json(address, { status: 201 });
    }),
  );
  const { user } = open(place);
  await screen.findByRole('button', { name: 'New template from a file' });
  await user.upload(screen.getByLabelText('File with a mapping'), new File(['- to: city'], 'addresses.mapping.yaml'));
  const dialog = await dialogOver('New template');
  expect(within(dialog).getByText('The file has 2 mappings.')).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await within(dialog).findByRole('alert')).toHaveTextContent("The name 'addresses' is taken");
  await user.type(within(dialog).getByLabelText(/^Name$/), ' 2');
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await screen.findByRole('button', { name: 'Edit addresses' })).toBeVisible();
  expect(sent[1]).toEqual({ name: 'addresses 2', description: '', mappings: address.mappings });
}, 120_000);

test('what a template maps is edited in its tab, as in a task', async () => {
  serve([address]);
  const sent: unknown[] = [];
  server.use(
    http.get('*/api/v1/transforms', () => HttpResponse.json([])),
    http.post('*/api/v1/check-mapping', () => HttpResponse.json({ warnings: [] })),
    http.patch('*/api/v1/templates/m1', async ({ request }) => { sent.push([request.headers.get('if-match'), await request.json()]); return HttpResponse.json({ ...address, version: 3 }); }),
  );
  const { user } = open(place);
  await user.click(await screen.findByRole('button', { name: 'Edit addresses' }));
  const dialog = await dialogOver('Edit the template “addresses”');
  await user.click(await within(dialog).findByRole('button', { name: 'Clear all' }));
  await user.click(within(dialog).getByRole('button', { name: 'Undo' }));
  await user.click(within(dialog).getByRole('button', { name: 'Add column' }));
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject(['"2"', { name: 'addresses', mappings: [...address.mappings, { constant: null }] }]);
}, 120_000);

test('who may only look can download templates, and not change them', async () => {
  serve([address], 'viewer');
  open(place);
  expect(await screen.findByRole('button', { name: 'Download addresses' })).toBeVisible();
  expect(screen.queryByRole('button', { name: /from a file|Edit|Delete/ })).not.toBeInTheDocument();
});
