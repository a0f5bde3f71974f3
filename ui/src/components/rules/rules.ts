import type { S } from '@/api/client';
import { listOf, ruleKind, type OnFail, type RuleItem, type RuleKind } from '@/lib/definition';

/** Each kind in plain words: what it is called, and what it asks. */
export const KIND_WORDS: Record<RuleKind, [title: string, text: string]> = {
  not_null: ['Has a value', 'The columns are not empty'],
  range: ['Within a range', 'A number, date or time lies between two values'],
  regex: ['Matches a pattern', 'A text has the form that it should have'],
  length: ['Length of a text', 'A text is neither too short nor too long'],
  in: ['One of a list', 'Only these values are allowed'],
  unique: ['Unique', 'No two rows have the same values; later ones are rejected'],
  dedupe: ['Keep one of duplicates', 'Of rows with the same values one stays, the others are left out'],
  expression: ['Own condition', 'What you write as a formula has to be true'],
  reference: ['Exists in another table', 'The value is found in a table of the destination'],
};

/** Rules about whole rows rather than single values. */
export const ABOUT_ROWS: readonly RuleKind[] = ['unique', 'dedupe', 'expression'];

export const FAIL_WORDS: Record<OnFail, string> = {
  reject: 'Reject the row', set_null: 'Make the value empty', set_default: 'Put a default in its place', stop: 'Stop the run',
};

/** What the parts of a rule are, whichever form it is written in. */
export interface Parts {
  kind: RuleKind;
  columns: string[];
  min: string;
  max: string;
  pattern: string;
  values: string[];
  keep: 'first' | 'last';
  orderBy: string;
  expression: string;
  table: string;
  to: string[];
}

const EMPTY: Omit<Parts, 'kind'> = { columns: [], min: '', max: '', pattern: '', values: [], keep: 'first', orderBy: '', expression: '', table: '', to: [] };
const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));

export function partsOf(rule: RuleItem): Parts {
  const kind = ruleKind(rule) ?? 'not_null';
  const parts: Parts = { kind, ...EMPTY };
  if ('not_null' in rule) parts.columns = listOf(rule.not_null);
  else if ('range' in rule) Object.assign(parts, { columns: [rule.range.column], min: text(rule.range.min), max: text(rule.range.max) });
  else if ('length' in rule) Object.assign(parts, { columns: [rule.length.column], min: text(rule.length.min), max: text(rule.length.max) });
  else if ('regex' in rule) Object.assign(parts, { columns: [rule.regex.column], pattern: rule.regex.pattern });
  else if ('in' in rule) Object.assign(parts, { columns: [rule.in.column], values: rule.in.values.map(text) });
  else if ('unique' in rule) parts.columns = keysOf(rule.unique);
  else if ('dedupe' in rule) {
    parts.columns = keysOf(rule.dedupe);
    if (typeof rule.dedupe === 'object' && !Array.isArray(rule.dedupe)) Object.assign(parts, { keep: rule.dedupe.keep ?? 'first', orderBy: rule.dedupe.order_by ?? '' });
  } else if ('expression' in rule) parts.expression = rule.expression;
  else if ('reference' in rule) Object.assign(parts, { columns: listOf(rule.reference.column), table: rule.reference.table, to: listOf(rule.reference.to) });
  return parts;
}

const keysOf = (value: string | string[] | { keys: string | string[] }): string[] =>
  typeof value === 'string' || Array.isArray(value) ? listOf(value) : listOf(value.keys);

/** A number as one, whatever else as it was typed: dates and times stay text. */
const bound = (given: string): string | number => (given.trim() !== '' && String(Number(given)) === given.trim() ? Number(given) : given);
const only = <T extends object>(given: T): T => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')) as T;

/** What the parts say, without severity and the like. */
function core(parts: Parts): RuleItem {
  const [column = ''] = parts.columns;
  switch (parts.kind) {
    case 'not_null': return { not_null: parts.columns };
    case 'range': return { range: only({ column, min: parts.min === '' ? '' : bound(parts.min), max: parts.max === '' ? '' : bound(parts.max) }) };
    case 'length': return { length: only({ column, min: parts.min === '' ? undefined : Number(parts.min), max: parts.max === '' ? undefined : Number(parts.max) }) };
    case 'regex': return { regex: { column, pattern: parts.pattern } };
    case 'in': return { in: { column, values: parts.values } };
    case 'unique': return { unique: parts.columns };
    case 'dedupe': return { dedupe: { keys: parts.columns, keep: parts.keep, ...(parts.orderBy ? { order_by: parts.orderBy } : {}) } };
    case 'expression': return { expression: parts.expression };
    case 'reference': return { reference: { column: parts.columns, table: parts.table, ...(parts.to.length ? { to: parts.to } : {}) } };
  }
}

/** A rule with these parts; what all rules share stays. */
export function withParts(rule: RuleItem, parts: Parts): RuleItem {
  const kind = ruleKind(rule);
  const { [kind as 'not_null']: _old, ...shared } = rule as RuleItem & Record<'not_null', unknown>;
  return { ...shared, ...core(parts) } as RuleItem;
}

/** Another choice of what happens; a default comes and goes with it, and a warning does not stop a run. */
export function withFail(rule: RuleItem, onFail: OnFail): RuleItem {
  const { default: old, on_fail: _old, ...rest } = rule;
  const next = { ...rest, ...(onFail === 'reject' ? {} : { on_fail: onFail }), ...(onFail === 'set_default' ? { default: old ?? '' } : {}) } as RuleItem;
  return onFail === 'stop' && next.severity === 'warning' ? withSeverity(next, 'error') : next;
}

export function withSeverity(rule: RuleItem, severity: 'error' | 'warning'): RuleItem {
  const { severity: _old, ...rest } = rule;
  const next = (severity === 'error' ? rest : { ...rest, severity }) as RuleItem;
  return severity === 'warning' && next.on_fail === 'stop' ? withFail(next, 'reject') : next;
}

/** What is still to be said before the rule means anything; empty when nothing is. */
export function lacks(rule: RuleItem): string {
  const parts = partsOf(rule);
  if (parts.kind === 'expression') return parts.expression.trim() === '' ? 'Write the condition.' : '';
  if (parts.columns.length === 0 || parts.columns[0] === '') return 'Choose a column.';
  if ((parts.kind === 'range' || parts.kind === 'length') && parts.min === '' && parts.max === '') return 'Give a least or a most.';
  if (parts.kind === 'regex' && parts.pattern === '') return 'Give a pattern.';
  if (parts.kind === 'in' && parts.values.length === 0) return 'Give the allowed values.';
  if (parts.kind === 'reference' && parts.table === '') return 'Name the table.';
  return rule.on_fail === 'set_default' && (rule.default === undefined || rule.default === '') ? 'Give the default value.' : '';
}

/** A rule as a sentence. */
export function sentenceOf(rule: RuleItem): string {
  const parts = partsOf(rule);
  const columns = joined(parts.columns) || '…';
  const between = (what: string) =>
    parts.min !== '' && parts.max !== '' ? `${what} from ${parts.min} to ${parts.max}` : parts.min !== '' ? `${what} at least ${parts.min}` : `${what} at most ${parts.max || '…'}`;
  switch (parts.kind) {
    case 'not_null': return `${columns} ${parts.columns.length > 1 ? 'have' : 'has'} a value`;
    case 'range': return `${columns} is ${between('')}`.replace('  ', ' ');
    case 'length': return `${columns} has ${between('')} characters`.replace('  ', ' ');
    case 'regex': return `${columns} matches ${parts.pattern || '…'}`;
    case 'in': return `${columns} is one of ${parts.values.slice(0, 5).join(', ') || '…'}${parts.values.length > 5 ? ` and ${parts.values.length - 5} more` : ''}`;
    case 'unique': return `No two rows have the same ${columns}`;
    case 'dedupe': return `Of rows with the same ${columns}, keep the ${parts.keep}${parts.orderBy ? ` by ${parts.orderBy}` : ''}`;
    case 'expression': return parts.expression || '…';
    case 'reference': return `${columns} exists in ${parts.table || '…'}`;
  }
}

const joined = (names: string[]) => (names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? ''));

export const OUTCOMES: Record<S['TouchedView']['outcome'], [word: string, tone: string]> = {
  rejected: ['rejected', 'error'], warned: ['warned', 'warning'], changed: ['changed', 'info'], deduplicated: ['left out', ''],
};
