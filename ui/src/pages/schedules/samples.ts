import type { S } from '@/api/client';

const AT = '2026-03-01T08:00:00Z';

/** A schedule for tests, as the API answers it. */
export const aSchedule = (change: Partial<S['ScheduleView']> = {}): S['ScheduleView'] => ({
  id: 's1', project_id: 'p1', task_id: 't1', task_name: 'orders', words: 'At 06:30, every day (Europe/Berlin)', is_enabled: true, is_paused: false, paused_at: null, paused_reason: '',
  failures: 0, next_run_at: '2027-03-02T05:30:00Z', last_run_at: AT, last_run_id: 'r5', last_status: 'PARTIAL_SUCCESS', created_at: AT, updated_at: AT, version: 4,
  spec: {
    cron: '30 6 * * *', every: null, timezone: 'Europe/Berlin', enabled: true, overlap: 'skip', missed: 'none', jitter: 0, retries: 0, retry_delay: 60, max_failures: 0,
    starts_at: null, ends_at: null,
  },
  ...change,
});
