import { expect, test } from 'vitest';
import { changes } from '@/lib/difference';
import { placeWords, spokenTask } from './places';

test('places of a definition are told in the words of the wizard', () => {
  expect(placeWords('load.table')).toBe('Table');
  expect(placeWords('source.request.headers.Accept')).toBe('Headers, Accept');
  expect(placeWords('mapping[2].transforms[0]')).toBe('Mapping 3, transforms 1');
  expect(placeWords('load.something_new')).toBe('Destination, something new');
  expect(placeWords('unheard_of')).toBe('unheard of');
});

test('two definitions are compared column by column: one that was put before the others is the only thing that differs', () => {
  const mine = { name: 'orders', source: { file: 'f1' }, mapping: [{ to: 'qty', from: 'amount', transforms: ['to_int'] }], rules: [{ not_null: 'qty' }], load: { table: 'orders', keys: ['id', 'day'] } };
  const theirs = { ...mine, source: { kind: 'file', file: 'f1' }, mapping: [{ to: 'id', from: 'number' }, ...mine.mapping], rules: [{ not_null: ['qty'], severity: 'warning' }], load: { table: 'orders', keys: ['id'] } };
  expect(changes(spokenTask(mine), spokenTask(theirs))).toEqual([
    { path: 'Rule 1', before: 'qty has a value', after: 'qty has a value; only counted' },
    { path: 'Columns that identify a row', before: 'id, day', after: 'id' },
    { path: 'Column id', before: undefined, after: 'Field number' },
  ]);
});
