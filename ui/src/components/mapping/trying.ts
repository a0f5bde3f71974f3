import { ApiError, client, type S } from '@/api/client';
import { reasonWords } from '@/components/causes';
import { isConstant, isDirect, isExpression, isJoin, isSplit, targetsOf, type DestinationColumn, type MappingItem, type TransformItem } from '@/lib/definition';

export type Row = Record<string, unknown>;

/** What becomes of one row: the value of each column, or why it has none. */
export interface Tried {
  after: Row;
  problems: Record<string, string>;
}

const MOST = 500;
const ROUNDS = 12;

/** Only the columns that are filled, and none of them required: each value is looked at by itself. */
export const draftColumns = (columns: DestinationColumn[] | null, mapping: MappingItem[]): S['ColumnDraft'][] => {
  const filled = new Set(mapping.flatMap(targetsOf));
  return (columns ?? []).filter((one) => filled.has(one.name)).map(({ name, type }) => ({ name, type, nullable: true, has_default: false, generated: false }));
};

/**
 * A mapping as the whole file has its fields: one row alone does not tell a decimal comma, and text that looks like
 * a number or a date in this row is text when it does not in others.
 */
export function asRead(item: MappingItem, fields: S['FieldView'][], columns: DestinationColumn[] | null): MappingItem {
  if (!isDirect(item) || item.transforms?.length) return item;
  const field = fields.find((one) => one.name === item.from);
  const type = item.type ?? columns?.find((one) => one.name === item.to)?.type ?? field?.type ?? '';
  if (field?.decimal_comma && /^(decimal|float|double|numeric)/.test(type)) return { ...item, transforms: [{ parse_number: ',' }] };
  return field?.type === 'text' && field.values > 0 && columns === null && !item.type ? { ...item, type: 'text' } : item;
}

/**
 * The values that the server makes of one row. It answers for a row as a whole, so what fails is put aside
 * with its reason, and the rest is asked again.
 */
export async function tryRow(row: Row, mapping: MappingItem[], columns: DestinationColumn[] | null, signal?: AbortSignal): Promise<Tried> {
  const problems: Record<string, string> = {};
  let left = mapping.filter((item) => !(isConstant(item) && item.constant == null)).slice(0, MOST);
  for (let round = 0; round < ROUNDS && left.length > 0; round += 1) {
    const answer = await ask(row, left, columns, signal);
    if (answer.after) return { after: answer.after, problems };
    const failed = left.filter((item) => targetsOf(item).some((one) => answer.problems[one] !== undefined));
    if (failed.length === 0) return { after: {}, problems: { ...problems, ...answer.problems } };
    for (const item of failed) for (const one of targetsOf(item)) problems[one] = answer.problems[one] ?? '';
    left = left.filter((item) => !failed.includes(item));
  }
  return { after: {}, problems };
}

async function ask(row: Row, mapping: MappingItem[], columns: DestinationColumn[] | null, signal?: AbortSignal): Promise<{ after: Row | null; problems: Record<string, string> }> {
  try {
    const { data } = await client.POST('/api/v1/preview-transform', {
      body: { rows: [row], mapping: mapping as unknown as S['TransformDraft']['mapping'], rules: [], columns: draftColumns(columns, mapping) },
      ...(signal ? { signal } : {}),
    });
    const tried = data?.rows[0];
    if (tried?.after) return { after: tried.after, problems: {} };
    return { after: null, problems: Object.fromEntries((tried?.problems ?? []).map((one) => [one.column ?? '', reasonWords(one.message ?? '')])) };
  } catch (error) {
    const place = error instanceof ApiError && error.status === 422 ? /mapping\[(\d+)\]/.exec(error.problem.errors?.[0]?.path ?? error.problem.where ?? '')?.[1] : undefined;
    const item = place === undefined ? undefined : mapping[Number(place)];
    if (!item || !(error instanceof ApiError)) throw error;
    return { after: null, problems: Object.fromEntries(targetsOf(item).map((one) => [one, error.message])) };
  }
}

export interface Sample {
  before: string;
  after: string | null;
  problem: string;
}

/** Two mappings that show what the steps up to `at` make of a value, before and after. */
export function beforeAndAfter(item: MappingItem, at: number, step?: TransformItem): MappingItem[] {
  const steps = item.transforms ?? [];
  const before = steps.slice(0, at);
  const after = [...before, ...(step === undefined ? steps.slice(at, at + 1) : [step])];
  // As text: a column that is to be made would get its type from these values, and show them in its way.
  return [{ ...renamed(item, 'before', before), type: 'text' }, { ...renamed(item, 'after', after), type: 'text' }];
}

/** The mapping as a whole beside its plain field. */
export const renamed = (item: MappingItem, to: string, transforms: TransformItem[] = item.transforms ?? []): MappingItem => {
  if (isSplit(item)) return { split: item.split, to: item.to.map((_, index) => `${to}${index}`), transforms };
  if (isJoin(item)) return { join: item.join, to, transforms };
  if (isConstant(item)) return { constant: item.constant, to, transforms };
  if (isExpression(item)) return { expression: item.expression, to, transforms };
  return { from: item.from, to, transforms };
};

/** A value as it is shown. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What a row has at a path; `tags.0` reads into the JSON text of `tags`. */
export function valueAt(row: Row | undefined, path: string): unknown {
  if (!row) return undefined;
  if (path in row) return row[path];
  const pieces = path.split('.');
  for (let cut = pieces.length - 1; cut > 0; cut -= 1) {
    const text = row[pieces.slice(0, cut).join('.')];
    if (typeof text !== 'string') continue;
    try {
      return pieces.slice(cut).reduce<unknown>((value, piece) => (typeof value === 'object' && value !== null ? (value as Row)[piece] : undefined), JSON.parse(text));
    } catch {
      return undefined;
    }
  }
  const below = Object.entries(row).filter(([name]) => name.startsWith(`${path}.`));
  return below.length ? Object.fromEntries(below.map(([name, value]) => [name.slice(path.length + 1), value])) : undefined;
}

/** What goes into a mapping, of one row. */
export function inputOf(item: MappingItem | undefined, row: Row | undefined): string {
  if (!item || !row) return '';
  if (isDirect(item)) return shown(valueAt(row, item.from));
  if (isSplit(item)) return shown(valueAt(row, item.split.from));
  if (isJoin(item)) return item.join.from.map((field) => shown(valueAt(row, field))).filter(Boolean).join(' + ');
  if (isExpression(item)) return named(item.expression, row).join(', ');
  return '';
}

/** The fields that a formula names, with their values. */
function named(expression: string, row: Row): string[] {
  const words = new Set(expression.match(/"[^"]+"|[\p{L}_][\p{L}\p{N}_.]*/gu)?.map((one) => one.replaceAll('"', '').toLowerCase()));
  return Object.entries(row).filter(([field]) => words.has(field.toLowerCase())).map(([field, value]) => `${field}: ${shown(value) || 'empty'}`);
}
