import type { S } from '@/api/client';
import { stateWord } from '@/components/StateTag';

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

const STATES: readonly S['LastState'][] = ['RUNNING', 'PENDING', 'SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'CANCELLED', 'NEVER'];
/** How the last run of a task may have ended, to choose from. */
export const LAST_STATES: readonly [state: string, label: string][] = STATES.map((one) => [one, one === 'NEVER' ? 'Never ran' : stateWord(one)]);
/** What the API takes for those that are chosen; others in the address are left out. */
export const statesOf = (chosen: string): S['LastState'][] | undefined =>
  chosen ? chosen.split(',').filter((one): one is S['LastState'] => (STATES as string[]).includes(one)) : undefined;

/** Whether a task runs by itself, to choose from. */
export const BY_SCHEDULE: readonly [state: S['ScheduleState'], label: string][] = [
  ['on', 'On'], ['paused', 'Paused by failures'], ['off', 'Off'], ['none', 'No schedule'],
];
export const bySchedule = (chosen: string): S['ScheduleState'] | undefined => BY_SCHEDULE.find(([one]) => one === chosen)?.[0];
