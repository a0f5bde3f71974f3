import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, test } from 'vitest';
import type { S } from '@/api/client';
import type { DestinationColumn, MappingItem, TaskDefinition } from '@/lib/definition';
import { mount } from '@/test/mount';
import { pageOf, problem, server } from '@/test/server';
import MappingEditor from './MappingEditor';

const field = (name: string, type = 'text'): S['FieldView'] => ({ name, type, nulls: 0, values: 2, null_share: 0, max_length: 5, date_format: '', decimal_comma: false, notes: [], samples: ['a'] });
const node = (name: string, more: object = {}) => ({ name, path: name, type: 'text', null_share: 0, samples: ['a'], is_array: false, column: true, children: [], ...more });
const column = (name: string, more: Partial<DestinationColumn> = {}): DestinationColumn => ({ name, type: 'text', nullable: true, has_default: false, generated: false, ...more });
const FIELDS = [field('E-Mail'), field('Name'), field('tags')];
const TREE = [node('E-Mail'), node('Name'), node('tags', { is_array: true, type: 'array', children: [node('0', { path: 'tags.0' })] })];
const SAMPLE = [{ 'E-Mail': ' Ann@X ', Name: 'Ann Lee', tags: '["a"]' }, { 'E-Mail': 'bob@x', Name: 'Bob', tags: '[]' }];
const COLUMNS = [column('email', { nullable: false }), column('first'), column('last')];

let tried: S['TransformDraft'][] = [];
beforeEach(() => {
  tried = [];
  server.use(
    http.post('*/api/v1/check-mapping', async ({ request }) => {
      const { mapping } = (await request.json()) as S['MappingCheck'];
      return HttpResponse.json({ warnings: mapping.some((one) => one.to === 'email') ? [] : ["The column 'email' needs a value, and no mapping fills it."] });
    }),
    http.post('*/api/v1/preview-transform', async ({ request }) => {
      const draft = (await request.json()) as S['TransformDraft'];
      tried.push(draft);
      const after = (row: Record<string, unknown>) => Object.fromEntries(draft.mapping.map((one) => [String(one.to), String(row[String(one.from)]).trim()]));
      return HttpResponse.json({ columns: [], findings: [], counts: {}, stop: null, warnings: [], touched: [], rows: draft.rows.map((row, number) => ({ number, locator: '', outcome: 'good', before: row, after: after(row), problems: [] })) });
    }),
    http.get('*/api/v1/transforms', () => HttpResponse.json([
      { name: 'trim', description: 'Strips blanks.', takes: 'text', gives: 'text', main: 'characters', example: 'trim', options: { properties: { characters: { type: 'string', default: '', description: 'the characters to strip' } } } },
      { name: 'lower', description: 'Makes lower case.', takes: 'text', gives: 'text', main: '', example: 'lower', options: { properties: {} } },
    ])),
    http.post('*/api/v1/suggest-transforms', () => HttpResponse.json([{ field: 'E-Mail', column: 'email', transforms: ['trim'], lossy: false }])),
  );
});

const of = (mapping: MappingItem[] = []): TaskDefinition => ({ name: 't', source: { kind: 'push' }, mapping, load: { table: 't' } });
const edit = (mapping: MappingItem[] = [], columns: DestinationColumn[] | null = COLUMNS, width = 1440) =>
  mount(of(mapping), (value, set) => <MappingEditor definition={value} fields={FIELDS} tree={TREE} sample={SAMPLE} columns={columns} project="default" onChange={set} />, width);

describe('mapping by hand', () => {
  test('a field is found by typing in its column, shown with what it becomes, and taken back with Ctrl+Z', async () => {
    const { user, seen } = edit();
    const box = screen.getByRole('combobox', { name: 'Field for email' });
    await user.click(box);
    await user.keyboard('mail{Enter}');
    expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail' }]);
    const row = screen.getByRole('group', { name: 'Column email' });
    expect(await within(row).findAllByText('Ann@X')).toHaveLength(2);
    box.blur();
    await user.keyboard('{Control>}z{/Control}');
    expect(seen.value.mapping).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Redo' }));
    expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail' }]);
  });

  test('with the keyboard: arrows in the tree, then “Use selected” at the column', async () => {
    const { user, seen } = edit();
    screen.getByRole('treeitem', { name: /^E-Mail/ }).focus();
    await user.keyboard('{ArrowDown}{ArrowDown}{ArrowRight}{ArrowDown}');
    expect(screen.getByRole('treeitem', { name: /^0, text/ })).toHaveFocus();
    await user.keyboard('{ArrowLeft}{ArrowUp}');
    expect(screen.getByRole('treeitem', { name: /^Name/ })).toHaveAttribute('aria-selected', 'true');
    await user.click(screen.getByRole('button', { name: 'Use the selected field for first' }));
    expect(seen.value.mapping).toEqual([{ to: 'first', from: 'Name' }]);
    expect(screen.getByRole('treeitem', { name: /used for first/ })).toBeInTheDocument();
  });

  test('one field is split into two columns', async () => {
    const { user, seen } = edit([{ to: 'first', from: 'Name' }]);
    await user.click(screen.getByRole('button', { name: 'More for first' }));
    const dialog = screen.getByRole('dialog', { name: 'What goes to first' });
    await user.selectOptions(within(dialog).getByLabelText('Comes from'), 'Part of a field');
    await user.selectOptions(within(dialog).getByLabelText('Add a column'), 'last');
    expect(seen.value.mapping).toEqual([{ to: ['first', 'last'], split: { from: 'Name', by: ' ' } }]);
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    expect(screen.getByRole('button', { name: /Split for last: part 2 of Name/ })).toBeInTheDocument();
  });

  test('a warning leads to its column', async () => {
    const { user } = edit();
    await user.click(await screen.findByRole('button', { name: /'email' needs a value/ }));
    expect(screen.getByRole('combobox', { name: 'Field for email' })).toHaveFocus();
  });

  test('a value that fails is said at its row, and the other rows keep theirs', async () => {
    server.use(http.post('*/api/v1/preview-transform', async ({ request }) => {
      const { mapping } = (await request.json()) as S['TransformDraft'];
      if (mapping.some((one) => one.to === 'first')) return problem(422, 'definition', "'pad': length: Field required", { errors: [{ path: 'mapping[1].transforms[0]', message: 'x' }] });
      return HttpResponse.json({ columns: [], findings: [], counts: {}, stop: null, warnings: [], rows: [{ number: 0, locator: '', outcome: 'good', before: {}, after: { email: 'fine' }, problems: [] }] });
    }));
    edit([{ to: 'email', from: 'E-Mail' }, { to: 'first', from: 'Name', transforms: ['pad'] }]);
    await screen.findByText("'pad': length: Field required");
    await screen.findByText('fine');
  });
});

test('a transform is added from the suggestion and shown before and after', async () => {
  const { user, seen } = edit([{ to: 'email', from: 'E-Mail' }]);
  await user.click(screen.getByRole('button', { name: 'Add a transform to email' }));
  await user.click(await screen.findByRole('button', { name: 'Trim blanks' }));
  expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail', transforms: ['trim'] }]);
  const dialog = await screen.findByRole('dialog', { name: 'Trim blanks' });
  await within(dialog).findAllByText('bob@x');
  await user.type(within(dialog).getByLabelText('Characters'), 'x');
  expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail', transforms: [{ trim: 'x' }] }]);
  await user.click(within(dialog).getByRole('button', { name: 'Remove' }));
  expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail' }]);
});

test('proposals are accepted one by one or all that are sure; below 0.6 nothing is shown', async () => {
  const asked: S['MatchDraft'][] = [];
  server.use(http.post('*/api/v1/auto-match', async ({ request }) => {
    asked.push((await request.json()) as S['MatchDraft']);
    return HttpResponse.json([{ field: 'E-Mail', column: 'email', score: 0.95, reason: 'same name' }, { field: 'Name', column: 'first', score: 0.6, reason: 'ending' }, { field: 'tags', column: 'last', score: 0.3, reason: 'guess' }]);
  }));
  const { user, seen } = edit();
  await user.click(screen.getByRole('button', { name: 'Auto-match' }));
  await user.click(await screen.findByRole('button', { name: 'Accept all that are sure (1)' }));
  expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail' }]);
  expect(screen.queryByRole('button', { name: /tags/, hidden: false })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Accept Name for first' }));
  expect(seen.value.mapping).toHaveLength(2);
  expect(asked).toEqual([{ fields: ['E-Mail', 'Name', 'tags'], columns: ['email', 'first', 'last'], history: true }]);
});

test('a new table: all fields at once, then another name for a column', async () => {
  const { user, seen } = edit([], null);
  await user.click(screen.getAllByRole('button', { name: 'Map all fields' })[0]!);
  expect(seen.value.mapping).toEqual([{ to: 'e_mail', from: 'E-Mail' }, { to: 'name', from: 'Name' }, { to: 'tags', from: 'tags' }]);
  const name = screen.getByRole('textbox', { name: 'Name of column e_mail' });
  await user.clear(name);
  await user.type(name, 'mail{Enter}');
  expect(seen.value.mapping?.[0]).toEqual({ to: 'mail', from: 'E-Mail' });
  await user.selectOptions(screen.getByLabelText('Type of column tags'), 'json');
  expect(seen.value.mapping?.[2]).toEqual({ to: 'tags', from: 'tags', type: 'json' });
});

test('a template says what it would change before it is applied, and these mappings can be saved as one', async () => {
  const saved: S['TemplateDraft'][] = [];
  const template = { id: 'x', project_id: 'p', name: 'usual', description: '', mappings: [{ to: 'email', from: 'E-Mail', transforms: ['trim'] }], created_at: '', updated_at: '', version: 1 };
  server.use(
    http.get('*/api/v1/templates', () => HttpResponse.json(pageOf([template]))),
    http.post('*/api/v1/templates', async ({ request }) => {
      saved.push((await request.json()) as S['TemplateDraft']);
      return HttpResponse.json({ ...template, name: 'mine' }, { status: 201 });
    }),
  );
  const { user, seen } = edit([{ to: 'first', from: 'Name' }]);
  await user.click(screen.getByRole('button', { name: 'Templates' }));
  await user.selectOptions(await screen.findByLabelText('Apply a template'), 'x');
  await screen.findByText('It differs in 1 column.');
  await user.click(screen.getByRole('button', { name: 'Apply usual' }));
  expect(seen.value.mapping).toEqual([{ to: 'first', from: 'Name' }, { to: 'email', from: 'E-Mail', transforms: ['trim'] }]);
  await user.click(screen.getByRole('button', { name: 'Templates' }));
  await user.type(await screen.findByLabelText('Save this mapping as a template'), 'mine');
  await user.click(screen.getByRole('button', { name: 'Save 2 columns' }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]?.mappings).toEqual(seen.value.mapping);
});

test('on a phone a column opens a page of fields to tap', async () => {
  const { user, seen } = edit([], COLUMNS, 390);
  expect(screen.queryByRole('tree')).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: /Choose a field for email/ }));
  await user.click(within(screen.getByRole('dialog', { name: 'Field for email' })).getByRole('button', { name: /^E-Mail/ }));
  expect(seen.value.mapping).toEqual([{ to: 'email', from: 'E-Mail' }]);
});

test('lists within a row become text', async () => {
  const { user, seen } = edit();
  await user.click(screen.getByRole('treeitem', { name: /^tags/ }));
  const choice = () => screen.getByRole('checkbox', { name: 'Lists as text, joined by commas' });
  await user.click(choice());
  expect(seen.value.source.arrays).toBe('join');
  await user.click(choice());
  expect(seen.value.source.arrays).toBeUndefined();
});

test('an array becomes one row for each element', async () => {
  const { user, seen } = edit();
  await user.click(screen.getByRole('treeitem', { name: /^tags/ }));
  await user.click(screen.getByRole('button', { name: 'One row for each element' }));
  expect(seen.value.source.explode).toBe('tags');
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(seen.value.source.explode).toBeUndefined();
});
