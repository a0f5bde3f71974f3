import { api, type S } from '@/api/client';
import { count, percent } from '@/lib/format';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The beginning of this hour; the same until it is over, so that what is asked for stays the same, too. */
export const thisHour = (): number => Math.floor(Date.now() / HOUR) * HOUR;
export const iso = (time: number): string => new Date(time).toISOString();

/** What the dashboard is about. */
export const useDashboard = (project: string) => api.useQuery('get', '/api/v1/dashboard', { params: { query: { project } } });

/** The same 24 hours of the day before. */
export function useDayBefore(project: string): S['RunCounts'] | undefined {
  const hour = thisHour();
  const query = { project, since: iso(hour - 2 * DAY), until: iso(hour - DAY), bucket: 'hour' as const };
  return api.useQuery('get', '/api/v1/stats/runs', { params: { query } }, { staleTime: HOUR }).data?.total;
}

export const loaded = (counts: S['RunCounts']): number => (counts.inserted_records ?? 0) + (counts.updated_records ?? 0);

/** How much more or less it is than the day before. */
export function difference(now: number, before: number, isShare = false): string {
  if (now === before) return 'as the day before';
  const size = Math.abs(now - before);
  return `${isShare ? percent(size).replace(' %', ' points') : count(size)} ${now > before ? 'more' : 'less'} than the day before`;
}
