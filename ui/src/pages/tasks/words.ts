import type { S } from '@/api/client';

/** The kinds of sources that tasks have, in words. */
export const SOURCES: readonly [kind: string, label: string][] = [
  ['file', 'File'], ['http', 'HTTP API'], ['sql', 'Database'], ['push', 'Pushed data'],
];
export const sourceWord = (kind: string): string => SOURCES.find(([one]) => one === kind)?.[1] ?? kind;

/** Where a task's data comes from: "HTTP API shop-api". */
export const fromWhere = (task: Pick<S['TaskSummary'], 'source_kind' | 'source_connection'>): string =>
  task.source_connection || sourceWord(task.source_kind);
/** Where it goes to: "orders in warehouse". */
export const toWhere = (task: Pick<S['TaskSummary'], 'table' | 'connection'>): string => (task.connection ? `${task.table} in ${task.connection}` : task.table);
