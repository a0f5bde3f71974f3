import {
  fieldsOf, isConstant, isDirect, isJoin, isSplit, listOf, ruleKind, targetsOf,
  type ConstantMapping, type DestinationColumn, type DirectMapping, type JoinMapping, type MappingItem, type RuleItem, type SplitMapping,
  type TaskDefinition, type TransformItem,
} from '@/lib/definition';

/** Edits of a definition: each takes one and gives the next, or the very same where nothing changes. */

export type Kind = 'field' | 'join' | 'split' | 'constant' | 'expression';
export const kindOf = (item: MappingItem): Kind =>
  isDirect(item) ? 'field' : isSplit(item) ? 'split' : isJoin(item) ? 'join' : isConstant(item) ? 'constant' : 'expression';

/** A column that is to be made and has no source yet is kept as an empty constant. */
export const isEmpty = (item: MappingItem | undefined): boolean => item === undefined || (isConstant(item) && item.constant == null);

export const mappingOf = (definition: TaskDefinition): MappingItem[] => definition.mapping ?? [];
export const indexOf = (definition: TaskDefinition, column: string): number =>
  mappingOf(definition).findIndex((item) => targetsOf(item).includes(column));
export const itemOf = (definition: TaskDefinition, column: string): MappingItem | undefined => mappingOf(definition)[indexOf(definition, column)];

const withMapping = (definition: TaskDefinition, mapping: MappingItem[]): TaskDefinition => ({ ...definition, mapping });

/** The parts of an item that stay when its value comes from elsewhere. */
function shared(item: MappingItem | undefined): Pick<DirectMapping, 'transforms' | 'default' | 'type'> {
  if (!item) return {};
  const kept: Pick<DirectMapping, 'transforms' | 'default' | 'type'> = {};
  if (item.transforms?.length) kept.transforms = item.transforms;
  if (item.default !== undefined && item.default !== null) kept.default = item.default;
  if (item.type) kept.type = item.type;
  return kept;
}

/** Puts an item in the place of the one that fills its columns; a split that loses a column keeps the others. */
export function put(definition: TaskDefinition, item: MappingItem): TaskDefinition {
  const targets = targetsOf(item);
  const mapping: MappingItem[] = [];
  let placed = false;
  for (const old of mappingOf(definition)) {
    const left = targetsOf(old).filter((one) => !targets.includes(one));
    if (left.length === targetsOf(old).length) {
      mapping.push(old);
      continue;
    }
    if (isSplit(old) && left.length) mapping.push({ ...old, to: left });
    if (!placed) mapping.push(item);
    placed = true;
  }
  if (!placed) mapping.push(item);
  return withMapping(definition, mapping);
}

/** One field goes to the column, by itself; what else was said about the column stays. */
export function setField(definition: TaskDefinition, column: string, field: string): TaskDefinition {
  const old = itemOf(definition, column);
  if (old && isDirect(old) && old.from === field) return definition;
  return put(definition, { to: column, from: field, ...(old && isSplit(old) ? {} : shared(old)) });
}

export function setConstant(definition: TaskDefinition, column: string, constant: unknown): TaskDefinition {
  const old = itemOf(definition, column);
  return put(definition, { to: column, constant, ...(old && isConstant(old) ? shared(old) : typeOf(old)) });
}

const typeOf = (item: MappingItem | undefined) => (item?.type ? { type: item.type } : {});

export function setExpression(definition: TaskDefinition, column: string, expression: string): TaskDefinition {
  return put(definition, { to: column, expression, ...shared(itemOf(definition, column)) });
}

export function setJoin(definition: TaskDefinition, column: string, join: JoinMapping['join']): TaskDefinition {
  return put(definition, { to: column, join, ...shared(itemOf(definition, column)) });
}

/** One field goes to several columns, in their order. */
export function setSplit(definition: TaskDefinition, to: string[], split: SplitMapping['split']): TaskDefinition {
  const old = to[0] === undefined ? undefined : itemOf(definition, to[0]);
  return put(definition, { to, split, ...(old && isSplit(old) ? shared(old) : {}) });
}

/** The item anew as another kind, with what can be kept of it. */
export function setKind(definition: TaskDefinition, column: string, kind: Kind, firstField: string): TaskDefinition {
  const old = itemOf(definition, column);
  if (old && kindOf(old) === kind) return definition;
  const field = (old && fieldsOf(old)[0]) || firstField;
  switch (kind) {
    case 'field': return setField(definition, column, field);
    case 'join': return setJoin(definition, column, { from: [field] });
    case 'split': return setSplit(definition, [column], { from: field, by: ' ' });
    case 'constant': return setConstant(definition, column, '');
    case 'expression': return setExpression(definition, column, old && isDirect(old) ? nameIn(old.from) : '');
  }
}

/** A field's name as expressions write it. */
export const nameIn = (field: string): string => (/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/.test(field) ? field : `"${field.replaceAll('"', '""')}"`);

/** Nothing goes to the column any more. */
export function clearColumn(definition: TaskDefinition, column: string): TaskDefinition {
  const at = indexOf(definition, column);
  const old = mappingOf(definition)[at];
  if (!old) return definition;
  const left = isSplit(old) ? old.to.filter((one) => one !== column) : [];
  return withMapping(definition, mappingOf(definition).flatMap((item, index) =>
    index !== at ? [item] : isSplit(old) && left.length ? [{ ...old, to: left }] : []));
}

export const clearAll = (definition: TaskDefinition): TaskDefinition => (mappingOf(definition).length ? withMapping(definition, []) : definition);

/** Changes the item that fills a column; nothing when none does. */
export function change(definition: TaskDefinition, column: string, edit: (item: MappingItem) => MappingItem): TaskDefinition {
  const at = indexOf(definition, column);
  const old = mappingOf(definition)[at];
  if (!old) return definition;
  const next = edit(old);
  return next === old ? definition : withMapping(definition, mappingOf(definition).with(at, next));
}

/** Transforms are set as a whole; none at all leaves the key out. */
export function setTransforms(definition: TaskDefinition, column: string, edit: (steps: TransformItem[]) => TransformItem[]): TaskDefinition {
  return change(definition, column, (item) => {
    const steps = edit(item.transforms ?? []);
    const { transforms: _old, ...rest } = item;
    return (steps.length ? { ...rest, transforms: steps } : rest) as MappingItem;
  });
}

/** A list with one of its items at another place; the very same list where there is no such place. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const item = list[from];
  if (item === undefined || to < 0 || to >= list.length || from === to) return list;
  return list.toSpliced(from, 1).toSpliced(to, 0, item);
}

/** The same transform at the end of many columns; columns without a value are left alone. */
export function applyToMany(definition: TaskDefinition, columns: string[], transform: TransformItem): TaskDefinition {
  const done = new Set<number>();
  return columns.reduce((now, column) => {
    const at = indexOf(now, column);
    if (done.has(at) || isEmpty(itemOf(now, column))) return now;
    done.add(at);
    return setTransforms(now, column, (steps) => [...steps, transform]);
  }, definition);
}

export function setDefault(definition: TaskDefinition, column: string, value: unknown): TaskDefinition {
  return change(definition, column, (item) => {
    const { default: _old, ...rest } = item;
    return (value === undefined || value === '' ? rest : { ...rest, default: value }) as MappingItem;
  });
}

export function setType(definition: TaskDefinition, column: string, type: string): TaskDefinition {
  return change(definition, column, (item) => {
    const { type: _old, ...rest } = item;
    return (type === '' ? rest : { ...rest, type }) as MappingItem;
  });
}

// ------------------------------------------------------------------------------------------ columns that are to be made

/** A name that columns can have: without blanks and signs, and none of those that are taken. */
export function columnName(field: string, taken: Iterable<string>): string {
  const used = new Set([...taken].map((one) => one.toLowerCase()));
  const plain = field.trim().toLowerCase().replace(/ß/g, 'ss').normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^\p{L}\p{N}]+/gu, '_').replace(/^_+|_+$/g, '') || 'column';
  let name = plain;
  for (let number = 2; used.has(name); number += 1) name = `${plain}_${number}`;
  return name;
}

export const allTargets = (definition: TaskDefinition): string[] => mappingOf(definition).flatMap(targetsOf);

/** One more column, empty, or filled from a field. */
export function addColumn(definition: TaskDefinition, field?: string): TaskDefinition {
  const to = columnName(field ?? 'new column', allTargets(definition));
  const item: ConstantMapping | DirectMapping = field === undefined ? { to, constant: null } : { to, from: field };
  return withMapping(definition, [...mappingOf(definition), item]);
}

/** Every field that nothing uses goes to a new column of its name. */
export function mapAll(definition: TaskDefinition, fields: string[]): TaskDefinition {
  const used = usage(definition);
  return fields.filter((field) => !used.has(field)).reduce((now, field) => addColumn(now, field), definition);
}

/** Another name for a column, in the mapping, the rules and the keys. */
export function renameColumn(definition: TaskDefinition, old: string, name: string): TaskDefinition {
  if (old === name || name.trim() === '' || allTargets(definition).includes(name)) return definition;
  const swap = (one: string) => (one === old ? name : one);
  const mapping = mappingOf(definition).map((item): MappingItem => {
    if (!targetsOf(item).includes(old)) return item;
    return isSplit(item) ? { ...item, to: item.to.map(swap) } : { ...item, to: name };
  });
  const next: TaskDefinition = { ...definition, mapping };
  if (definition.rules) next.rules = definition.rules.map((rule) => renamedIn(rule, swap));
  if (definition.load.keys !== undefined) next.load = { ...definition.load, keys: listOf(definition.load.keys).map(swap) };
  return next;
}

function renamedIn(rule: RuleItem, swap: (name: string) => string): RuleItem {
  const kind = ruleKind(rule);
  if (!kind || kind === 'expression') return rule;
  const said = (rule as unknown as Record<string, unknown>)[kind];
  const every = (value: unknown): unknown => (typeof value === 'string' ? swap(value) : Array.isArray(value) ? value.map(every) : value);
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return { ...rule, [kind]: every(said) } as RuleItem;
  const next: Record<string, unknown> = { ...said };
  for (const key of ['column', 'keys', 'order_by']) if (key in next) next[key] = every(next[key]);
  return { ...rule, [kind]: next } as RuleItem;
}

// ------------------------------------------------------------------------------------------ looking at it

/** The columns that each field goes to, as far as fields are named. */
export function usage(definition: TaskDefinition): Map<string, string[]> {
  const used = new Map<string, string[]>();
  for (const item of mappingOf(definition)) for (const field of fieldsOf(item)) used.set(field, [...(used.get(field) ?? []), ...targetsOf(item)]);
  return used;
}

/** The rows of the editor: the table's columns, then what the mapping fills besides. */
export function rowsOf(definition: TaskDefinition, columns: DestinationColumn[] | null): DestinationColumn[] {
  const known = new Set(columns?.map((one) => one.name));
  const others = mappingOf(definition).flatMap((item) => targetsOf(item).map((name) => ({ name, type: item.type ?? '' })));
  const extra = others.filter((one) => !known.has(one.name)).map((one) => ({ ...one, nullable: true, has_default: false, generated: false }));
  return [...(columns ?? []), ...extra];
}

/** The columns that a template would change, with what they have now. */
export function differences(definition: TaskDefinition, mappings: MappingItem[]): { column: string; now?: MappingItem; then: MappingItem }[] {
  return mappings.flatMap((then) =>
    targetsOf(then).flatMap((column) => {
      const now = itemOf(definition, column);
      return now && JSON.stringify(sorted(now)) === JSON.stringify(sorted(then)) ? [] : [now ? { column, now, then } : { column, then }];
    }));
}

const sorted = (item: MappingItem): [string, unknown][] =>
  Object.entries(item).filter(([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0)).toSorted(([a], [b]) => a.localeCompare(b));

/** The mappings of a template in place of those for the same columns. */
export const applyMappings = (definition: TaskDefinition, mappings: MappingItem[]): TaskDefinition => mappings.reduce(put, definition);

/** One row for each element of an array, or not any more. */
export function setExplode(definition: TaskDefinition, field: string | null): TaskDefinition {
  const { explode: _old, ...source } = definition.source;
  return { ...definition, source: (field === null ? source : { ...source, explode: field }) as TaskDefinition['source'] };
}

/** What becomes of lists that stay within a row: JSON, or their elements joined by commas. */
export function setArrays(definition: TaskDefinition, isJoined: boolean): TaskDefinition {
  const { arrays: _old, ...source } = definition.source;
  return { ...definition, source: (isJoined ? { ...source, arrays: 'join' } : source) as TaskDefinition['source'] };
}
