import { screen, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeEach, expect, test } from 'vitest';
import type { S } from '@/api/client';
import type { RuleItem, TaskDefinition } from '@/lib/definition';
import { mount } from '@/test/mount';
import { problem, server } from '@/test/server';
import RuleList from './RuleList';
import { lacks, partsOf, sentenceOf, withFail, withParts, withSeverity } from './rules';

const template = (kind: string, example: object, actions = ['reject', 'set_null', 'set_default', 'stop']): S['RuleTemplate'] => ({ kind, description: '', actions, example: example as S['RuleTemplate']['example'], options: {} });
const SAMPLE = [{ Mail: 'a@x' }, { Mail: '' }, { Mail: 'b@x' }];
const row = (number: number, more: Partial<S['TriedRowView']> = {}): S['TriedRowView'] => ({ number, locator: `item ${number + 1}`, outcome: 'good', before: SAMPLE[number]!, after: { mail: 'x' }, problems: [], ...more });
let asked: S['TaskLook'][] = [];

beforeEach(() => {
  asked = [];
  server.use(
    http.get('*/api/v1/rules/templates', () => HttpResponse.json([template('not_null', { not_null: ['id'] }, ['reject', 'set_default', 'stop']), template('range', { range: { column: 'total', min: 0 } })])),
    http.post('*/api/v1/preview-task', async ({ request }) => {
      const look = (await request.json()) as S['TaskLook'];
      asked.push(look);
      const rules = (look.definition as unknown as TaskDefinition).rules ?? [];
      const touched = rules.length ? [{ place: 0, outcome: 'rejected', rows: [1] }] : [];
      const rows = [row(0), row(1, { outcome: 'rejected', after: null, problems: [{ code: 'NOT_NULL', column: 'mail', message: 'mail is empty.' }] }), row(2)];
      return HttpResponse.json({ preview: {}, error: null, trial: { columns: [{ name: 'mail', type: 'text' }], rows, findings: [], counts: { good: 2, rejected: 1, deduplicated: 0 }, stop: null, warnings: [], touched } });
    }),
  );
});

const show = (rules: RuleItem[] = []) => {
  const definition: TaskDefinition = { name: 't', source: { kind: 'http' }, mapping: [{ to: 'mail', from: 'Mail' }], rules, load: { table: '' } };
  return mount(definition, (value, set) => <RuleList definition={value} fields={[]} sample={SAMPLE} project="default" onChange={set} />);
};

test('a rule is added in plain words, and says what it does to the sample', async () => {
  const { user, seen } = show();
  await screen.findByText('No rule yet');
  await user.click(await screen.findByRole('button', { name: 'Add rule' }));
  await user.click(await screen.findByRole('button', { name: /^Has a value/ }));
  const dialog = screen.getByRole('dialog', { name: 'Has a value' });
  await within(dialog).findByText('Choose a column.');
  await user.click(within(dialog).getByRole('checkbox', { name: 'mail' }));
  expect(seen.value.rules).toEqual([{ not_null: ['mail'] }]);
  await user.selectOptions(within(dialog).getByLabelText('A row that fails'), 'Stop the run');
  expect(seen.value.rules).toEqual([{ not_null: ['mail'], on_fail: 'stop' }]);
  await user.selectOptions(within(dialog).getByLabelText('A row that fails'), 'Reject the row');
  await user.click(within(dialog).getByRole('button', { name: 'Done' }));
  await user.click(await screen.findByRole('button', { name: /1 rejected/ }));
  const rows = screen.getByRole('dialog', { name: '1 row rejected' });
  expect(within(rows).getByText('mail is empty.')).toBeInTheDocument();
  expect(within(rows).getByText('(this value)').closest('td')).toHaveTextContent('empty');
  const look = asked.at(-1)!;
  expect(JSON.parse(look.sample!)).toEqual(SAMPLE);
  expect((look.definition as unknown as TaskDefinition).source).toEqual({ kind: 'push', format: 'json' });
});

test('rules are moved and removed', async () => {
  const { user, seen } = show([{ not_null: ['mail'] }, { range: { column: 'mail', min: 1 } }]);
  await user.click(screen.getByRole('button', { name: 'Move rule 2 up' }));
  expect(seen.value.rules?.map((rule) => Object.keys(rule)[0])).toEqual(['range', 'not_null']);
  await user.click(screen.getByRole('button', { name: /Edit rule 1: mail is at least 1/ }));
  await user.click(screen.getByRole('button', { name: 'Remove rule' }));
  expect(seen.value.rules).toEqual([{ not_null: ['mail'] }]);
});

test('a rule that the server refuses is told at its place, and the others still count', async () => {
  server.use(http.post('*/api/v1/preview-task', async ({ request }) => {
    const rules = (((await request.json()) as S['TaskLook']).definition as unknown as TaskDefinition).rules ?? [];
    if (rules.length === 2) return HttpResponse.json({ preview: {}, trial: null, error: { code: 'definition', message: "the rule names the column 'x'.", hint: null, path: ['rules', 0, 'range'] } });
    return HttpResponse.json({ preview: {}, error: null, trial: { columns: [], rows: [], findings: [], counts: { good: 2, rejected: 1 }, stop: null, warnings: [], touched: [{ place: 0, outcome: 'rejected', rows: [1] }] } });
  }));
  show([{ range: { column: 'x', min: 1 } }, { not_null: ['mail'] }]);
  await screen.findByText("The rule names the column 'x'.");
  await screen.findByRole('button', { name: /1 rejected/ });
});

test('a sample that cannot be tried says so', async () => {
  server.use(http.post('*/api/v1/preview-task', () => problem(503, 'unavailable', 'the server is busy.')));
  show([{ not_null: ['mail'] }]);
  await screen.findByText(/the server is busy/);
});

test('every form of a rule is read, said and written', () => {
  const rules: RuleItem[] = [{ not_null: 'a' }, { range: { column: 'a', min: 1, max: '2026-01-01' } }, { regex: { column: 'a', pattern: 'x' } }, { length: { column: 'a', max: 3 } }, { in: { column: 'a', values: ['x', 'y'] } }, { unique: ['a', 'b'] }, { dedupe: { keys: 'a', keep: 'last' } }, { expression: 'a > 1' }, { reference: { column: 'a', table: 't', to: 'id' } }];
  expect(rules.map(sentenceOf)).toEqual(['a has a value', 'a is from 1 to 2026-01-01', 'a matches x', 'a has at most 3 characters', 'a is one of x, y', 'No two rows have the same a and b', 'Of rows with the same a, keep the last', 'a > 1', 'a exists in t']);
  expect(rules.map(lacks).join('')).toBe('');
  expect(withParts(rules[1]!, partsOf(rules[1]!))).toEqual(rules[1]);
  expect(withParts({ ...rules[3]!, severity: 'warning' }, { ...partsOf(rules[3]!), min: '1' })).toEqual({ length: { column: 'a', min: 1, max: 3 }, severity: 'warning' });
});

test('a warning never stops a run, and a default comes and goes with its choice', () => {
  const stop = withFail({ not_null: 'a' }, 'stop');
  expect(withSeverity(stop, 'warning')).toEqual({ not_null: 'a', severity: 'warning' });
  expect(withFail({ not_null: 'a', severity: 'warning' }, 'stop')).toEqual({ not_null: 'a', on_fail: 'stop' });
  expect(withFail(withFail({ not_null: 'a' }, 'set_default'), 'reject')).toEqual({ not_null: 'a' });
});
