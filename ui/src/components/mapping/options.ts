import type { S } from '@/api/client';
import { transformName, transformOptions, type Scalar, type TransformItem } from '@/lib/definition';

export type Options = Record<string, unknown>;

/** One option of a transform, as a form shows it. */
export interface OptionField {
  name: string;
  label: string;
  hint: string;
  kind: 'text' | 'number' | 'choice' | 'list' | 'pairs' | 'scalar' | 'format';
  required: boolean;
  choices: string[];
  fallback: unknown;
  min?: number;
  max?: number;
  maxLength?: number;
}

interface Schema {
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  items?: Schema;
  title?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
}

const TITLES: Record<string, string> = {
  trim: 'Trim blanks', upper: 'Upper case', lower: 'Lower case', title: 'Title case', replace: 'Replace text', regex_replace: 'Replace by pattern',
  substring: 'Part of the text', pad: 'Pad to a length', to_int: 'To whole number', to_float: 'To float', to_decimal: 'To decimal',
  to_bool: 'To true or false', to_date: 'To date', to_timestamp: 'To date and time', format_date: 'Format a date', parse_number: 'Read a number',
  null_if: 'Make empty if', default: 'Default value', hash: 'Hash', mask: 'Mask', lookup: 'Look up', json: 'JSON', round: 'Round',
};
export const isTransform = (name: string): boolean => name in TITLES;
/** A transform in words. */
export const titleOf = (name: string): string => TITLES[name] ?? sentence(name);
const sentence = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ').toLowerCase();

/** The options that a transform's description tells. */
export function optionFields(view: S['TransformView']): OptionField[] {
  const properties = (view.options as { properties?: Record<string, Schema> }).properties ?? {};
  const required = (view.options as { required?: string[] }).required ?? [];
  return Object.entries(properties).map(([name, schema]) => {
    const one = schema.anyOf?.filter((each) => each.type !== 'null') ?? [schema];
    const whole = one.length === 1 ? { ...schema, ...one[0] } : schema;
    const field: OptionField = {
      name, label: sentence(name), hint: (schema.description ?? '').replaceAll('strptime ', '').replaceAll('strftime ', ''),
      kind: one.length > 1 ? 'scalar' : kindOf(name, whole), required: required.includes(name), choices: whole.enum ?? [], fallback: schema.default,
    };
    if (whole.minimum !== undefined) field.min = whole.minimum;
    if (whole.maximum !== undefined) field.max = whole.maximum;
    if (whole.maxLength !== undefined) field.maxLength = whole.maxLength;
    return field;
  });
}

function kindOf(name: string, schema: Schema): OptionField['kind'] {
  if (schema.enum) return 'choice';
  if (name === 'format') return 'format';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'array') return 'list';
  return schema.type === 'object' ? 'pairs' : 'text';
}

const isObject = (value: unknown): value is Options => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The options of a transform by name, whichever form it is written in. */
export function readOptions(item: TransformItem, view: S['TransformView'] | undefined): Options {
  const given = transformOptions(item);
  if (given === undefined || given === null) return {};
  const known = Object.keys((view?.options as { properties?: Options } | undefined)?.properties ?? {});
  if (isObject(given)) {
    if (transformName(item) === 'lookup' && !isObject(given.values)) return { values: given };
    return known.length === 0 || Object.keys(given).every((key) => known.includes(key)) ? given : {};
  }
  return view?.main ? { [view.main]: given } : {};
}

/** The shortest form of a transform with these options. */
export function writeTransform(name: string, options: Options, view: S['TransformView'] | undefined): TransformItem {
  const fallbacks = Object.fromEntries(view ? optionFields(view).map((field) => [field.name, field.fallback]) : []);
  const said = Object.entries(options).filter(([key, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(fallbacks[key]));
  if (said.length === 0) return name;
  const [first] = said;
  if (said.length === 1 && first && first[0] === view?.main && !isObject(first[1])) return { [name]: first[1] };
  return { [name]: Object.fromEntries(said) };
}

/** Where a new transform starts: its example, when it cannot be without options. */
export function startOf(view: S['TransformView']): TransformItem {
  const required = (view.options as { required?: string[] }).required ?? [];
  return required.length === 0 ? view.name : (view.example as TransformItem);
}

/** What a person typed as a number, true, false, or text; leading zeros make a text. */
export function scalarOf(text: string): Scalar {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && String(Number(text)) === text ? Number(text) : text;
}

/** The short text on a chip: what the transform does, and with what. */
export function chipText(item: TransformItem): string {
  const name = transformName(item);
  const given = transformOptions(item);
  if (given === undefined || given === null) return titleOf(name);
  if (!isObject(given)) return `${titleOf(name)}: ${Array.isArray(given) ? given.join(', ') : String(given)}`;
  if (name === 'replace' || name === 'regex_replace') return `${titleOf(name)}: ${String(given.old ?? given.pattern)} → ${String(given.new ?? '') || 'nothing'}`;
  if (name === 'lookup') return `${titleOf(name)}: ${Object.keys(isObject(given.values) ? given.values : given).length} values`;
  return `${titleOf(name)}: ${Object.values(given).filter((one) => !isObject(one)).join(', ')}`;
}
