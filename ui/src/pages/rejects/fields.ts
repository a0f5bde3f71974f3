import type { S } from '@/api/client';
import { reasonWords } from '@/components/causes';

/** What the run's definition says of the fields of its source: which columns they fill, and what those take. */
export interface FieldHint {
  kind: 'text' | 'integer' | 'number' | 'date' | 'boolean';
  /** The only values that a rule allows. */
  allowed: string[];
  /** What is expected, in words. */
  words: string;
}

interface MappingPart {
  to?: string | string[];
  from?: string;
  source?: string;
  split?: { from?: string; field?: string; source?: string } | string;
  join?: { from?: string[]; fields?: string[]; sources?: string[] } | string[];
  expression?: string;
  type?: string | null;
  transforms?: (string | Record<string, unknown>)[];
}
interface RulePart {
  range?: { column: string; min?: unknown; max?: unknown };
  in?: { column: string; values: unknown[] };
  length?: { column: string; min?: number | null; max?: number | null };
}
export interface Definition {
  mapping?: MappingPart[];
  rules?: RulePart[];
}

const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

function sourcesOf(part: MappingPart, fields: string[]): string[] {
  const { split, join } = part;
  const named = [part.from ?? part.source, typeof split === 'string' ? split : (split?.from ?? split?.field ?? split?.source)];
  const joined = Array.isArray(join) ? join : (join?.from ?? join?.fields ?? join?.sources ?? []);
  const words = new Set(part.expression?.match(/[\p{L}_][\p{L}\p{N}_.]*/gu) ?? []);
  return [...named.filter((one) => one !== undefined), ...joined, ...fields.filter((field) => words.has(field))];
}

/** From a destination's column to the fields it is made of; a column without a mapping is the field of its name. */
export function fieldsByColumn(definition: Definition, fields: string[]): Map<string, string[]> {
  const known = new Set(fields);
  const found = new Map<string, string[]>();
  for (const part of definition.mapping ?? []) {
    const from = [...new Set(sourcesOf(part, fields))].filter((field) => known.has(field));
    for (const column of list(part.to)) found.set(column, from);
  }
  return found;
}

/** The fields that a reason is about: by its column's mapping, else by the column's own name. */
export function badFields(reject: S['Reject'], columns: Map<string, string[]>, fields: string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const reason of reject.reasons) {
    for (const column of reason.column.split(', ')) {
      const from = columns.get(column) ?? (fields.includes(column) ? [column] : []);
      for (const field of from) found.set(field, [found.get(field), reasonWords(reason.message)].filter(Boolean).join(' '));
    }
  }
  return found;
}

const KINDS: [RegExp, FieldHint['kind'], string][] = [
  [/^(to_int|int|bigint|smallint|integer)/, 'integer', 'A whole number.'],
  [/^(to_decimal|to_float|parse_number|decimal|float|double|numeric)/, 'number', 'A number.'],
  [/^(to_date|to_timestamp|date|timestamp)/, 'date', 'A date, written as the other rows have it.'],
  [/^(to_bool|bool)/, 'boolean', 'Yes or no.'],
];

/** What a field takes, as far as the definition says it. */
export function hintOf(field: string, definition: Definition, columns: Map<string, string[]>): FieldHint {
  const part = definition.mapping?.find((one) => (one.from ?? one.source) === field);
  const steps = (part?.transforms ?? []).map((step) => (typeof step === 'string' ? step : (Object.keys(step)[0] ?? '')));
  const found = KINDS.find(([pattern]) => [...steps, part?.type ?? ''].some((name) => pattern.test(name)));
  const mine = (column: string) => (columns.get(column) ?? [column]).includes(field);
  const words = [found?.[2] ?? ''];
  let allowed: string[] = [];
  for (const rule of definition.rules ?? []) {
    if (rule.range && mine(rule.range.column)) words.push(bounds(rule.range.min, rule.range.max, ''));
    if (rule.length && mine(rule.length.column)) words.push(bounds(rule.length.min, rule.length.max, ' characters'));
    if (rule.in && mine(rule.in.column)) allowed = [...allowed, ...rule.in.values.map(String)];
  }
  if (allowed.length > 0) words.push(`One of ${allowed.slice(0, 8).join(', ')}${allowed.length > 8 ? ', …' : ''}.`);
  return { kind: found?.[1] ?? 'text', allowed, words: words.filter(Boolean).join(' ') };
}

function bounds(min: unknown, max: unknown, unit: string): string {
  if (min != null && max != null) return `From ${String(min)} to ${String(max)}${unit}.`;
  if (min != null) return `${String(min)}${unit} or more.`;
  return max != null ? `${String(max)}${unit} or less.` : '';
}

/** The fields that causes speak of come first, so that what is wrong is in sight; the others in their order. */
export function inOrder(fields: string[], bad: Set<string>): string[] {
  return [...fields.filter((field) => bad.has(field)), ...fields.filter((field) => !bad.has(field))];
}

/** A value as text; null for none. */
export const textOf = (value: unknown): string | null => (value == null ? null : typeof value === 'string' ? value : JSON.stringify(value));
