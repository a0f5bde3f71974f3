import { expect, test } from 'vitest';
import type { S } from '@/api/client';
import { verdictOf } from './data';
import { causeWords, reasonWords, stepOfReason } from '@/components/causes';
import { badFields, fieldsByColumn, hintOf, inOrder } from './fields';

const fields = ['order_id', 'customer', 'qty', 'first', 'last', 'note'];
const definition = {
  mapping: [
    { to: 'customer_id', from: 'customer' },
    { to: 'qty', from: 'qty', transforms: ['to_int'] },
    { to: 'name', join: { from: ['first', 'last'] } },
    { to: 'total', expression: 'qty * 2' },
  ],
  rules: [{ range: { column: 'qty', min: 1, max: 1000 } }, { in: { column: 'customer_id', values: ['a', 'b'] } }],
};
const reject = (reasons: S['RejectReason'][]): S['Reject'] => ({
  row: 3, locator: 'line 4', original: {}, values: {}, edited: [], raw: null, reasons, state: 'open',
});

test('a reason speaks of a column; the cell that is wrong is that of the field behind it', () => {
  const columns = fieldsByColumn(definition, fields);
  const at = (column: string) => [...badFields(reject([{ code: 'X', column, message: 'm.' }]), columns, fields).keys()];
  expect(at('customer_id')).toEqual(['customer']);
  expect(at('name')).toEqual(['first', 'last']);
  expect(at('total')).toEqual(['qty']);
  expect(at('order_id')).toEqual(['order_id']);
  expect(at('')).toEqual([]);
});

test('what a field takes is known from its transforms and rules', () => {
  const columns = fieldsByColumn(definition, fields);
  expect(hintOf('qty', definition, columns)).toEqual({ kind: 'integer', allowed: [], words: 'A whole number. From 1 to 1000.' });
  expect(hintOf('customer', definition, columns)).toMatchObject({ kind: 'text', allowed: ['a', 'b'], words: 'One of a, b.' });
});

test('what is wrong comes first; causes have words', () => {
  expect(inOrder(fields, new Set(['qty', 'customer']))).toEqual(['customer', 'qty', 'order_id', 'first', 'last', 'note']);
  expect(causeWords('INVALID_TYPE', 'qty')).toBe('Wrong kind of value: qty');
  expect(causeWords('SOMETHING_NEW', '')).toBe('Something new');
});

test('a reason is told without the code of its step, and steps by their titles', () => {
  const date = "to_date: '31.12.2024' is not a date like 2024-05-31; another format is read with the transform to_date, as in to_date: '%d.%m.%Y'.";
  expect(stepOfReason(date)).toBe('to_date');
  expect(reasonWords(date)).toBe("'31.12.2024' is not a date like 2024-05-31; another format is read with the step “To date”.");
  expect(reasonWords("parse_number: '1,5' is not a number. A decimal comma is read with the transform parse_number, or with decimal_comma: true."))
    .toBe("'1,5' is not a number. A decimal comma is read with the step “Read a number”, or with “Decimal comma” among the options of the source.");
  expect(reasonWords('note: not one of ours')).toBe('note: not one of ours');
  expect(stepOfReason("'01200' is not in customers (customer_id).")).toBe('');
});

test('a row passes a check only when the check is known to have looked at it', () => {
  const view: S['CheckView'] = { checked: 2, selected: 2, passed: 1, failed: 1, items: [{ row: 9, reasons: [] }], remark: null, warnings: [] };
  const checked = { view, isMeant: () => true, changed: new Set<number>() };
  expect(verdictOf(reject([]), checked)).toEqual({ passes: true });
  expect(verdictOf(reject([]), { ...checked, view: { ...view, selected: 5 } })).toBeNull();
  expect(verdictOf(reject([]), { ...checked, changed: new Set([3]) })).toBeNull();
  expect(verdictOf({ ...reject([]), row: 9 }, checked)).toEqual({ passes: false, reasons: [] });
});
