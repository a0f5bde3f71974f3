import type { S } from '@/api/client';
import {
  listOf, type DestinationColumn, type FileOptions, type FileSource, type HttpSource, type MappingItem, type ScheduleSpec,
  type Source, type SqlSource, type TaskDefinition, isDirect, sourceKind, targetsOf,
} from '@/lib/definition';

/** What the wizard's steps edit: one definition, and the schedule, which the server keeps beside it. */
export interface Draft {
  definition: TaskDefinition;
  schedule: ScheduleSpec | null;
  /** The tile that was chosen; empty: none yet. */
  tile: Tile | '';
}
export type Tile = 'file' | 'http' | 'sql' | 'paste' | 'path' | 'push';

export const STEPS = ['source', 'preview', 'mapping', 'cleaning', 'destination', 'schedule', 'review'] as const;
export type Step = (typeof STEPS)[number];
export const isStep = (text: string): text is Step => (STEPS as readonly string[]).includes(text);

export const emptyDraft = (): Draft => ({
  definition: { name: '', source: { kind: 'file', file: null }, load: { table: '' } }, schedule: null, tile: '',
});

/** A kept definition in the form that the wizard edits: with its kind, which may be left out in files. */
export function draftOf(given: Record<string, unknown>, schedule: ScheduleSpec | null = null): Draft {
  const definition = given as unknown as TaskDefinition;
  const source = { ...definition.source, kind: sourceKind(definition.source) } as Source;
  return { definition: { ...definition, source }, schedule, tile: tileOf(source) };
}

/** A file as the draft of a task: as the server proposes it; one that cannot be read yet only gives names. */
export function draftOfFile(file: S['FileView'], proposed: S['FileTaskView'] | undefined): Draft {
  if (!proposed) {
    const { definition } = emptyDraft();
    return { definition: withSuggestions({ ...definition, source: { kind: 'file', file: file.id } }, file.name), schedule: null, tile: 'file' };
  }
  const draft = draftOf(proposed.definition);
  // By its id: another file of the same name may come.
  return { ...draft, definition: { ...draft.definition, source: { ...draft.definition.source, file: file.id } as FileSource } };
}

/** What is to be known about the proposal; what is said of the file itself stands at the file. */
export function toldOfFile(file: S['FileView'], proposed: S['FileTaskView'] | undefined): string[] {
  if (!proposed) return [];
  const known = (file.detected.warnings ?? []) as string[];
  const rules = proposed.rules_of.length ? [`The settings of the project for ${proposed.rules_of.join(', ')} are filled in.`] : [];
  return [...rules, ...proposed.warnings.filter((one) => !known.includes(one))];
}

export const tileOf = (source: Source): Tile => (source.kind === 'file' ? (source.path ? 'path' : 'file') : source.kind);

/** The source that a tile begins with; the one that is there when it is of that kind already. */
export function sourceFor(tile: Tile, now: Source): Source {
  if (tileOf(now) === tile || (tile === 'paste' && now.kind === 'file')) return now;
  switch (tile) {
    case 'http':
      return { kind: 'http' };
    case 'sql':
      return { kind: 'sql' };
    case 'push':
      return { kind: 'push' };
    case 'path':
      return { kind: 'file', path: '' };
    default:
      return { kind: 'file', file: null };
  }
}

/** With some keys changed; a key that is empty leaves the object, so that the default holds. */
export function put<T extends object>(object: T, change: Partial<T>): T {
  const made = { ...object, ...change };
  for (const key of Object.keys(change) as (keyof T)[]) {
    const value = made[key];
    const isEmpty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (isEmpty) delete made[key];
  }
  return made;
}

const OPTIONS: (keyof FileOptions)[] = [
  'format', 'encoding', 'delimiter', 'quote', 'skip_rows', 'header', 'columns', 'null_texts', 'decimal_comma', 'widths',
  'sheet', 'header_row', 'range', 'records', 'key_field', 'member',
];
/** Another uploaded file: what was said about how the old one is read does not hold for it. */
export function withFile(source: FileSource, file: string): FileSource {
  if (source.file === file) return source;
  const made: FileSource = { ...source, file };
  for (const key of [...OPTIONS, 'path', 'explode'] as const) delete made[key];
  return made;
}

/** What names the source, so that a sample is fetched again only when it is another one. */
export const signature = (source: Source): string => JSON.stringify(source, Object.keys(flat(source)).sort());
const flat = (value: unknown, found: Record<string, true> = {}): Record<string, true> => {
  if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) { found[key] = true; flat(inner, found); }
  return found;
};

// ---------------------------------------------------------------------------------------------- what is missing

export interface Around {
  /** The project's active connection, by name; empty: none. */
  active: string;
  isEditing: boolean;
  hasSample: boolean;
}

/** What keeps each step from being done, in sentences; empty: it is. The server checks everything again. */
export function problemsOf(draft: Draft, around: Around): Record<Step, string[]> {
  const { definition } = draft;
  const { load } = definition;
  const source = draft.tile === '' ? ['Choose where the rows come from.'] : sourceProblems(definition.source);
  const keys = listOf(load.keys);
  const targets = (definition.mapping ?? []).flatMap(targetsOf);
  const twice = targets.filter((name, at) => name && targets.indexOf(name) !== at);
  return {
    source,
    preview: around.hasSample || around.isEditing ? [] : ['Look at the first rows before you go on.'],
    mapping: [
      ...(targets.some((name) => !name.trim()) ? ['A mapping has no column yet.'] : []),
      ...[...new Set(twice)].map((name) => `The column ${name} is filled twice.`),
    ],
    cleaning: [],
    destination: [
      ...(load.connection || load.to || around.active ? [] : ['Choose a connection to load into.']),
      ...(load.table.trim() ? [] : ['Choose a table.']),
      ...((load.mode === 'upsert' || load.mode === 'delete_insert') && keys.length === 0 ? ['Choose the columns that identify a row.'] : []),
    ],
    schedule: draft.schedule && !draft.schedule.cron && !draft.schedule.every ? ['Say when it runs, or switch the schedule off.'] : [],
    review: definition.name.trim() ? [] : ['Give the task a name.'],
  };
}

function sourceProblems(source: Source): string[] {
  switch (source.kind) {
    case 'file':
      if ('path' in source) return source.path?.trim() ? [] : ['Say where the files are.'];
      return source.file ? [] : ['Choose or upload a file.'];
    case 'http':
      if (source.connection) return [];
      return /^https?:\/\/[^/]/.test(source.url ?? source.request?.url ?? '') || (source.url ?? '').includes('${') ? [] : ['Choose a connection, or give an address that begins with https://.'];
    case 'sql':
      return [
        ...(source.connection || source.url ? [] : ['Choose a connection to read through.']),
        ...(source.query?.trim() || source.table?.trim() ? [] : ['Choose a table, or write a query.']),
      ];
    default:
      return [];
  }
}

/** The furthest step that may be gone to: past every step that is done. */
export function furthest(problems: Record<Step, string[]>): Step {
  return STEPS.find((step) => problems[step].length > 0) ?? 'review';
}
export const mayGoTo = (step: Step, problems: Record<Step, string[]>): boolean => STEPS.indexOf(step) <= STEPS.indexOf(furthest(problems));

// ---------------------------------------------------------------------------------------------- suggestions

/** `Sales Orders (2024).csv` as `sales_orders_2024`. */
export function tableName(text: string): string {
  const bare = text.replace(/^.*[/\\]/, '').replace(/(\.(csv|tsv|txt|jsonl?|ndjson|xlsx?|ods|parquet|arrow|xml|gz|zst|zip))+$/i, '');
  const plain = bare.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replaceAll('ß', 'ss').replaceAll('ø', 'o').replaceAll('æ', 'ae');
  const name = plain.replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  return /^\d/.test(name) ? `t_${name}` : name;
}

/** What the source is called, as far as it has a name: its file, the end of its address, its table. */
export function sourceName(source: Source, fileName = ''): string {
  switch (source.kind) {
    case 'file':
      return fileName || source.path || '';
    case 'sql':
      return source.table?.split('.').at(-1) ?? '';
    case 'http': {
      const address = source.request?.path ?? source.request?.url ?? source.url ?? '';
      return address.split(/[?#]/)[0]!.split('/').filter((part) => part && !/^(https?:|v?\d+|[^/]*\.[a-z]{2,}(:\d+)?|\{.*\})$/i.test(part)).at(-1) ?? '';
    }
    default:
      return '';
  }
}

/** With a name and a table after the source, where nobody has written others. `before`: the file that was chosen until now. */
export function withSuggestions(definition: TaskDefinition, fileName = '', before = ''): TaskDefinition {
  const table = tableName(sourceName(definition.source, fileName));
  if (!table) return definition;
  const old = tableName(before);
  const isOurs = (text: string, suggested: string) => !text || (old !== '' && text === suggested);
  return {
    ...definition,
    name: isOurs(definition.name, old.replaceAll('_', '-')) ? table.replaceAll('_', '-') : definition.name,
    load: { ...definition.load, table: isOurs(definition.load.table, old) ? table : definition.load.table },
  };
}

// ---------------------------------------------------------------------------------------------- mapping and table

type Field = Pick<S['FieldView'], 'name' | 'type'>;
const base = (type: string): string => type.replace(/\(.*\)|\d+$/g, '').replace(/^u?int$/, 'integer');
/** What goes into a column of another type without a loss. */
const TAKES: Record<string, string[]> = { decimal: ['integer'], float: ['integer'], timestamp: ['date'], timestamptz: ['date', 'timestamp'] };
const fits = (field: string, column: string): boolean =>
  base(field) === base(column) || base(column) === 'text' || (TAKES[base(column)]?.includes(base(field)) ?? false);

export interface Match {
  /** The columns that fields of the same name fill. */
  same: string[];
  /** A field of the same name has a type that not every value survives. */
  otherType: { name: string; field: string; column: string }[];
  /** Fields that no column takes. */
  unusedFields: string[];
  /** Columns that nothing fills; `required`: rows are refused without them. */
  emptyColumns: { name: string; required: boolean }[];
}

/** How what a load brings fits a table that is there. Without a mapping, fields go to the columns of their names. */
export function matchTable(fields: Field[], mapping: MappingItem[] | undefined, columns: DestinationColumn[]): Match {
  const known = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const brought = mapping?.length ? mapping.flatMap((item) => targetsOf(item).map((name) => ({ name, type: item.type ?? (isDirect(item) && !item.transforms?.length ? typeOf(fields, item.from) : '') }))) : fields;
  const names = new Set(brought.map((one) => one.name.toLowerCase()));
  const match: Match = { same: [], otherType: [], unusedFields: [], emptyColumns: [] };
  for (const one of brought) {
    const column = known.get(one.name.toLowerCase());
    if (!column) match.unusedFields.push(one.name);
    else {
      match.same.push(column.name);
      if (one.type && !fits(one.type, column.type)) match.otherType.push({ name: column.name, field: one.type, column: column.type });
    }
  }
  for (const column of columns) {
    if (!names.has(column.name.toLowerCase()) && !column.generated) {
      match.emptyColumns.push({ name: column.name, required: !column.nullable && !column.has_default });
    }
  }
  return match;
}
const typeOf = (fields: Field[], name: string): string => fields.find((one) => one.name === name)?.type ?? '';

/** Every field has a column of its name and type, and the other way round: there is nothing to map. */
export function fitsExactly(match: Match): boolean {
  return match.same.length > 0 && match.otherType.length === 0 && match.unusedFields.length === 0 && match.emptyColumns.length === 0;
}

/** The names that the table will have, for keys: those of the table, of the mapping, or of the fields. */
export function columnNames(definition: TaskDefinition, fields: Field[], columns: DestinationColumn[] | null): string[] {
  if (columns) return columns.map((one) => one.name);
  if (definition.mapping?.length) return definition.mapping.flatMap(targetsOf).filter(Boolean);
  return fields.map((one) => one.name);
}

// ---------------------------------------------------------------------------------------------- keeping

const SECRETS = ['token', 'value', 'password', 'client_secret', 'refresh_token'];

/** A draft as it may lie in the browser: nothing that was typed as a secret. */
export function withoutSecrets(draft: Draft): Draft {
  const { source } = draft.definition;
  if (source.kind !== 'http') return draft;
  const made = { ...source } as HttpSource & Record<string, unknown>;
  if (made.auth && typeof made.auth === 'object') {
    made.auth = Object.fromEntries(Object.entries(made.auth).filter(([key]) => !SECRETS.includes(key))) as HttpSource['auth'];
  }
  for (const key of ['proxy', 'client_key_password', 'client_key']) delete made[key];
  const headers = made.request?.headers;
  if (headers) {
    const safe = Object.fromEntries(Object.entries(headers).filter(([name]) => !/auth|token|key|secret|cookie/i.test(name)));
    made.request = { ...made.request, headers: safe };
  }
  return { ...draft, definition: { ...draft.definition, source: made } };
}

/** Whether something secret was typed into the draft itself, which is not kept in the browser. */
export const hasSecrets = (draft: Draft): boolean => JSON.stringify(withoutSecrets(draft)) !== JSON.stringify(draft);

/** As it is sent: a new task brings its schedule with it. */
export const toSend = (draft: Draft): TaskDefinition => {
  const definition = { ...draft.definition, name: draft.definition.name.trim() };
  delete definition.schedule;
  return draft.schedule ? { ...definition, schedule: draft.schedule } : definition;
};
export const isSql = (source: Source): source is SqlSource => source.kind === 'sql';
