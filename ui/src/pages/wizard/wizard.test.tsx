import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, expect, test } from 'vitest';
import type { S } from '@/api/client';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

const AT = '2026-03-01T08:00:00Z';
const file: S['FileView'] = {
  id: 'f1', project_id: 'p1', name: 'orders.csv', size: 100, received: 100, sha256: '', format: 'csv', encoding: 'cp1252',
  detected: { delimiter: ';', header: true, fields: ['id', 'name'], warnings: [] }, status: 'ready', error: '', has_profile: false, created_by: null, created_at: AT, updated_at: AT,
};
const field = (name: string, type = 'text'): S['FieldView'] => ({ name, type, nulls: 0, values: 2, null_share: 0, max_length: 5, date_format: '', decimal_comma: false, notes: [], samples: ['1'] });
const leaf = (name: string, more = {}) => ({ name, path: name, type: 'text', null_share: 0, samples: [], is_array: false, column: true, children: [], ...more });
const preview = (change: Partial<S['PreviewView']> = {}): S['PreviewView'] => ({
  source: 'orders.csv', fields: [field('id', 'integer'), field('name')], tree: [leaf('id'), leaf('name')], whole: true, rows: 2, warnings: [],
  data: [{ id: 1, name: 'Ann' }, { id: 2, name: null }], locators: ['line 2', 'line 3'], raw: ['id;name'], broken: [], detected: { format: 'csv' }, ...change,
});
const warehouse: S['ConnectionView'] = {
  id: 'c1', name: 'warehouse', kind: 'sqlite', title: 'SQLite', description: '', config: {}, secrets: [], address: 'sqlite:/w.db', source: true, destination: true,
  is_active: true, test: null, created_at: AT, updated_at: AT, version: 1,
};
const sqlite: S['ConnectorView'] = {
  kind: 'sqlite', title: 'SQLite', description: 'A file.', group: 'database', source: true, destination: true, modes: ['append', 'insert', 'upsert', 'truncate_insert', 'delete_insert'],
  source_kind: 'sql', has_tables: true, can_be_tested: true, is_installed: true, install: '',
};
const column = (name: string, type: string): S['ColumnView'] => ({ name, type, native: type, nullable: true, default: null, generated: false, primary_key: false, unique: false });
const made = { id: 't1', name: 'orders', version: 1 };
const plan = {
  partial: false,
  result: {
    status: 'SUCCESS', total_records: 2, inserted_records: 2, updated_records: 0, unchanged_records: 0, skipped_records: 0, deduplicated_records: 0, rejected_records: 0,
    rejects: { by_reason: [] }, destination: { kind: 'sqlite', table: 'orders' }, warnings: ['Look twice.'],
    plan: { ddl: ['CREATE TABLE orders'], samples: { inserted: [{ id: 1, name: 'Ann' }], updated: [], rejected: [] } },
  },
} satisfies S['PlanView'];

let looks = 0;
beforeEach(() => {
  looks = 0;
  server.use(
    http.get('*/api/v1/files', () => HttpResponse.json(pageOf([file]))),
    http.get('*/api/v1/files/f1', () => HttpResponse.json(file)),
    http.get('*/api/v1/files/f1/task', () => problem(422, 'definition', 'it cannot be read.')),
    http.get('*/api/v1/connections', () => HttpResponse.json(pageOf([warehouse]))),
    http.get('*/api/v1/connectors', () => HttpResponse.json([sqlite])),
    http.get('*/api/v1/connections/:one/tables', () => HttpResponse.json({ items: [], may_look: true, message: '' })),
    http.post('*/api/v1/preview', () => { looks += 1; return HttpResponse.json(preview()); }),
    http.post('*/api/v1/plan', () => HttpResponse.json(plan)),
    http.get('*/api/v1/tasks/t1', () => HttpResponse.json(made)),
    http.get('*/api/v1/rules/templates', () => HttpResponse.json([])),
    http.get('*/api/v1/transforms', () => HttpResponse.json([])),
    http.get('*/api/v1/schemas', () => HttpResponse.json(pageOf([]))),
    http.get('*/api/v1/notifications', () => HttpResponse.json(pageOf([]))),
    http.post('*/api/v1/check-mapping', () => HttpResponse.json([])),
    http.post('*/api/v1/preview-transform', () => HttpResponse.json({ rows: [], rules: [] })),
    http.post('*/api/v1/preview-task', () => HttpResponse.json({ rows: [], rules: [] })),
  );
});
const next = (name: string) => screen.findByRole('button', { name: `Next: ${name}` });

test('from a file to a new task: each step, the dry run, and what is sent', async () => {
  const sent: unknown[] = [];
  server.use(http.post('*/api/v1/tasks', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json(made, { status: 201 }); }));
  const { user } = open('/tasks/new');
  await user.click(await next('Preview'));
  expect(await screen.findByRole('alert')).toHaveTextContent('Choose where the rows come from.');
  await user.click(screen.getByRole('radio', { name: /A file/ }));
  await user.click(await screen.findByRole('button', { name: /orders\.csv/ }));
  expect(await screen.findByText(/separated by semicolons, names in the first row/)).toBeInTheDocument();
  const rail = screen.getByRole('complementary', { name: 'What will happen' });
  expect(within(rail).getByText('Rows from the file orders.csv are added to orders in warehouse.')).toBeInTheDocument();
  await user.click(await next('Preview'));
  expect(await screen.findByRole('region', { name: 'Sample rows' })).toHaveTextContent('Ann');
  expect(location.search).toContain('step=preview');
  await user.click(await next('Mapping'));
  await user.click(await next('Cleaning'));
  await user.click(await next('Destination'));
  await user.click(await screen.findByRole('radio', { name: /Add and update/ }));
  await user.click(await next('Schedule'));
  expect(await screen.findByRole('alert')).toHaveTextContent('Choose the columns that identify a row.');
  await user.click(screen.getByRole('radio', { name: /Replace all/ }));
  await user.click(await next('Schedule'));
  await user.click(await next('Review'));
  await user.click(await screen.findByRole('button', { name: 'Dry run' }));
  expect(await screen.findByText('Look twice.')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Create' }));
  await waitFor(() => expect(location.pathname).toBe('/tasks/t1'));
  expect(sent).toEqual([{ name: 'orders', source: { kind: 'file', file: 'f1' }, load: { table: 'orders', mode: 'truncate_insert' } }]);
  expect(looks).toBe(1);
  expect(localStorage.getItem('intakegateway.draft.default')).toBeNull();
}, 60_000);

test('a title stands above the names: their line is chosen, and the rows are read from there', async () => {
  const asked: Record<string, unknown>[] = [];
  server.use(http.post('*/api/v1/preview', async ({ request }) => {
    const { source } = (await request.json()) as { source: Record<string, unknown> };
    asked.push(source);
    return HttpResponse.json(source.skip_rows ? preview() : preview({
      fields: [field('column_1'), field('column_2')], raw: ['Orders of March;', 'id;name', '1;Ann'], data: [{ column_1: 'Orders of March', column_2: null }], locators: ['line 1'],
      warnings: ["orders.csv: the first line looks like values, so the fields are called column_1, column_2, … Say '--header' (header: true) if it has their names, '--skip-rows N' if they stand further down."],
    }));
  }));
  const { user } = open('/tasks/new');
  await user.click(await screen.findByRole('radio', { name: /A file/ }));
  await user.click(await screen.findByRole('button', { name: /orders\.csv/ }));
  await user.click(await next('Preview'));
  expect(await screen.findByText(/If another line has their names, say which one in the step “Preview”/)).toBeInTheDocument();
  await user.selectOptions(screen.getByRole('combobox', { name: /In which line are the names/ }), 'Line 2: id;name');
  expect(await screen.findByRole('region', { name: 'Sample rows' })).toHaveTextContent('Ann');
  expect(asked.at(-1)).toMatchObject({ header: true, skip_rows: 1 });
  expect(screen.queryByRole('combobox', { name: /In which line are the names/ })).not.toBeInTheDocument();
}, 60_000);

test('another file is chosen: the mapping follows it, says what it left out, and puts it back', async () => {
  const kept = { ...made, current: 1, definition: { name: 'orders', source: { kind: 'file', file: 'f1' }, mapping: [{ to: 'number', from: 'id' }, { to: 'called', from: 'name' }], load: { table: 'orders' } } };
  const other = { ...file, id: 'f2', name: 'others.csv' };
  server.use(
    http.get('*/api/v1/tasks/t1', () => HttpResponse.json(kept)),
    http.get('*/api/v1/files', () => HttpResponse.json(pageOf([file, other]))),
    http.get('*/api/v1/files/f2', () => HttpResponse.json(other)),
    http.post('*/api/v1/preview', async ({ request }) => {
      const { source } = (await request.json()) as { source: { file: string } };
      return HttpResponse.json(source.file === 'f2' ? preview({ fields: [field('ID', 'integer')], tree: [leaf('ID')], data: [{ ID: 1 }] }) : preview());
    }),
  );
  const { user } = open('/tasks/t1/edit');
  await user.click(await screen.findByRole('button', { name: /others\.csv/ }));
  await user.click(await next('Preview'));
  const told = await screen.findByRole('status', { name: 'What was left out' });
  expect(told).toHaveTextContent('The column called: there is no field name.');
  await user.click(await next('Mapping'));
  await user.click(screen.getByRole('button', { name: 'Put it back' }));
  expect(screen.queryByRole('status', { name: 'What was left out' })).not.toBeInTheDocument();
}, 60_000);

test('a channel is told how a run has ended', async () => {
  const saved: S['NotificationView'] = { id: 'n1', name: 'ops', kind: 'slack', target: 'x', events: [], is_enabled: true, created_at: AT, updated_at: AT, version: 1 };
  const sent: { notify?: unknown }[] = [];
  server.use(
    http.get('*/api/v1/notifications', () => HttpResponse.json(pageOf([saved]))),
    http.get('*/api/v1/tasks/t1', () => HttpResponse.json({ ...made, definition: { name: 'orders', source: { file: 'f1' }, load: { connection: 'warehouse', table: 'orders' }, notify: [{ slack: 'ops' }] } })),
    http.put('*/api/v1/tasks/t1', async ({ request }) => { sent.push((await request.json()) as object); return HttpResponse.json(made); }),
  );
  const { user } = open('/tasks/t1/edit?step=schedule');
  const told = await screen.findByRole('group', { name: 'ops: when it' });
  expect(within(told).getByRole('checkbox', { name: 'failed' })).toBeChecked();
  await user.click(within(told).getByRole('checkbox', { name: 'had rows rejected' }));
  await user.click(within(told).getByRole('checkbox', { name: 'went well' }));
  await user.keyboard('{Control>}s{/Control}');
  await waitFor(() => expect(sent[0]?.notify).toEqual([{ slack: 'ops', on: ['FAILED', 'SUCCESS'] }]));
});

test('the sheets of a workbook are listed with their rows, and the preview is of the chosen one', async () => {
  const book: S['FileView'] = {
    ...file, name: 'book.xlsx', format: 'excel', encoding: '',
    detected: {
      fields: ['id'], warnings: ["The sheet 'Cover' was read; the workbook also has 'Orders', 'Lists'."],
      sheets: [{ name: 'Cover', rows: 3, hidden: false }, { name: 'Orders', rows: 1200, hidden: false }, { name: 'Lists', rows: 0, hidden: true }],
    },
  };
  const asked: unknown[] = [];
  server.use(
    http.get('*/api/v1/files', () => HttpResponse.json(pageOf([book]))),
    http.get('*/api/v1/files/f1', () => HttpResponse.json(book)),
    http.post('*/api/v1/preview', async ({ request }) => { asked.push(await request.json()); return HttpResponse.json(preview()); }),
  );
  const { user } = open('/tasks/new?file=f1');
  const sheet = await screen.findByRole('combobox', { name: 'Sheet' });
  expect(within(sheet).getAllByRole('option').map((one) => one.textContent)).toEqual(['The first with rows (Cover)', 'Cover, 3 rows', 'Orders, 1,200 rows', 'Lists, empty, hidden']);
  expect(screen.queryByText(/the workbook also has/)).not.toBeInTheDocument();
  await user.selectOptions(sheet, 'Orders, 1,200 rows');
  await user.click(await next('Preview'));
  await screen.findByRole('region', { name: 'Sample rows' });
  expect(JSON.stringify(asked.at(-1))).toContain('"sheet":"Orders"');
});

test('a draft waits in the browser, and can be begun anew', async () => {
  const { user, unmount } = open('/tasks/new');
  await user.click(await screen.findByRole('radio', { name: /Files on the server/ }));
  await user.type(screen.getByRole('textbox', { name: 'Path' }), 'in/*.csv');
  expect(await screen.findByText('Draft kept in this browser')).toBeInTheDocument();
  unmount();
  open('/tasks/new');
  expect(await screen.findByRole('textbox', { name: 'Path' })).toHaveValue('in/*.csv');
  await user.click(screen.getByRole('button', { name: 'Start anew' }));
  expect(screen.queryByRole('textbox', { name: 'Path' })).not.toBeInTheDocument();
});

test('what the source says is shown as it is, and can be tried again', async () => {
  localStorage.setItem('intakegateway.draft.default', JSON.stringify({ tile: 'file', schedule: null, definition: { name: 'x', source: { kind: 'file', file: 'f1' }, load: { table: 'x' } } }));
  server.use(http.post('*/api/v1/preview', () => (looks++ ? HttpResponse.json(preview()) : problem(422, 'source', 'line 3 is broken.', { hint: 'Mend it.' }))));
  const { user } = open('/tasks/new?step=preview');
  expect(await screen.findByRole('alert')).toHaveTextContent('line 3 is broken. Mend it.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('region', { name: 'Sample rows' })).toBeInTheDocument();
});

test('a list within rows becomes rows of its own, with the keyboard', async () => {
  const asked: { source?: { explode?: string } }[] = [];
  localStorage.setItem('intakegateway.draft.default', JSON.stringify({ tile: 'file', schedule: null, definition: { name: 'x', source: { kind: 'file', file: 'f1' }, load: { table: 'x' } } }));
  server.use(http.post('*/api/v1/preview', async ({ request }) => {
    asked.push((await request.json()) as object);
    return HttpResponse.json(preview({ tree: [leaf('id'), leaf('items', { type: 'array', is_array: true, children: [leaf('0', { path: 'items.0', column: false })] })], detected: { format: 'json' } }));
  }));
  const { user } = open('/tasks/new?step=preview');
  await user.click(await screen.findByRole('tab', { name: 'Tree' }));
  const tree = screen.getByRole('tree');
  await user.click(within(tree).getByRole('treeitem', { name: /id/ }));
  within(tree).getByRole('treeitem', { name: /^\S*id/ }).focus();
  await user.keyboard('{ArrowDown}{ArrowRight}');
  expect(within(tree).getByRole('treeitem', { name: /items/ })).toHaveAttribute('aria-expanded', 'true');
  await user.click(within(tree).getByRole('button', { name: 'One row for each element' }));
  await waitFor(() => expect(asked.at(-1)!.source!.explode).toBe('items'));
});

test('rows that stand under their keys keep them, of an API and of a file that is edited', async () => {
  const asked: { source?: unknown }[] = [];
  const lost = "orders: The keys above the records ('17', '18') are left out: 'key_field' names a field that gets them.";
  const stored = { ...made, current: 1, definition: { name: 'orders', source: { kind: 'file', file: 'f1', records: '$.data.*', key_field: 'number' }, load: { table: 'orders' } } };
  server.use(
    http.post('*/api/v1/preview', async ({ request }) => {
      const look = (await request.json()) as { source: { key_field?: string } };
      asked.push(look);
      return HttpResponse.json(preview({ detected: { format: 'json' }, warnings: look.source.key_field ? [] : [lost] }));
    }),
    http.get('*/api/v1/tasks/t1', () => HttpResponse.json(stored)),
    http.get('*/api/v1/files/f1', () => HttpResponse.json({ ...file, name: 'orders.json', format: 'json' })),
  );
  const first = open('/tasks/new');
  const { user } = first;
  await user.click(await screen.findByRole('radio', { name: /A REST API/ }));
  await user.type(screen.getByLabelText('Address'), 'https://api.example.org/orders');
  await user.type(screen.getByLabelText('Where the rows are in the answer'), '$.data.*');
  await user.click(await next('Preview'));
  expect(await screen.findByText(/are left out. Give them a name under “Field for the key of each row”/)).toBeInTheDocument();
  await user.type(screen.getByLabelText('Field for the key of each row'), 'id');
  await user.click(screen.getByRole('button', { name: 'Read from there' }));
  await waitFor(() => expect(screen.queryByText(/are left out/)).not.toBeInTheDocument());
  expect(asked.at(-1)!.source).toEqual({ kind: 'http', url: 'https://api.example.org/orders', records: '$.data.*', key_field: 'id' });
  await user.click(screen.getByRole('button', { name: /Source/ }));
  expect(await screen.findByLabelText('Field for the key of each row')).toHaveValue('id');
  first.unmount();

  open('/tasks/t1/edit');
  const shown = await screen.findByLabelText('Field for the key of each row');
  expect(shown).toHaveValue('number');
  await user.clear(shown);
  await user.click(await next('Preview'));
  await screen.findByRole('region', { name: 'Sample rows' });
  expect(asked.at(-1)!.source).toEqual({ kind: 'file', file: 'f1', records: '$.data.*' });
}, 120_000);

test('a table that fits exactly needs no mapping', async () => {
  localStorage.setItem('intakegateway.draft.default', JSON.stringify({ tile: 'file', schedule: null, definition: { name: 'x', source: { kind: 'file', file: 'f1' }, load: { table: 'orders' } } }));
  server.use(
    http.get('*/api/v1/connections/:one/tables', () => HttpResponse.json({ items: [{ name: 'orders', schema: 'main', is_view: false, rows: 1, readable: true }], may_look: true, message: '' })),
    http.get('*/api/v1/connections/:one/tables/orders/columns', () => HttpResponse.json({
      name: 'orders', schema: 'main', columns: [column('id', 'integer'), column('name', 'text')], primary_key: ['id'], uniques: [], foreign_keys: [], may_look: true, message: '',
    } satisfies S['TableShapeView'])),
  );
  const { user } = open('/tasks/new?step=destination');
  expect(await screen.findByText(/All 2 columns are filled, by name and type/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: /Preview/ }));
  await user.click(await next('Mapping'));
  expect(await screen.findByText(/The mapping was left out: all 2 fields match/)).toBeInTheDocument();
  expect(location.search).toContain('step=cleaning');
  await user.click(screen.getByRole('button', { name: 'Look at the mapping' }));
  expect(location.search).toContain('step=mapping');
});

const kept: Partial<S['TaskView']> = {
  id: 't1', name: 'orders', version: 7, current: 3, schedule: null, definition: { name: 'orders', source: { file: 'f1' }, load: { table: 'orders' } },
};

test('editing sends the version that was read, and compares when it is old', async () => {
  const matches: (string | null)[] = [];
  let reads = 0;
  server.use(
    http.get('*/api/v1/tasks/t1', () => HttpResponse.json(reads++ ? { ...kept, version: 8, definition: { ...kept.definition, description: 'theirs' } } : kept)),
    http.put('*/api/v1/tasks/t1', ({ request }) => {
      matches.push(request.headers.get('if-match'));
      expect(new URL(request.url).searchParams.get('note')).toBe('words');
      return matches.length === 1 ? problem(412, 'stale_edit', 'too late.') : HttpResponse.json({ ...kept, version: 9 });
    }),
  );
  const { user } = open('/tasks/t1/edit?step=review');
  await user.type(await screen.findByRole('textbox', { name: 'What it is for' }), 'mine');
  await user.type(screen.getByRole('textbox', { name: 'What you changed' }), 'words');
  expect(screen.getByRole('region', { name: 'Changes' })).toHaveTextContent('What it is for');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: /Somebody else has changed/ });
  expect(within(dialog).getByRole('row', { name: 'What it is for mine theirs' })).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Keep mine' }));
  await waitFor(() => expect(matches).toEqual(['"7"', '"8"']));
});

test('a refusal leads to the step where it can be mended', async () => {
  server.use(
    http.get('*/api/v1/tasks/t1', () => HttpResponse.json(kept)),
    http.put('*/api/v1/tasks/t1', () => problem(422, 'definition', 'no such table.', { errors: [{ path: 'load.table', message: 'no such table.' }] })),
  );
  const { user } = open('/tasks/t1/edit?step=review');
  await user.type(await screen.findByRole('textbox', { name: 'What it is for' }), 'x');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(await screen.findByRole('button', { name: 'Go to Destination' }));
  expect(await screen.findByRole('combobox', { name: 'Table' })).toHaveAccessibleDescription(/no such table/);
});

test('who may not define tasks is told so', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me({ user: { ...me().user, is_admin: false }, memberships: [{ project_id: 'p1', project: 'default', role: 'operator' }] }))));
  open('/tasks/new');
  expect(await screen.findByText(/Only editors and admins of this project can define tasks/)).toBeInTheDocument();
});

test('a file begins a task that is filled in as the project says, and what is to be known is said', async () => {
  const proposed: S['FileTaskView'] = {
    table: 'orders', rules_of: ['exp_*.csv'], warnings: ['The project has no active connection: choose where the rows go.'],
    definition: {
      name: 'orders 2', source: { kind: 'file', file: 'orders.csv', format: 'csv', encoding: 'cp1252', delimiter: ';' }, load: { table: 'orders', mode: 'upsert', keys: ['id'] },
      mapping: [{ to: 'id', from: 'id' }, { to: 'name', from: 'name' }], rules: [{ not_null: 'id' }],
    },
  };
  const sent: unknown[] = [];
  server.use(
    http.get('*/api/v1/files/f1/task', () => HttpResponse.json(proposed)),
    http.post('*/api/v1/tasks', async ({ request }) => { sent.push(await request.json()); return HttpResponse.json(made, { status: 201 }); }),
  );
  const { user } = open('/tasks/new?file=f1');
  expect(await screen.findByText('The settings of the project for exp_*.csv are filled in.')).toBeInTheDocument();
  expect(screen.getByText('The project has no active connection: choose where the rows go.')).toBeInTheDocument();
  await user.click(await next('Preview'));
  await screen.findByRole('region', { name: 'Sample rows' });
  await user.click(await next('Mapping'));
  await user.click(await next('Cleaning'));
  await user.click(await next('Destination'));
  expect(await screen.findByRole('radio', { name: /Add and update/ })).toBeChecked();
  await user.click(await next('Schedule'));
  await user.click(await next('Review'));
  await user.click(await screen.findByRole('button', { name: 'Create' }));
  await waitFor(() => expect(sent).toEqual([{ ...proposed.definition, source: { ...(proposed.definition.source as object), file: 'f1' } }]));
}, 120_000);

test('an address without a connection is asked through a proxy and with certificates, which the draft does not keep', async () => {
  const asked: { source?: unknown }[] = [];
  server.use(http.post('*/api/v1/preview', async ({ request }) => { asked.push((await request.json()) as object); return HttpResponse.json(preview({ source: 'api.example.org' })); }));
  const { user } = open('/tasks/new');
  const give = async (label: string | RegExp, words: string) => {
    await user.click(screen.getByLabelText(label));
    await user.paste(words);
  };
  await user.click(await screen.findByRole('radio', { name: /A REST API/ }));
  await give('Address', 'https://api.example.org/orders');
  await user.click(screen.getByText('Proxy and certificates'));
  await give('Proxy', 'http://ann:pw@proxy:3128');
  await user.click(screen.getByRole('checkbox', { name: 'Check the certificate of the address' }));
  expect(screen.getByText(/somebody on the way can read/)).toBeInTheDocument();
  await user.click(screen.getByRole('checkbox', { name: 'Check the certificate of the address' }));
  await give('Certificate of its authority', 'certs/own.pem');
  await give('Client certificate', 'certs/client.pem');
  await give('Key of the client certificate', 'certs/client.key');
  await user.click(await next('Preview'));
  await screen.findByRole('region', { name: 'Sample rows' });
  expect(asked[0]?.source).toEqual({ kind: 'http', url: 'https://api.example.org/orders', proxy: 'http://ann:pw@proxy:3128', ca: 'certs/own.pem', client_cert: 'certs/client.pem', client_key: 'certs/client.key' });
  expect(localStorage.getItem('intakegateway.draft.default')).not.toContain('ann:pw');
}, 120_000);

test('the rows of a query are shown with the types of its columns', async () => {
  const asked: { source?: unknown }[] = [];
  server.use(http.post('*/api/v1/preview', async ({ request }) => { asked.push((await request.json()) as object); return HttpResponse.json(preview({ source: 'warehouse', fields: [field('id', 'integer'), field('total', 'decimal(12,2)')], data: [{ id: 1, total: '9.50' }] })); }));
  const { user } = open('/tasks/new');
  await user.click(await screen.findByRole('radio', { name: /A database/ }));
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Connection' }), await screen.findByRole('option', { name: 'warehouse (SQLite)' }));
  await user.click(screen.getByRole('radio', { name: 'A query' }));
  await user.click(screen.getByLabelText('Query'));
  await user.paste('SELECT id, total FROM orders');
  await user.click(await next('Preview'));
  const rows = await screen.findByRole('region', { name: 'Sample rows' });
  expect(within(rows).getByRole('columnheader', { name: /total.*decimal\(12,2\)/ })).toBeInTheDocument();
  expect(asked[0]?.source).toEqual({ kind: 'sql', connection: 'warehouse', query: 'SELECT id, total FROM orders' });
}, 120_000);
