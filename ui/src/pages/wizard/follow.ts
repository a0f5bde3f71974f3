import { useEffect, useState } from 'react';
import type { S } from '@/api/client';
import { partsOf, sentenceOf } from '@/components/rules/rules';
import { fieldsOf, isDirect, isJoin, isSplit, listOf, targetsOf, type MappingItem, type TaskDefinition } from '@/lib/definition';
import type { Sample } from './data';
import type { Draft } from './draft';

export interface Followed {
  definition: TaskDefinition;
  /** What another file has no field for, in sentences. */
  dropped: string[];
}

/** A definition for a file with other fields: what still fits stays, also where only the case of a name differs. */
export function follow(definition: TaskDefinition, fields: string[]): Followed {
  const known = new Map(fields.map((name) => [name.toLowerCase(), name]));
  const here = (name: string) => (fields.includes(name) ? name : known.get(name.toLowerCase()));
  const dropped: string[] = [];
  const gone = new Set<string>();
  const mapping = (definition.mapping ?? []).filter((item) => {
    const lost = fieldsOf(item).filter((name) => here(name) === undefined);
    if (lost.length === 0) return true;
    for (const column of targetsOf(item)) gone.add(column);
    dropped.push(`The column ${targetsOf(item).join(', ')}: there is no field ${lost.join(', ')}.`);
    return false;
  }).map((item) => renamed(item, (name) => here(name) ?? name));
  // Without a mapping, columns are fields; what is left is held to them.
  const columns = new Set(mapping.length ? mapping.flatMap(targetsOf) : fields);
  const isLost = (column: string) => column !== '' && !columns.has(column) && (gone.has(column) || !definition.mapping?.length);
  const rules = (definition.rules ?? []).filter((rule) => {
    if (!partsOf(rule).columns.some(isLost)) return true;
    dropped.push(`The rule “${sentenceOf(rule)}”.`);
    return false;
  });
  const keys = listOf(definition.load.keys);
  const left = keys.filter((key) => !isLost(key));
  if (left.length < keys.length) dropped.push(`The key ${keys.filter(isLost).join(', ')}.`);
  if (dropped.length === 0 && JSON.stringify(mapping) === JSON.stringify(definition.mapping ?? [])) return { definition, dropped };
  const made: TaskDefinition = { ...definition, load: left.length < keys.length ? { ...definition.load, keys: left } : definition.load };
  if (definition.mapping) made.mapping = mapping;
  if (definition.rules) made.rules = rules;
  if (!mapping.length) delete made.mapping;
  if (!rules.length) delete made.rules;
  return { definition: made, dropped };
}

function renamed(item: MappingItem, name: (field: string) => string): MappingItem {
  if (isDirect(item)) return { ...item, from: name(item.from) };
  if (isSplit(item)) return { ...item, split: { ...item.split, from: name(item.split.from) } };
  return isJoin(item) ? { ...item, join: { ...item.join, from: item.join.from.map(name) } } : item;
}

/** Follows the file that was chosen instead of another, as soon as its fields are known. */
export function useFollow(draft: Draft, set: (next: Draft) => void, sample: Sample) {
  const { source } = draft.definition;
  const file = source.kind === 'file' ? (source.file ?? '') : '';
  const [made, setMade] = useState(file);
  const [told, setTold] = useState<{ before: TaskDefinition; dropped: string[] }>();
  const fields: S['FieldView'][] | undefined = sample.data?.fields;
  useEffect(() => {
    if (!file || file === made || !fields) return;
    setMade(file);
    setTold(undefined);
    if (!made) return;
    const { definition, dropped } = follow(draft.definition, fields.map((one) => one.name));
    if (definition !== draft.definition) set({ ...draft, definition });
    if (dropped.length) setTold({ before: draft.definition, dropped });
  }, [file, made, fields, draft, set]);
  const putBack = () => {
    if (!told) return;
    const { mapping, rules, load } = told.before;
    const definition: TaskDefinition = { ...draft.definition, load: { ...draft.definition.load, ...(load.keys && { keys: load.keys }) } };
    if (mapping) definition.mapping = mapping;
    if (rules) definition.rules = rules;
    set({ ...draft, definition });
    setTold(undefined);
  };
  return { dropped: told?.dropped ?? [], putBack, close: () => setTold(undefined) };
}
