import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { dialogOver, open } from '@/test/render';
import '@/test/warm';
import { me, pageOf, problem, server } from '@/test/server';
import './ProjectDetail';
import './Schemas';

const AT = '2026-03-01T08:00:00Z';
const sales: S['ProjectView'] = { id: 'p1', name: 'sales', title: 'Sales', description: '', active_connection_id: null, role: 'editor', created_at: AT, updated_at: AT, version: 3 };
const held = (name: string, type = 'text', more: Partial<S['HeldColumn']> = {}): S['HeldColumn'] => ({ name, type, nullable: true, primary_key: false, description: '', ...more });
const orders: S['SchemaView'] = { id: 's1', project_id: 'p1', name: 'orders', description: '', columns: [held('id', 'integer', { primary_key: true })], used_by: [], created_at: AT, updated_at: AT, version: 4 };
const column = (name: string, type: string, more: Partial<S['ColumnView']> = {}): S['ColumnView'] => ({ name, type, native: type, nullable: true, default: null, generated: false, primary_key: false, unique: false, ...more });
const shape: S['TableShapeView'] = {
  name: 'orders', schema: 'sales', columns: [column('id', 'integer', { nullable: false }), column('total', 'decimal(12,2)'), column('search', 'text', { generated: true })],
  primary_key: ['id'], uniques: [], foreign_keys: [], may_look: true, message: '',
} as S['TableShapeView'];

function serve(first: S['SchemaView'][], role: S['Role'] = 'editor') {
  let list = first;
  server.use(
    http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'sales', role }] }))),
    http.get('*/api/v1/projects', () => HttpResponse.json(pageOf([{ ...sales, role }]))),
    http.get('*/api/v1/projects/:project', () => HttpResponse.json({ ...sales, role })),
    http.get('*/api/v1/schemas', () => HttpResponse.json(pageOf(list))),
    http.get('*/api/v1/connections', () => HttpResponse.json(pageOf([{ id: 'c1', name: 'warehouse', kind: 'sqlite', title: 'SQLite' }]))),
    http.get('*/api/v1/connectors', () => HttpResponse.json([{ kind: 'sqlite', has_tables: true }])),
    http.get('*/api/v1/connections/warehouse/tables', () => HttpResponse.json({ items: [{ name: 'orders' }], may_look: true, message: '' })),
  );
  return { put: (next: S['SchemaView'][]) => { list = next; } };
}
const address = '/projects?open=sales&tab=schemas';

test('a schema is made of the columns of a table, and changed by hand before it is saved', async () => {
  const kept = serve([]);
  const sent: unknown[] = [];
  const asked: string[] = [];
  server.use(
    http.get('*/api/v1/connections/warehouse/tables/:table/columns', ({ request, params }) => { asked.push(`${new URL(request.url).searchParams.get('schema')}.${String(params.table)}`); return HttpResponse.json(shape); }),
    http.post('*/api/v1/schemas', async ({ request }) => {
      sent.push(await request.json());
      if (sent.length === 1) return problem(422, 'invalid', 'not valid', { errors: [{ path: 'columns[1].type', message: "'decimall' is not a type" }] });
      kept.put([orders]);
      return HttpResponse.json(orders, { status: 201 });
    }),
  );
  const { user } = open(address);
  expect(await screen.findByText('There is no schema yet')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'New schema' }));
  const dialog = await dialogOver('New schema');
  await user.click(within(dialog).getByLabelText(/^Name$/));
  await user.paste('orders');
  await user.click(within(dialog).getByText('Take the columns of a table or a file'));
  await user.selectOptions(await within(dialog).findByRole('combobox', { name: 'Connection' }), await within(dialog).findByRole('option', { name: 'warehouse (SQLite)' }));
  await user.click(within(dialog).getByLabelText('Table'));
  await user.paste('sales.orders');
  await user.click(within(dialog).getByRole('button', { name: 'Take its columns' }));
  expect(await within(dialog).findByText('2 columns were taken.')).toBeInTheDocument();
  expect(asked).toEqual(['sales.orders']);
  const type = within(dialog).getByLabelText('Type of total');
  await user.clear(type);
  await user.paste('decimall');
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await within(dialog).findByText("'decimall' is not a type")).toBeInTheDocument();
  await user.clear(type);
  await user.paste('decimal(14,2)');
  await user.click(within(dialog).getByRole('checkbox', { name: 'total may be empty' }));
  await user.click(within(dialog).getByRole('button', { name: 'Add a column' }));
  await user.click(within(dialog).getByRole('button', { name: 'Create' }));
  expect(await screen.findByRole('button', { name: 'Edit orders' })).toBeVisible();
  expect(sent[1]).toEqual({ name: 'orders', description: '', columns: [held('id', 'integer', { nullable: false, primary_key: true }), held('total', 'decimal(14,2)', { nullable: false })] });
}, 120_000);

test('somebody else was faster: both are compared, and mine is kept over theirs', async () => {
  serve([{ ...orders, used_by: ['shop'] }]);
  const versions: (string | null)[] = [];
  server.use(
    http.get('*/api/v1/schemas/s1', () => HttpResponse.json({ ...orders, columns: [held('id', 'text')], version: 5 })),
    http.patch('*/api/v1/schemas/s1', ({ request }) => {
      versions.push(request.headers.get('if-match'));
      return versions.length === 1 ? problem(412, 'stale_edit', 'somebody else was faster') : HttpResponse.json({ ...orders, version: 6 });
    }),
  );
  const { user } = open(address);
  await user.click(await screen.findByRole('button', { name: 'Edit orders' }));
  const dialog = await dialogOver('Edit the schema “orders”');
  expect(within(dialog).getByText(/1 task is held to it: shop/)).toBeInTheDocument();
  expect(within(dialog).getByLabelText(/^Name$/)).toBeDisabled();
  await user.click(within(dialog).getByLabelText('Note on id'));
  await user.paste('of the shop');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  const compared = await screen.findByRole('region', { name: 'What differs' });
  expect(compared).toHaveTextContent('integer, part of the key, of the shop');
  await user.click(screen.getByRole('button', { name: 'Keep mine' }));
  await waitFor(() => expect(versions).toEqual(['"4"', '"5"']));
  await waitFor(() => expect(screen.queryByText('Edit the schema “orders”')).not.toBeInTheDocument());
}, 120_000);

test('a schema is deleted when its name is typed; one that tasks are held to names them', async () => {
  const kept = serve([{ ...orders, used_by: ['shop'] }]);
  const gone: (string | null)[] = [];
  server.use(http.delete('*/api/v1/schemas/s1', ({ request }) => { gone.push(request.headers.get('if-match')); kept.put([]); return new HttpResponse(null, { status: 204 }); }));
  const { user, unmount } = open(address);
  await user.click(await screen.findByRole('button', { name: 'Delete orders' }));
  const refused = await dialogOver('“orders” cannot be deleted yet');
  expect(within(refused).getByRole('link', { name: 'shop' })).toHaveAttribute('href', '/tasks/shop/edit?project=sales&step=destination');
  unmount();
  kept.put([orders]);
  const again = open(address);
  await again.user.click(await screen.findByRole('button', { name: 'Delete orders' }));
  const sure = await dialogOver('Delete the schema “orders”?');
  await again.user.type(within(sure).getByRole('textbox'), 'orders');
  await again.user.click(within(sure).getByRole('button', { name: 'Delete the schema' }));
  expect(await screen.findByText('There is no schema yet')).toBeVisible();
  expect(gone).toEqual(['"4"']);
}, 120_000);

test('who may only look sees the columns and the tasks, and no way to change them', async () => {
  serve([{ ...orders, used_by: ['shop'] }], 'viewer');
  const { user } = open(address);
  await user.click(await screen.findByText('1 column'));
  expect(screen.getByText('integer, part of the key')).toBeVisible();
  expect(screen.getByRole('link', { name: 'shop' })).toHaveAttribute('href', '/tasks/shop?project=sales');
  expect(screen.queryByRole('button', { name: /New schema|Edit|Delete/ })).not.toBeInTheDocument();
});
