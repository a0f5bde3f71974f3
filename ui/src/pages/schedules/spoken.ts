import type { S } from '@/api/client';
import type { Spec } from '@/components/cron/NextRuns';

const FIELDS: [keyof Spec & keyof S['ScheduleSpec-Output'], string][] = [
  ['timezone', 'Time zone'], ['enabled', 'On'], ['overlap', 'While it still runs'], ['missed', 'Missed runs'], ['jitter', 'Later by up to (seconds)'],
  ['retries', 'Tries again'], ['retry_delay', 'Wait before a try (seconds)'], ['max_failures', 'Pause after failures'], ['starts_at', 'Not before'], ['ends_at', 'Not after'],
];

/** A schedule by the words of its form, to be compared: `when` is its timing as a sentence. */
export const spoken = (spec: Spec | S['ScheduleSpec-Output'], when: string): Record<string, unknown> => ({
  When: when,
  ...Object.fromEntries(FIELDS.map(([field, word]) => [word, spec[field] || null])),
});
