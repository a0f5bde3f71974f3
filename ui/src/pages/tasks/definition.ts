/** The parts of a task's definition that the pages read. Definitions of earlier releases may lack or have more. */
export type Transform = string | Record<string, unknown>;
export interface MappingRow {
  to: string | string[];
  from?: string;
  split?: { from: string; by?: string; pattern?: string };
  join?: { from: string[]; with?: string };
  constant?: unknown;
  expression?: string;
  transforms?: Transform[];
  default?: unknown;
  type?: string;
}
export interface LoadPart {
  table?: string;
  connection?: string;
  mode?: string;
  keys?: string | string[];
  drift?: 'evolve' | 'freeze' | 'reject';
  max_rejects?: unknown;
}
export type RulePart = Record<string, unknown>;

export const mappingOf = (definition: Record<string, unknown>): MappingRow[] => (Array.isArray(definition.mapping) ? (definition.mapping as MappingRow[]) : []);
export const rulesOf = (definition: Record<string, unknown>): RulePart[] => (Array.isArray(definition.rules) ? (definition.rules as RulePart[]) : []);
export const loadOf = (definition: Record<string, unknown>): LoadPart => (definition.load ?? {}) as LoadPart;

const value = (given: unknown): string => (typeof given === 'string' ? `“${given}”` : JSON.stringify(given));
const list = (given: unknown): string => (Array.isArray(given) ? given.map(String).join(', ') : String(given));

/** A transform as short words: `to date %d.%m.%Y`. */
export function transformWords(one: Transform): string {
  if (typeof one === 'string') return one.replaceAll('_', ' ');
  return Object.entries(one)
    .map(([name, options]) => {
      const said = typeof options === 'object' && options !== null && !Array.isArray(options)
        ? Object.entries(options).map(([key, part]) => `${key} ${value(part)}`).join(', ')
        : value(options);
      return `${name.replaceAll('_', ' ')} ${said}`;
    })
    .join(', ');
}

const MODES: Record<string, string> = {
  append: 'adds rows', insert: 'inserts new rows', upsert: 'updates or inserts by key', truncate_insert: 'replaces all rows', delete_insert: 'replaces the rows of the same key',
};
/** How rows go into the table: `updates or inserts by key (order_id)`. */
export const modeWords = (load: LoadPart): string => `${MODES[load.mode ?? 'append'] ?? load.mode}${load.keys ? ` (${list(load.keys)})` : ''}`;

const DRIFT: Record<string, string> = {
  evolve: 'New fields become new columns, and columns get wider where values need it.',
  freeze: 'New fields are reported and left out; the table stays as it is.',
  reject: 'A run with new fields fails, and nothing is loaded.',
};
export const driftWords = (load: LoadPart): string => DRIFT[load.drift ?? 'freeze'] ?? '';

const SHARED = new Set(['severity', 'on_fail', 'default', 'message', 'name']);
const ACTIONS: Record<string, string> = { reject: 'Reject the row', set_null: 'Empty the value', set_default: 'Put a default', stop: 'Stop the run' };
type Options = Record<string, unknown>;

/** A rule as a sentence about the rows. */
export function ruleWords(rule: RulePart): string {
  const [kind = '', given] = Object.entries(rule).find(([key]) => !SHARED.has(key)) ?? [];
  const options = (typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {}) as Options;
  const column = String(options.column ?? '');
  const between = [options.min !== undefined && `at least ${String(options.min)}`, options.max !== undefined && `at most ${String(options.max)}`].filter(Boolean).join(' and ');
  switch (kind) {
    case 'not_null': return `${list(given)} must have a value`;
    case 'range': return `${column} must be ${between}`;
    case 'length': return `The length of ${column} must be ${between}`;
    case 'regex': return `${column} must fit the pattern ${String(options.pattern)}`;
    case 'in': case 'allowed': return `${column} must be one of ${list(options.values)}`;
    case 'unique': return `${list(options.keys ?? given)} must be unique`;
    case 'dedupe': return `Of rows with the same ${list(options.keys ?? given)}, the ${String(options.keep ?? 'first')} is kept`;
    case 'reference': return `${column} must be in the table ${String(options.table)}`;
    case 'expression': return `It must hold: ${typeof given === 'string' ? given : list(Object.values(options))}`;
    default: return `${kind.replaceAll('_', ' ')} ${JSON.stringify(given)}`;
  }
}

/** What happens to a row that fails a rule. */
export function ruleAction(rule: RulePart): string {
  if ('dedupe' in rule) return 'Leave the others out';
  if (rule.severity === 'warning') return 'Only count it, as a warning';
  const action = ACTIONS[String(rule.on_fail ?? 'reject')] ?? String(rule.on_fail);
  return rule.on_fail === 'set_default' ? `${action}: ${value(rule.default)}` : action;
}
