import { useQuery } from '@tanstack/react-query';
import { client } from '@/api/client';
import type { Draft } from './draft';
import { whenWords } from './sentences';

/** When it runs, in the server's words as soon as they are known. */
export function useWhen(schedule: Draft['schedule']): string {
  const cron = schedule?.cron ?? null;
  const every = schedule?.every == null ? null : String(schedule.every);
  const timezone = schedule?.timezone ?? 'UTC';
  const found = useQuery({
    queryKey: ['wizard-schedule', cron, every, timezone],
    queryFn: async () => (await client.GET('/api/v1/schedules/preview', { params: { query: { ...(cron ? { cron } : { every }), timezone, count: 1 } } })).data,
    enabled: cron !== null || every !== null, retry: false, staleTime: 60_000,
  });
  return found.data && schedule?.enabled !== false ? `It runs by itself: ${found.data.words}.` : whenWords(schedule);
}
