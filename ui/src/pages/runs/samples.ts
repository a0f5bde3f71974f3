import type { S } from '@/api/client';

const AT = '2026-03-01T08:00:00Z';

/** A run for tests, as the API answers it. */
export const aRun = (change: Partial<S['RunView']> = {}): S['RunView'] => ({
  id: 'r5', task_id: 't1', task_name: 'orders', task_version: 3, status: 'SUCCESS', phase: '', trigger: 'manual', triggered_by: 'u1', triggered_by_name: 'Ann',
  schedule_id: null, scheduled_for: null, parent_run_id: null, is_retry: false, retry_of_run_id: null, is_dry: false, attempt: 1, max_attempts: 1,
  source_connection: 'shop-api', connection: 'warehouse', destination_kind: 'sqlite', destination_table: 'orders', queued_at: AT, started_at: AT, finished_at: '2026-03-01T08:00:12Z',
  cancel_requested_at: null, duration_seconds: 12, total_records: 100, inserted_records: 60, updated_records: 20, unchanged_records: 10, skipped_records: 5,
  deduplicated_records: 2, rejected_records: 3, bytes_read: 2000, bytes_total: 2000, load_id: 'l5', phases: { starting: 0.1, reading: 1, loading: 10, publishing: 0.9 },
  rows_per_second: 8.3, seconds_left: null, available_at: AT, heartbeat_at: null, worker: 'vm:1', warnings: [], error: null, reject_groups: [],
  rejects: { total: 3, open: 3, replaying: 0, replayed: 0, discarded: 0 }, plan: null, spec: { name: 'orders' }, input: null, callback_url: null, retries: [], replays: [],
  ...change,
});

/** A line of a log for tests. */
export const aLine = (id: number, message: string, level = 'info'): S['RunLogView'] => ({ id, at: AT, level, event: 'said', message, facts: {} });
