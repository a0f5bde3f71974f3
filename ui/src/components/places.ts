import { inText } from '@/lib/difference';
import { ruleKind, sourceKind, targetsOf, transformName, type MappingItem, type RuleItem, type Source, type TaskDefinition } from '@/lib/definition';
import { chipText } from './mapping/options';
import { summary } from './mapping/SourceCell';
import { sentenceOf } from './rules/rules';

/** The places of a task's definition, by the words that the wizard has for them. */
const WORDS: Record<string, string> = {
  name: 'Name of the task', description: 'What it is for', mapping: 'Mapping', rules: 'Rule', notify: 'Who is told', load: 'Destination', source: 'Source', schedule: 'Schedule',
  'source.kind': 'Kind of source', 'source.connection': 'Connection of the source', 'source.file': 'File', 'source.path': 'Files on the server', 'source.url': 'Address', 'source.query': 'Query', 'source.table': 'Table that is read',
  'source.format': 'Format', 'source.encoding': 'Encoding', 'source.delimiter': 'Between the values', 'source.quote': 'Quotes around values', 'source.header': 'Names in the first row', 'source.skip_rows': 'Lines to skip at the start',
  'source.decimal_comma': 'Decimal comma', 'source.null_texts': 'Texts that mean nothing', 'source.widths': 'Characters of each field', 'source.columns': 'Names of the fields', 'source.sheet': 'Sheet', 'source.header_row': 'Row with the names', 'source.range': 'Cells',
  'source.records': 'Where the rows are', 'source.member': 'Files in the archive', 'source.explode': 'One row for each element of', 'source.arrays': 'Lists within a row',
  'source.request': 'Request', 'source.request.method': 'Method', 'source.request.path': 'Path', 'source.request.url': 'Address', 'source.request.query': 'Parameters of the address', 'source.request.headers': 'Headers', 'source.request.body': 'What is sent',
  'source.pagination': 'Pages', 'source.pagination.type': 'How to get the next page', 'source.incremental': 'Only what is new', 'source.incremental.field': 'Field that tells what is new', 'source.auth': 'Sign-in', 'source.timeout': 'Seconds to wait for an answer', 'source.rate_limit': 'Most calls',
  'load.connection': 'Connection of the destination', 'load.table': 'Table', 'load.mode': 'What happens to rows that are in the table already', 'load.keys': 'Columns that identify a row', 'load.skip_when': 'Leave rows alone where', 'load.nulls': 'An empty value that comes in',
  'load.create': 'Columns of the new table', 'load.drift': 'When the source has new fields', 'load.schema': 'Columns that the table is held to', 'load.columns': 'Columns that the table is held to', 'load.audit.created_at': 'Column for the time a row was made', 'load.audit.updated_at': 'Column for the time a row was changed',
  'load.max_rejects': 'Stop when more rows are rejected than', 'load.on_limit': 'What was loaded by then', 'load.keep_parquet': 'Keep the rows as a Parquet file, too', 'load.indexes': 'Indexes', 'load.primary_key': 'Primary key',
  'schedule.cron': 'When it runs', 'schedule.every': 'How often it runs', 'schedule.timezone': 'Time zone', 'schedule.enabled': 'Schedule is on', 'schedule.overlap': 'When a run is still going', 'schedule.catch_up': 'Runs that were missed', 'schedule.jitter': 'Spread of the start', 'schedule.pause_after': 'Pause after failures',
};
const KINDS: Record<Source['kind'], string> = { file: 'A file', http: 'A REST API', sql: 'A database', push: 'Sent by a program' };
const plain = (word: string): string => word.replaceAll('_', ' ');

/** A place of a definition in words: `load.table` is "Table", `mapping[2].from` "Mapping 3, from". */
export function placeWords(path: string): string {
  const parts = path.split('.');
  for (let length = parts.length; length > 0; length--) {
    const head = parts.slice(0, length).join('.');
    const [, name = '', number] = /^(.*?)(?:\[(\d+)\])?$/.exec(head) ?? [];
    const word = WORDS[name];
    if (!word) continue;
    const rest = parts.slice(length).map((one) => plain(one.replace(/\[(\d+)\]/g, (_, at: string) => ` ${Number(at) + 1}`)));
    return [number === undefined ? word : `${word} ${Number(number) + 1}`, ...rest].join(', ');
  }
  return plain(path);
}

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every leaf of a part that is a setting, under its words. */
function settings(value: unknown, path: string): Record<string, unknown> {
  if (!isPlain(value)) return value === undefined || value === null ? {} : { [placeWords(path)]: Array.isArray(value) ? value.map(inText).join(', ') : value };
  return Object.assign({}, ...Object.keys(value).map((key) => settings(value[key], `${path}.${key}`))) as Record<string, unknown>;
}

/** A definition by the words of the page, so that two of them can be compared place by place: each column with what fills it, each rule as its sentence. */
export function spokenTask(given: object): Record<string, unknown> {
  const definition = given as TaskDefinition;
  const spoken: Record<string, unknown> = { ...settings(definition.name, 'name'), ...settings(definition.description || undefined, 'description'), ...settings({ ...definition.source, kind: KINDS[sourceKind(definition.source)] }, 'source') };
  for (const item of definition.mapping ?? []) for (const column of targetsOf(item)) spoken[`Column ${column}`] = filledBy(item, column);
  (definition.rules ?? []).forEach((rule, at) => { spoken[`Rule ${at + 1}`] = ruleWords(rule); });
  Object.assign(spoken, settings(definition.load, 'load'), settings(definition.schedule, 'schedule'));
  if (definition.notify?.length) spoken[placeWords('notify')] = definition.notify.map(inText).join('; ');
  return spoken;
}

const filledBy = (item: MappingItem, column: string): string =>
  [summary(item, column).join(' '), ...(item.transforms ?? []).map((one) => chipText(one) || transformName(one)), item.type ? `as ${item.type}` : '', item.default == null ? '' : `empty becomes ${String(item.default)}`].filter(Boolean).join(', ');

function ruleWords(rule: RuleItem): string {
  const said = ruleKind(rule) ? sentenceOf(rule) : JSON.stringify(rule);
  return [said, rule.severity === 'warning' ? 'only counted' : '', rule.on_fail && rule.on_fail !== 'reject' ? plain(rule.on_fail) : '', rule.message ?? ''].filter(Boolean).join('; ');
}
