import type { S } from '@/api/client';

/**
 * The definition of a task, as files and the API hold it (docs/reference/task.md).
 *
 * Every key that may be left out is optional here; what is left out has the default of the reference. The server
 * checks it all: these types only say what the page edits. An `undefined` key is not sent.
 */
export interface TaskDefinition {
  name: string;
  description?: string;
  source: Source;
  mapping?: MappingItem[];
  rules?: RuleItem[];
  load: LoadSpec;
  schedule?: ScheduleSpec | null;
  notify?: NotifyItem[];
}

export type Scalar = string | number | boolean;

// ---------------------------------------------------------------------------------------------- mapping

/** What each mapping has, wherever its value comes from. */
interface MappingShared {
  transforms?: TransformItem[];
  /** The value for a missing or null field, after the transforms. */
  default?: unknown;
  /** The type of a column that is to be made, such as `decimal(12,2)`; left out: found from the values. */
  type?: string | null;
}
export interface DirectMapping extends MappingShared {
  to: string;
  from: string;
}
export interface SplitMapping extends MappingShared {
  to: string[];
  /** Exactly one of `by` (a delimiter) and `pattern` (with one group for each column). */
  split: { from: string; by?: string | null; pattern?: string | null };
}
export interface JoinMapping extends MappingShared {
  to: string;
  /** `with` is the text between them; left out: a blank. */
  join: { from: string[]; with?: string };
}
export interface ConstantMapping extends MappingShared {
  to: string;
  constant: unknown;
}
export interface ExpressionMapping extends MappingShared {
  to: string;
  expression: string;
}
/** One mapping: exactly one of `from`, `split`, `join`, `constant`, `expression`. */
export type MappingItem = DirectMapping | SplitMapping | JoinMapping | ConstantMapping | ExpressionMapping;

export const isDirect = (item: MappingItem): item is DirectMapping => 'from' in item;
export const isSplit = (item: MappingItem): item is SplitMapping => 'split' in item;
export const isJoin = (item: MappingItem): item is JoinMapping => 'join' in item;
export const isConstant = (item: MappingItem): item is ConstantMapping => 'constant' in item;
export const isExpression = (item: MappingItem): item is ExpressionMapping => 'expression' in item;
/** The columns that a mapping fills. */
export const targetsOf = (item: MappingItem): string[] => (isSplit(item) ? item.to : [item.to]);
/** The fields that a mapping reads, as far as it names them; those of an expression are found by the server. */
export function fieldsOf(item: MappingItem): string[] {
  if (isDirect(item)) return [item.from];
  if (isSplit(item)) return [item.split.from];
  return isJoin(item) ? item.join.from : [];
}

/** A bare name (`trim`), a name with its main option (`{ to_date: '%d.%m.%Y' }`), or with its options by name. */
export type TransformItem = string | { [name: string]: unknown };
export const transformName = (item: TransformItem): string => (typeof item === 'string' ? item : (Object.keys(item)[0] ?? ''));
export const transformOptions = (item: TransformItem): unknown => (typeof item === 'string' ? undefined : Object.values(item)[0]);

// ---------------------------------------------------------------------------------------------- rules

export type OnFail = 'reject' | 'set_null' | 'set_default' | 'stop';
/** What each rule has. Which `on_fail` fit says `GET /rules/templates` (`actions`). */
export interface RuleShared {
  /** `error` (left out): the row is rejected, or what `on_fail` says; `warning`: only counted. */
  severity?: 'error' | 'warning';
  on_fail?: OnFail;
  /** Goes together with `on_fail: set_default`. */
  default?: unknown;
  message?: string;
  name?: string;
}
type OneOrMany = string | string[];
export interface NotNullRule extends RuleShared {
  not_null: OneOrMany;
}
export interface RangeRule extends RuleShared {
  range: { column: string; min?: Scalar | null; max?: Scalar | null };
}
export interface RegexRule extends RuleShared {
  regex: { column: string; pattern: string };
}
export interface LengthRule extends RuleShared {
  length: { column: string; min?: number | null; max?: number | null };
}
export interface InRule extends RuleShared {
  in: { column: string; values: Scalar[] };
}
export interface UniqueRule extends RuleShared {
  unique: OneOrMany | { keys: OneOrMany };
}
export interface DedupeRule extends RuleShared {
  dedupe: OneOrMany | { keys: OneOrMany; keep?: 'first' | 'last'; order_by?: string | null };
}
export interface ExpressionRule extends RuleShared {
  expression: string;
}
export interface ReferenceRule extends RuleShared {
  reference: { column: OneOrMany; table: string; to?: OneOrMany };
}
/** One cleaning rule, with its kind as a key. Rules see the values after mapping and casts. */
export type RuleItem =
  | NotNullRule | RangeRule | RegexRule | LengthRule | InRule | UniqueRule | DedupeRule | ExpressionRule | ReferenceRule;

export const RULE_KINDS = ['not_null', 'range', 'regex', 'length', 'in', 'unique', 'dedupe', 'expression', 'reference'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];
export const ruleKind = (item: RuleItem): RuleKind | undefined => RULE_KINDS.find((kind) => kind in item);

// ---------------------------------------------------------------------------------------------- source

interface SourceShared {
  connection?: string | null;
  /** An array field: one row per element, the other fields repeated. */
  explode?: string | null;
  arrays?: 'json' | 'join';
}
/** How the content of a file is to be read; what is left out is found from the content. */
export interface FileOptions {
  format?: string | null;
  encoding?: string | null;
  delimiter?: string | null;
  quote?: string | null;
  skip_rows?: number;
  header?: boolean | null;
  columns?: string[];
  null_texts?: string[];
  decimal_comma?: boolean | null;
  widths?: number[];
  sheet?: string | number | null;
  header_row?: number | null;
  range?: string | null;
  records?: string | null;
  key_field?: string | null;
  member?: string | null;
}
export interface FileSource extends SourceShared, FileOptions {
  kind: 'file';
  /** Exactly one of `path` and `file` (an uploaded file, by id or name). */
  path?: string;
  file?: string | null;
}
export interface PushSource extends SourceShared, Pick<FileOptions, 'format' | 'encoding' | 'delimiter' | 'header' | 'columns' | 'null_texts' | 'decimal_comma' | 'records' | 'key_field'> {
  kind: 'push';
}
export interface HttpSource extends SourceShared {
  kind: 'http';
  url?: string | null;
  request?: HttpRequest;
  records?: string | null;
  key_field?: string | null;
  pagination?: Pagination;
  incremental?: Incremental | null;
  auth?: HttpAuth;
  timeout?: number | string;
  max_time?: number | string;
  max_response_bytes?: number;
  max_redirects?: number;
  proxy?: string | null;
  verify?: boolean;
  ca?: string | null;
  client_cert?: string | null;
  client_key?: string | null;
  client_key_password?: string | null;
  retry?: Record<string, number | string>;
  rate_limit?: { calls: number; period?: number | string } | null;
}
export interface SqlSource extends SourceShared {
  kind: 'sql';
  url?: string | null;
  /** Exactly one of `query` and `table`. */
  query?: string | null;
  table?: string | null;
  incremental?: Incremental | null;
  part_by?: string | null;
  timeout?: number | string | null;
}
export type Source = FileSource | PushSource | HttpSource | SqlSource;

/** The kind of a source; files may leave it out. */
export function sourceKind(source: object & { kind?: Source['kind'] }): Source['kind'] {
  if (source.kind) return source.kind;
  if ('path' in source || 'file' in source) return 'file';
  return 'query' in source || 'table' in source ? 'sql' : 'http';
}

export interface HttpRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  url?: string | null;
  /** Continues the source's, or the connection's, `url`. */
  path?: string | null;
  headers?: Record<string, string>;
  query?: Record<string, Scalar | null | Scalar[]>;
  body?: { json?: unknown; form?: Record<string, Scalar | null>; raw?: string; content_type?: string | null } | null;
}
interface Paged {
  max_pages?: number | null;
  allow_repeats?: boolean;
}
interface Numbered extends Paged {
  param?: string;
  send?: 'query' | 'body' | 'header';
  start?: number;
  total?: string | null;
  has_more?: string | null;
  stop?: 'empty' | 'short';
}
export type Pagination =
  | string
  | { type: 'none' }
  | (Numbered & { type: 'page'; size_param?: string | null; size?: number | null; total_pages?: string | null })
  | (Numbered & { type: 'offset'; limit_param?: string | null; limit?: number })
  | (Paged & { type: 'cursor'; path?: string | null; header?: string | null; param?: string; send?: 'query' | 'body' | 'header'; has_more?: string | null })
  | (Paged & { type: 'next_link'; path?: string })
  | (Paged & { type: 'link_header'; rel?: string })
  | (Paged & { type: 'auto' });
/** Only what is new. `param`, `type`: REST APIs only. */
export interface Incremental {
  field: string;
  start?: string | number | null;
  lookback?: string | number;
  param?: string | null;
  type?: 'auto' | 'timestamp' | 'number' | 'text';
  key?: string | null;
}
interface OAuth2 {
  token_url: string;
  client_id: string;
  client_secret?: string | null;
  client_auth?: 'basic' | 'body';
  scope?: string | null;
  params?: Record<string, string>;
}
/** How to sign in. A secret that is kept comes as `***`, and stays when that is sent back. */
export type HttpAuth =
  | string
  | { type: 'none' }
  | { type: 'bearer'; token?: string | null; scheme?: string }
  | { type: 'api_key'; name?: string; value?: string | null; in?: 'header' | 'query' }
  | { type: 'basic'; username?: string; password?: string }
  | (OAuth2 & { type: 'oauth2_client_credentials' })
  | (OAuth2 & { type: 'oauth2_refresh_token'; refresh_token?: string | null });

// ---------------------------------------------------------------------------------------------- load

export interface LoadSpec {
  /** Left out: the project's active connection. */
  connection?: string | null;
  /** A destination URL, for a task without a named connection. */
  to?: string | null;
  table: string;
  mode?: S['Mode'];
  keys?: OneOrMany;
  skip_when?: { column: string; equals: unknown } | null;
  nulls?: 'keep' | 'overwrite';
  create?: 'typed' | 'text' | 'never';
  drift?: 'evolve' | 'freeze' | 'reject';
  /** The name of a schema of the project; excludes `columns`. */
  schema?: string | null;
  columns?: S['HeldColumn'][];
  audit?: { created_at?: string; updated_at?: string };
  indexes?: (string | string[])[];
  primary_key?: OneOrMany;
  /** Rows (`100`) or a share (`5%`). */
  max_rejects?: number | string | { count?: number | null; percent?: number | null } | null;
  on_limit?: 'rollback' | 'keep';
  keep_parquet?: string | null;
}

export interface NotifyItem {
  on?: S['Status'][];
  webhook?: string | null;
  email?: string | null;
  slack?: string | null;
  teams?: string | null;
  notification?: string | null;
}

export type ScheduleSpec = S['ScheduleSpec-Input'];

// ---------------------------------------------------------------------------------------------- around it

/** A column of the destination, as introspection shows it, or as the plan says that it will be made. */
export interface DestinationColumn {
  name: string;
  /** In our words, such as `decimal(12,2)`. */
  type: string;
  nullable: boolean;
  /** The database fills it when a load leaves it out. */
  has_default: boolean;
  /** The database computes it and refuses values for it. */
  generated: boolean;
  primary_key?: boolean;
  unique?: boolean;
}
/** Whether a row without a value for it is refused. */
export const isRequired = (column: DestinationColumn): boolean => !column.nullable && !column.has_default && !column.generated;
/** What introspection found, as the mapping needs it. */
export const columnOf = (found: S['ColumnView']): DestinationColumn => ({
  name: found.name, type: found.type, nullable: found.nullable, has_default: found.default !== null,
  generated: found.generated, primary_key: found.primary_key, unique: found.unique,
});

/** A node of the source's tree of fields (`PreviewView.tree`). */
export interface TreeNode {
  name: string;
  /** Dotted, as mappings name it. */
  path: string;
  type: string;
  null_share: number;
  samples: string[];
  is_array: boolean;
  /** Whether it is a flat field; objects and what is within arrays are not. */
  column: boolean;
  children: TreeNode[];
}
/** The API's schema leaves the nodes open; this is what they hold. */
export const treeOf = (tree: S['PreviewView']['tree']): TreeNode[] => tree as unknown as TreeNode[];

export const listOf = (value: OneOrMany | null | undefined): string[] => (value == null ? [] : typeof value === 'string' ? [value] : [...value]);
