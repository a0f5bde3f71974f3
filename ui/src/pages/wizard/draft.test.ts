import { describe, expect, test } from 'vitest';
import type { DestinationColumn } from '@/lib/definition';
import { changes } from '@/lib/difference';
import {
  draftOf, emptyDraft, fitsExactly, furthest, hasSecrets, matchTable, mayGoTo, problemsOf, put, signature, sourceFor, sourceName, tableName, toSend,
  withFile, withoutSecrets, withSuggestions, type Draft,
} from './draft';
import { wholeSentence } from './sentences';

const around = { active: 'warehouse', isEditing: false, hasSample: true };
const column = (name: string, type = 'text', more: Partial<DestinationColumn> = {}): DestinationColumn => ({ name, type, nullable: true, has_default: false, generated: false, ...more });
const ready = (): Draft => ({
  tile: 'file', schedule: null,
  definition: { name: 'orders', source: { kind: 'file', file: 'f1' }, load: { table: 'orders' } },
});

test('an empty draft asks for a source, and lets nobody past it', () => {
  const problems = problemsOf(emptyDraft(), around);
  expect(problems.source).toEqual(['Choose where the rows come from.']);
  expect(furthest(problems)).toBe('source');
  expect(mayGoTo('preview', problems)).toBe(false);
});

test('one may go past every step that is done, and back to any', () => {
  expect(furthest(problemsOf(ready(), around))).toBe('review');
  const unseen = problemsOf(ready(), { ...around, hasSample: false });
  expect(furthest(unseen)).toBe('preview');
  expect(mayGoTo('source', unseen)).toBe(true);
  expect(furthest(problemsOf(ready(), { ...around, hasSample: false, isEditing: true }))).toBe('review');
});

test('an upsert needs its key, and a project without a default destination a connection', () => {
  const draft = ready();
  draft.definition.load = { table: 'orders', mode: 'upsert' };
  expect(problemsOf(draft, { ...around, active: '' }).destination).toHaveLength(2);
  draft.definition.load = { table: 'orders', mode: 'upsert', keys: 'id', connection: 'warehouse' };
  expect(problemsOf(draft, { ...around, active: '' }).destination).toEqual([]);
});

describe('a kept definition', () => {
  test.each([
    [{ file: 'a.csv' }, 'file', 'file'],
    [{ path: 'in/*.csv' }, 'file', 'path'],
    [{ connection: 'shop', request: { path: '/orders' } }, 'http', 'http'],
    [{ connection: 'db', query: 'SELECT 1' }, 'sql', 'sql'],
    [{ kind: 'push' }, 'push', 'push'],
  ])('%j is of the kind %s', (source, kind, tile) => {
    const draft = draftOf({ name: 'x', source, load: { table: 't' } });
    expect(draft.definition.source.kind).toBe(kind);
    expect(draft.tile).toBe(tile);
  });

  test('keeps what the wizard does not show', () => {
    const given = { name: 'x', source: { file: 'a.csv' }, load: { table: 't', indexes: [['a']] }, notify: [{ webhook: 'ops' }] };
    expect(toSend(draftOf(given))).toMatchObject({ load: { indexes: [['a']] }, notify: [{ webhook: 'ops' }] });
  });

  test('is sent with its schedule only where there is one', () => {
    expect(toSend(ready())).not.toHaveProperty('schedule');
    const schedule = { cron: '0 6 * * *' } as Draft['schedule'];
    expect(toSend({ ...ready(), schedule }).schedule).toEqual(schedule);
  });
});

test('empty answers leave the definition, so that defaults hold', () => {
  expect(put({ kind: 'file', encoding: 'cp1252', skip_rows: 2 }, { encoding: '', skip_rows: 0 })).toEqual({ kind: 'file', skip_rows: 0 });
  expect(put({ keys: ['id'] }, { keys: [] })).toEqual({});
  expect(put({ header: true as boolean | null }, { header: false })).toEqual({ header: false });
});

test('another file forgets how the old one was read; another tile keeps what fits', () => {
  expect(withFile({ kind: 'file', file: 'a', encoding: 'cp1252', arrays: 'join' }, 'b')).toEqual({ kind: 'file', file: 'b', arrays: 'join' });
  expect(sourceFor('http', { kind: 'sql', table: 'x' })).toEqual({ kind: 'http' });
  expect(sourceFor('sql', { kind: 'sql', table: 'x' })).toEqual({ kind: 'sql', table: 'x' });
});

test('the same source has one name, however its keys are ordered', () => {
  expect(signature({ kind: 'http', url: 'https://a', records: '$.a' })).toBe(signature({ records: '$.a', kind: 'http', url: 'https://a' }));
  expect(signature({ kind: 'http', url: 'https://a' })).not.toBe(signature({ kind: 'http', url: 'https://b' }));
});

test('names are made of what the source is called', () => {
  expect(tableName('Sales Orders (2024).csv.gz')).toBe('sales_orders_2024');
  expect(tableName('Müller Straße.xlsx')).toBe('muller_strasse');
  expect(tableName('2024.csv')).toBe('t_2024');
  expect(sourceName({ kind: 'http', url: 'https://api.example.org/v2/orders?x=1' })).toBe('orders');
  expect(sourceName({ kind: 'http', connection: 'shop', request: { path: '/v1/items' } })).toBe('items');
});

test('a suggestion follows the file until somebody writes another name', () => {
  const first = withSuggestions(emptyDraft().definition, '');
  expect(first.name).toBe('');
  const one = withSuggestions({ ...first, source: { kind: 'file', file: 'a' } }, 'orders.csv');
  expect([one.name, one.load.table]).toEqual(['orders', 'orders']);
  const other = withSuggestions(one, 'customers.csv', 'orders.csv');
  expect([other.name, other.load.table]).toEqual(['customers', 'customers']);
  expect(withSuggestions({ ...one, name: 'mine' }, 'customers.csv', 'orders.csv').name).toBe('mine');
});

describe('a table that is there', () => {
  const fields = [{ name: 'ID', type: 'integer' }, { name: 'name', type: 'text' }];

  test('fits exactly when every name and type does', () => {
    const match = matchTable(fields, undefined, [column('id', 'int32'), column('name', 'text(40)')]);
    expect(match.same).toEqual(['id', 'name']);
    expect(fitsExactly(match)).toBe(true);
  });

  test('says what differs', () => {
    const match = matchTable(fields, undefined, [column('id', 'date'), column('must', 'text', { nullable: false }), column('made', 'timestamp', { generated: true })]);
    expect(match).toEqual({ same: ['id'], otherType: [{ name: 'id', field: 'integer', column: 'date' }], unusedFields: ['name'], emptyColumns: [{ name: 'must', required: true }] });
  });

  test('is filled by what the mapping says', () => {
    const match = matchTable(fields, [{ to: 'key', from: 'ID' }, { to: ['a', 'b'], split: { from: 'name', by: ' ' } }], [column('key', 'integer'), column('a'), column('b')]);
    expect(fitsExactly(match)).toBe(true);
  });
});

test('no secret stays in the browser', () => {
  const draft: Draft = {
    ...ready(), tile: 'http',
    definition: { name: 'x', load: { table: 't' }, source: { kind: 'http', url: 'https://a', auth: { type: 'bearer', token: 'hush' }, request: { headers: { 'X-Api-Key': 'hush', Accept: 'json' } } } },
  };
  expect(hasSecrets(draft)).toBe(true);
  expect(JSON.stringify(withoutSecrets(draft))).not.toContain('hush');
  expect(JSON.stringify(withoutSecrets(draft))).toContain('Accept');
  expect(hasSecrets(ready())).toBe(false);
});

test('the sentence grows with what is known', () => {
  expect(wholeSentence(emptyDraft().definition, '', '')).toMatch(/^Choose where your rows come from/);
  const { definition } = ready();
  expect(wholeSentence(definition, 'file', 'warehouse', 'orders.csv')).toBe('Rows from the file orders.csv are added to orders in warehouse.');
  expect(wholeSentence({ ...definition, load: { table: 'orders', mode: 'upsert', keys: ['id'] }, rules: [{ not_null: 'id' }] }, 'file', 'warehouse', 'orders.csv'))
    .toBe('Rows from the file orders.csv, checked by 1 rule, are added to orders in warehouse, or updated there by id.');
});

test('differences name their places', () => {
  expect(changes({ a: [1, 2], b: { c: 1 } }, { a: [1, 3], b: {} })).toEqual([{ path: 'a[1]', before: 2, after: 3 }, { path: 'b.c', before: 1, after: undefined }]);
});
