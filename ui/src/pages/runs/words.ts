import type { S } from '@/api/client';
import type { paths } from '@/api/schema';

export const FINISHED: readonly S['Status'][] = ['SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'CANCELLED'];
export const isFinished = (status: string): boolean => (FINISHED as readonly string[]).includes(status);

type Trigger = NonNullable<NonNullable<paths['/api/v1/runs']['get']['parameters']['query']>['trigger']>;

/** What started a run, in words. */
export const TRIGGERS: readonly [value: Trigger, label: string][] = [
  ['manual', 'By hand'], ['schedule', 'Schedule'], ['api', 'API'], ['retry', 'Retry'], ['replay', 'Replay of rejected rows'],
  ['push', 'Pushed data'], ['backfill', 'Backfill'], ['import', 'Import'],
];
export const triggerWord = (trigger: string): string => TRIGGERS.find(([value]) => value === trigger)?.[1] ?? trigger;

/** What a run's destination is called: `orders in warehouse`. */
export function destinationOf(run: Pick<S['RunSummary'], 'connection' | 'destination_kind' | 'destination_table'>): string {
  const table = run.destination_table || 'a table';
  const place = run.connection || run.destination_kind;
  return place ? `${table} (${place})` : table;
}
