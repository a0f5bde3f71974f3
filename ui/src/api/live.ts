import { useEffect, useSyncExternalStore } from 'react';
import { useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { url } from '@/base';
import type { S } from './client';

interface Common {
  id: number;
  at: string;
  project_id: string;
}
export interface RunStatusEvent extends Common {
  kind: 'run_status';
  run_id: string;
  data: { status: S['Status']; task_name: string; error?: S['RunError'] | null };
}
export interface RunProgressEvent extends Common {
  kind: 'run_progress';
  run_id: string;
  data: {
    phase: string;
    rows: number;
    rejected: number;
    bytes_read: number;
    bytes_total: number | null;
    rows_per_second: number;
    seconds_left: number | null;
  };
}
export interface RunLogEvent extends Common {
  kind: 'run_log';
  run_id: string;
  data: { level: string; event: string; message: string; facts: Record<string, unknown>; at: string };
}
export interface ScheduleEvent extends Common {
  kind: 'schedule_triggered';
  run_id: string | null;
  data: { schedule_id: string; task_name: string; paused?: string; run_id?: string };
}
export type LiveEvent = RunStatusEvent | RunProgressEvent | RunLogEvent | ScheduleEvent;

export const KINDS = ['run_status', 'run_progress', 'run_log', 'schedule_triggered'] as const;

const isGet = (query: Query, path: string) => query.queryKey[0] === 'get' && query.queryKey[1] === path;
type RunPage = S['Page_RunSummary_'];

/** Change a run wherever the cache has it: its own page and every list. */
function patchRun(client: QueryClient, id: string, change: Partial<S['RunView']>): void {
  client.setQueriesData<S['RunView']>(
    { predicate: (query) => isGet(query, '/api/v1/runs/{run_id}') },
    (run) => (run?.id === id ? { ...run, ...change } : run),
  );
  client.setQueriesData<RunPage>({ predicate: (query) => isGet(query, '/api/v1/runs') }, (page) =>
    page?.items.some((run) => run.id === id)
      ? { ...page, items: page.items.map((run) => (run.id === id ? { ...run, ...change } : run)) }
      : page,
  );
}

/** What changes when a run begins or ends, and is asked for again then. */
const STALE_AFTER_STATUS = [
  '/api/v1/dashboard', '/api/v1/runs', '/api/v1/tasks', '/api/v1/tasks/{task}', '/api/v1/schedules',
  '/api/v1/stats/runs', '/api/v1/tasks/{task}/schedule',
];

/** Put an event into the cache. Knows no socket, so that it can be tested by itself. */
export function applyEvent(client: QueryClient, event: LiveEvent): void {
  if (event.kind === 'run_progress') {
    const { rows, rejected, ...rest } = event.data;
    patchRun(client, event.run_id, { ...rest, status: 'RUNNING', total_records: rows, rejected_records: rejected });
  } else if (event.kind === 'run_status') {
    patchRun(client, event.run_id, { status: event.data.status });
    void client.invalidateQueries({
      predicate: (query) =>
        STALE_AFTER_STATUS.some((path) => isGet(query, path)) ||
        (typeof query.queryKey[1] === 'string' &&
          query.queryKey[1].startsWith('/api/v1/runs/{run_id}') &&
          JSON.stringify(query.queryKey[2] ?? null).includes(event.run_id)),
    });
  } else if (event.kind === 'schedule_triggered') {
    void client.invalidateQueries({
      predicate: (query) => isGet(query, '/api/v1/schedules') || isGet(query, '/api/v1/dashboard'),
    });
  }
}

export type LiveState = 'connecting' | 'open' | 'lost';
let state: LiveState = 'connecting';
const watchers = new Set<() => void>();
function setState(next: LiveState): void {
  state = next;
  for (const tell of watchers) tell();
}

/** Whether live updates arrive. */
export const useLiveState = (): LiveState =>
  useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => void watchers.delete(tell);
    },
    () => state,
  );

const hearers = new Set<(event: LiveEvent) => void>();

/** Call back with each event as it comes; the run page follows its log by it. */
export function useLiveEvents(hear: (event: LiveEvent) => void): void {
  useEffect(() => {
    hearers.add(hear);
    return () => void hearers.delete(hear);
  }, [hear]);
}

/**
 * Listen to everything that happens in a project: one stream for the whole tab, kept by the shell.
 *
 * The browser connects again by itself and says which event it saw last, so nothing is missed; what was
 * loaded while the connection was away is asked for again once. Events go into the cache once a frame.
 */
export function useLive(project: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource(url(`/api/v1/events?project=${encodeURIComponent(project)}`));
    let waiting: LiveEvent[] = [];
    let frame = 0;
    const flush = () => {
      frame = 0;
      const events = waiting;
      waiting = [];
      for (const event of events) applyEvent(client, event);
      for (const event of events) for (const hear of hearers) hear(event);
    };
    const take = (message: MessageEvent<string>) => {
      waiting.push(JSON.parse(message.data) as LiveEvent);
      frame ||= requestAnimationFrame(flush);
    };
    for (const kind of KINDS) source.addEventListener(kind, take);
    source.onopen = () => {
      if (state === 'lost') void client.invalidateQueries();
      setState('open');
    };
    source.onerror = () => setState('lost');
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [client, project]);
}
