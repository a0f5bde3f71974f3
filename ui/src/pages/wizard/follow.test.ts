import { expect, test } from 'vitest';
import type { TaskDefinition } from '@/lib/definition';
import { follow } from './follow';

const task = (change: Partial<TaskDefinition> = {}): TaskDefinition => ({
  name: 'orders', source: { kind: 'file', file: 'f2' }, load: { table: 'orders', keys: ['id', 'day'] },
  mapping: [
    { to: 'id', from: 'Number', transforms: ['to_int'] }, { to: 'day', from: 'ordered' }, { to: 'name', join: { from: ['first', 'last'] } }, { to: 'shop', constant: 'north' },
  ],
  rules: [{ not_null: 'id' }, { range: { column: 'day', min: '2024-01-01' } }],
  ...change,
});

test('for another file, what still fits is kept and what does not is told', () => {
  const { definition, dropped } = follow(task(), ['number', 'first', 'last']);
  expect(definition.mapping).toEqual([{ to: 'id', from: 'number', transforms: ['to_int'] }, { to: 'name', join: { from: ['first', 'last'] } }, { to: 'shop', constant: 'north' }]);
  expect(definition.rules).toEqual([{ not_null: 'id' }]);
  expect(definition.load.keys).toEqual(['id']);
  expect(dropped).toEqual(['The column day: there is no field ordered.', 'The rule “day is at least 2024-01-01”.', 'The key day.']);
});

test('a file with the same fields changes nothing', () => {
  const given = task();
  expect(follow(given, ['Number', 'ordered', 'first', 'last', 'more'])).toEqual({ definition: given, dropped: [] });
});

test('without a mapping, rules and keys are held to the fields', () => {
  const { mapping: _, ...given } = task();
  const { definition, dropped } = follow(given, ['id']);
  expect(definition.rules).toEqual([{ not_null: 'id' }]);
  expect(definition.load.keys).toEqual(['id']);
  expect(dropped).toHaveLength(2);
});
