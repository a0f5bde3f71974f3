import { listOf, ruleKind, type LoadSpec, type Pagination, type ScheduleSpec, type Source, type TaskDefinition } from '@/lib/definition';
import { plural } from '@/lib/format';

export const MODES: Record<string, { title: string; words: string }> = {
  append: { title: 'Add', words: 'Every row is added. Rows that come twice are there twice.' },
  insert: { title: 'Add only new', words: 'Rows are added. A row whose key is there already is rejected.' },
  upsert: { title: 'Add and update', words: 'New rows are added, known rows are updated. A key says which row is which.' },
  truncate_insert: { title: 'Replace all', words: 'The table gets exactly these rows. Until they are all there, readers see the old ones.' },
  delete_insert: { title: 'Replace a part', words: 'Rows with the same key values go, then the new ones come: a day replaces itself.' },
};
export const modeOf = (load: LoadSpec): string => load.mode ?? 'append';

const PAGES: Record<string, string> = {
  none: 'one answer only', page: 'page by page', offset: 'piece by piece', cursor: 'with a cursor',
  next_link: 'by the link to the next page', link_header: 'by the Link header', auto: 'all pages that are found',
};
export const paginationType = (pagination: Pagination | undefined): string =>
  pagination === undefined ? 'auto' : typeof pagination === 'string' ? pagination : pagination.type;

/** Where rows come from, as a part of a sentence. */
export function fromWords(source: Source, fileName = ''): string {
  switch (source.kind) {
    case 'file':
      return source.path ? `the files ${source.path}` : fileName || source.file ? `the file ${fileName || source.file}` : 'a file';
    case 'push':
      return 'what other programs send';
    case 'sql': {
      const what = source.table ? `the table ${source.table}` : source.query ? 'a query' : 'a database';
      return source.connection ? `${what} of ${source.connection}` : what;
    }
    case 'http': {
      const address = source.request?.path ?? source.request?.url ?? source.url ?? '';
      const where = source.connection ? ` of ${source.connection}` : '';
      return address ? `${source.connection ? address : address.replace(/\?.*/, '')}${where}, ${PAGES[paginationType(source.pagination)]}` : `an API${where}`;
    }
  }
}

/** Where rows go and how, as a part of a sentence. */
export function intoWords(load: LoadSpec, active: string): string {
  const where = load.connection || active;
  const table = load.table ? `${load.table}${where ? ` in ${where}` : ''}` : where || 'a table';
  const keys = listOf(load.keys).join(', ');
  switch (modeOf(load)) {
    case 'insert':
      return `added to ${table}${keys ? `, unless their ${keys} is there already` : ''}`;
    case 'upsert':
      return `added to ${table}, or updated there${keys ? ` by ${keys}` : ''}`;
    case 'truncate_insert':
      return `put into ${table} in place of all its rows`;
    case 'delete_insert':
      return `put into ${table} in place of those with the same ${keys || 'key'}`;
    default:
      return `added to ${table}`;
  }
}

export function mappingWords(definition: TaskDefinition, fields: number): string {
  const { mapping } = definition;
  if (mapping?.length) return `${plural(mapping.length, 'mapping')} ${mapping.length === 1 ? 'fills' : 'fill'} the columns.`;
  return fields ? `All ${plural(fields, 'field')} go to columns of their names.` : 'All fields go to columns of their names.';
}

const RULES: Record<string, string> = {
  not_null: 'must have a value', range: 'must lie in a range', regex: 'must match a pattern', length: 'must have a length', in: 'must be one of a list',
  unique: 'must be unique', dedupe: 'doubled rows are left out', expression: 'must meet a condition', reference: 'must exist in another table',
};
export function rulesWords(definition: TaskDefinition): string {
  const rules = definition.rules ?? [];
  if (rules.length === 0) return 'No cleaning rules. Rows that the table refuses are kept as rejected rows.';
  const kinds = [...new Set(rules.map((rule) => RULES[ruleKind(rule) ?? ''] ?? 'a rule'))];
  return `${plural(rules.length, 'cleaning rule')}: ${kinds.slice(0, 3).join(', ')}${kinds.length > 3 ? ' and more' : ''}.`;
}

/** A short word about when; the server says it in full where it is asked. */
export function whenWords(schedule: ScheduleSpec | null): string {
  if (!schedule || (!schedule.cron && !schedule.every)) return 'It runs when you start it.';
  if (schedule.enabled === false) return 'It has a schedule that is switched off.';
  return schedule.cron ? `It runs by itself (${schedule.cron}, ${schedule.timezone ?? 'UTC'}).` : `It runs by itself every ${schedule.every}${typeof schedule.every === 'number' ? ' seconds' : ''}.`;
}

export function limitWords(load: LoadSpec): string {
  const limit = load.max_rejects;
  if (limit === undefined || limit === null) return 'Rejected rows never stop it.';
  const said = typeof limit === 'object' ? (limit.percent != null ? `${limit.percent} %` : `${limit.count}`) : String(limit);
  return `It stops when more than ${said}${/%/.test(said) ? ' of the rows' : ' rows'} are rejected, and ${load.on_limit === 'keep' ? 'keeps what was loaded' : 'takes everything back'}.`;
}

/** "Rows from … are added to …": grows with what is known. */
export function wholeSentence(definition: TaskDefinition, tile: string, active: string, fileName = ''): string {
  if (!tile) return 'Choose where your rows come from. What will happen is said here as you go.';
  const rules = definition.rules?.length ? `, checked by ${plural(definition.rules.length, 'rule')},` : '';
  return `Rows from ${fromWords(definition.source, fileName)}${rules} are ${intoWords(definition.load, active)}.`;
}
