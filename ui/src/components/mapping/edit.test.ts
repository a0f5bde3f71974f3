import { describe, expect, test } from 'vitest';
import type { S } from '@/api/client';
import type { MappingItem, TaskDefinition } from '@/lib/definition';
import * as edit from './edit';
import { DEPTH, NOTHING, remember, type History } from './history';
import { chipText, optionFields, readOptions, scalarOf, startOf, writeTransform } from './options';
import { asRead } from './trying';
import { placeOf } from './warnings';
import { inputOf, valueAt } from './trying';
import { visibleItems } from './treeItems';

const of = (mapping: MappingItem[], more: Partial<TaskDefinition> = {}): TaskDefinition => ({ name: 't', source: { kind: 'push' }, mapping, load: { table: 't' }, ...more });

describe('what goes to a column', () => {
  test('another field keeps the transforms, the default and the type', () => {
    const next = edit.setField(of([{ to: 'a', from: 'x', transforms: ['trim'], default: 'n', type: 'text' }]), 'a', 'y');
    expect(next.mapping).toEqual([{ to: 'a', from: 'y', transforms: ['trim'], default: 'n', type: 'text' }]);
  });
  test('the same field again changes nothing', () => {
    const now = of([{ to: 'a', from: 'x' }]);
    expect(edit.setField(now, 'a', 'x')).toBe(now);
  });
  test('a column that leaves a split leaves the others as they are', () => {
    const now = of([{ to: ['a', 'b', 'c'], split: { from: 'x', by: ' ' } }]);
    expect(edit.setField(now, 'b', 'y').mapping).toEqual([{ to: ['a', 'c'], split: { from: 'x', by: ' ' } }, { to: 'b', from: 'y' }]);
    expect(edit.clearColumn(now, 'a').mapping).toEqual([{ to: ['b', 'c'], split: { from: 'x', by: ' ' } }]);
  });
  test('a split takes its columns from what filled them before, so that none is filled twice', () => {
    const now = of([{ to: 'a', from: 'x' }, { to: 'b', from: 'y', transforms: ['trim'] }, { to: 'c', from: 'z' }]);
    expect(edit.setSplit(now, ['a', 'b'], { from: 'x', by: '-' }).mapping).toEqual([{ to: ['a', 'b'], split: { from: 'x', by: '-' } }, { to: 'c', from: 'z' }]);
  });
  test('each kind can become each other, and keeps its field', () => {
    let now = of([{ to: 'a', from: 'Kunden-Nr' }]);
    now = edit.setKind(now, 'a', 'join', 'x');
    expect(now.mapping).toEqual([{ to: 'a', join: { from: ['Kunden-Nr'] } }]);
    expect(edit.setKind(now, 'a', 'split', 'x').mapping).toEqual([{ to: ['a'], split: { from: 'Kunden-Nr', by: ' ' } }]);
    expect(edit.setKind(of([{ to: 'a', from: 'Kunden-Nr' }]), 'a', 'expression', 'x').mapping).toEqual([{ to: 'a', expression: '"Kunden-Nr"' }]);
    expect(edit.setKind(of([]), 'a', 'field', 'x').mapping).toEqual([{ to: 'a', from: 'x' }]);
    expect(edit.setKind(of([]), 'a', 'constant', 'x').mapping).toEqual([{ to: 'a', constant: '' }]);
  });
  test('transforms are added, moved and removed; none at all leaves no key', () => {
    let now = edit.setTransforms(of([{ to: 'a', from: 'x' }]), 'a', (list) => [...list, 'trim', 'upper']);
    now = edit.setTransforms(now, 'a', (list) => edit.moved(list, 1, 0));
    expect(now.mapping).toEqual([{ to: 'a', from: 'x', transforms: ['upper', 'trim'] }]);
    expect(edit.setTransforms(now, 'a', () => []).mapping).toEqual([{ to: 'a', from: 'x' }]);
  });
  test('one transform for many columns reaches a split once, and no empty column', () => {
    const now = of([{ to: ['a', 'b'], split: { from: 'x', by: ' ' } }, { to: 'c', constant: null }, { to: 'd', from: 'y' }]);
    expect(edit.applyToMany(now, ['a', 'b', 'c', 'd'], 'trim').mapping).toEqual([
      { to: ['a', 'b'], split: { from: 'x', by: ' ' }, transforms: ['trim'] }, { to: 'c', constant: null }, { to: 'd', from: 'y', transforms: ['trim'] },
    ]);
  });
});

describe('columns that are to be made', () => {
  test('all fields that are not used get columns with names that differ', () => {
    const now = edit.mapAll(of([{ to: 'id', from: 'id' }]), ['id', 'ID', 'Kunden-Nr', 'user.city', 'Straße', '€']);
    expect(edit.allTargets(now)).toEqual(['id', 'id_2', 'kunden_nr', 'user_city', 'strasse', 'column']);
  });
  test('another name reaches rules and keys; a name that is taken does not', () => {
    const now = of([{ to: 'a', from: 'x' }, { to: 'b', from: 'y' }], { rules: [{ not_null: 'a' }, { range: { column: 'a', min: 0 } }, { dedupe: { keys: ['a', 'b'], order_by: 'a' } }], load: { table: 't', keys: 'a' } });
    const next = edit.renameColumn(now, 'a', 'n');
    expect(next.rules).toEqual([{ not_null: 'n' }, { range: { column: 'n', min: 0 } }, { dedupe: { keys: ['n', 'b'], order_by: 'n' } }]);
    expect(next.load.keys).toEqual(['n']);
    expect(edit.renameColumn(now, 'a', 'b')).toBe(now);
  });
});

test('a template says what it would change, whatever the order of keys', () => {
  const now = of([{ to: 'a', from: 'x', transforms: [] }, { to: 'b', from: 'y' }]);
  const template: MappingItem[] = [{ from: 'x', to: 'a' }, { to: 'b', from: 'z' }, { to: 'c', constant: 1 }];
  expect(edit.differences(now, template).map((one) => one.column)).toEqual(['b', 'c']);
  expect(edit.differences(edit.applyMappings(now, template), template)).toEqual([]);
});

test('an array is exploded in the source, and not any more', () => {
  const now = edit.setExplode(of([]), 'items');
  expect(now.source.explode).toBe('items');
  expect('explode' in edit.setExplode(now, null).source).toBe(false);
});

describe('undo and redo', () => {
  const start = NOTHING as History<number>;
  test('go back and forth; a new edit forgets what was undone', () => {
    let history = remember(remember(start, { type: 'edit', before: 1 }), { type: 'edit', before: 2 });
    history = remember(history, { type: 'undo', now: 3 });
    expect(history).toMatchObject({ past: [1], future: [3] });
    expect(remember(history, { type: 'redo', now: 2 })).toMatchObject({ past: [1, 2], future: [] });
    expect(remember(history, { type: 'edit', before: 2 })).toMatchObject({ past: [1, 2], future: [] });
  });
  test('typing in one place is one step', () => {
    let history = remember(start, { type: 'edit', before: 1, place: 'p' });
    history = remember(history, { type: 'edit', before: 2, place: 'p' });
    expect(history.past).toEqual([1]);
    expect(remember(history, { type: 'edit', before: 3, place: 'q' }).past).toEqual([1, 3]);
  });
  test('nothing to undo changes nothing, and the past has an end', () => {
    expect(remember(start, { type: 'undo', now: 1 })).toBe(start);
    let history = start;
    for (let at = 0; at < DEPTH + 5; at += 1) history = remember(history, { type: 'edit', before: at });
    expect(history.past).toHaveLength(DEPTH);
  });
});

describe('options of transforms', () => {
  const view = (name: string, main: string, properties: object, required: string[] = []) => ({ name, main, description: '', takes: 'text', gives: 'text', options: { properties, required }, example: { [name]: { old: 'a' } } });
  const pad = view('pad', 'length', { length: { type: 'integer', minimum: 1 }, fill: { type: 'string', default: '0' } }, ['length']);
  const lookup = view('lookup', '', { values: { type: 'object' }, unmatched: { enum: ['keep', 'null'], default: 'keep' } }, ['values']);
  test('are read from each form and written in the shortest', () => {
    expect(readOptions({ pad: 8 }, pad)).toEqual({ length: 8 });
    expect(readOptions({ pad: { length: 8, fill: 'x' } }, pad)).toEqual({ length: 8, fill: 'x' });
    expect(readOptions('pad', pad)).toEqual({});
    expect(readOptions({ lookup: { A: 'active' } }, lookup)).toEqual({ values: { A: 'active' } });
    expect(writeTransform('pad', { length: 8, fill: '0' }, pad)).toEqual({ pad: 8 });
    expect(writeTransform('pad', { length: 8, fill: 'x' }, pad)).toEqual({ pad: { length: 8, fill: 'x' } });
    expect(writeTransform('pad', { length: undefined }, pad)).toBe('pad');
    expect(writeTransform('lookup', { values: { A: 'b' } }, lookup)).toEqual({ lookup: { values: { A: 'b' } } });
  });
  test('a form knows what each option is', () => {
    expect(optionFields(pad).map(({ name, kind, required }) => [name, kind, required])).toEqual([['length', 'number', true], ['fill', 'text', false]]);
    expect(optionFields(lookup).map((field) => field.kind)).toEqual(['pairs', 'choice']);
    expect(startOf(pad)).toEqual({ pad: { old: 'a' } });
  });
  test('what is typed keeps its leading zeros', () => {
    expect([scalarOf('12'), scalarOf('007'), scalarOf('true'), scalarOf('1.50'), scalarOf('')]).toEqual([12, '007', true, '1.50', '']);
  });
  test('a chip says what it does', () => {
    expect([chipText('trim'), chipText({ to_date: '%d.%m.%Y' }), chipText({ replace: { old: 'a' } })]).toEqual(['Trim blanks', 'To date: %d.%m.%Y', 'Replace text: a → nothing']);
  });
});

test('warnings lead to their places', () => {
  expect(placeOf("The column 'need' needs a value, and no mapping fills it.")).toEqual({ column: 'need' });
  expect(placeOf("Field 'x' is decimal(10,4), column 'a' is integer: values that do not fit become rejects.")).toEqual({ column: 'a', field: 'x' });
  expect(placeOf("Field 'x' is used 2 times: a, b.")).toEqual({ column: 'a', field: 'x' });
  expect(placeOf('Fields that the mapping does not use: Straße, u.')).toEqual({ field: 'Straße' });
});

test('values are read out of JSON and put together from flat fields', () => {
  const row = { tags: '["a","b"]', 'u.city': 'Rome', 'u.zip': '1' };
  expect(valueAt(row, 'tags.1')).toBe('b');
  expect(valueAt(row, 'u')).toEqual({ city: 'Rome', zip: '1' });
  expect(valueAt(row, 'nope.0')).toBeUndefined();
  expect(inputOf({ to: 'a', expression: 'u.city || 1' }, row)).toBe('u.city: Rome');
});

test('the tree shows what matches with what it is in', () => {
  const leaf = (name: string, path: string) => ({ name, path, type: 'text', null_share: 0, samples: [], is_array: false, column: true, children: [] });
  const tree = [{ ...leaf('user', 'user'), children: [leaf('city', 'user.city'), leaf('name', 'user.name')] }, leaf('id', 'id')];
  expect(visibleItems(tree, new Set(['user']), '').map((one) => one.node.path)).toEqual(['user', 'id']);
  expect(visibleItems(tree, new Set(['user']), 'cit').map((one) => one.node.path)).toEqual(['user', 'user.city']);
});

test('one row is tried as the whole file is read: with its decimal comma, and text as text', () => {
  const field = (name: string, type: string, decimal_comma = false): S['FieldView'] => ({ name, type, nulls: 0, values: 2, null_share: 0, max_length: 5, date_format: '', decimal_comma, notes: [], samples: [] });
  const fields = [field('Umsatz', 'decimal(8,2)', true), field('Betrag', 'text'), field('id', 'integer')];
  expect(asRead({ to: 'turnover', from: 'Umsatz' }, fields, null)).toEqual({ to: 'turnover', from: 'Umsatz', transforms: [{ parse_number: ',' }] });
  expect(asRead({ to: 'amount', from: 'Betrag' }, fields, null)).toEqual({ to: 'amount', from: 'Betrag', type: 'text' });
  for (const item of [{ to: 'id', from: 'id' }, { to: 'amount', from: 'Betrag', type: 'integer' }, { to: 'turnover', from: 'Umsatz', transforms: ['to_decimal'] }]) expect(asRead(item, fields, null)).toBe(item);
});
