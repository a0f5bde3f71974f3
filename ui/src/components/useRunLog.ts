import { useCallback, useEffect, useRef, useState } from 'react';
import { client, type S } from '@/api/client';
import { useLiveEvents, useLiveState, type LiveEvent } from '@/api/live';

export type LogLine = S['RunLogView'];
export type Level = 'debug' | 'info' | 'warning' | 'error';
/** How many lines the page keeps; the file has all. */
export const MOST_LINES = 500;

interface Log {
  lines: LogLine[] | undefined;
  /** Whether there are older lines than those that are kept. */
  isCut: boolean;
  error: unknown;
  again: () => void;
}

/**
 * The newest lines of a run's log, followed live.
 *
 * An event says only that there is something new: the lines are asked for by their ids, after the last one that
 * is here. So none is missed or doubled, however often the connection is lost.
 */
export function useRunLog(run: string, level: Level, search: string): Log {
  const [lines, setLines] = useState<LogLine[]>();
  const [isCut, setCut] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const more = useRef<() => void>(() => undefined);
  const state = useLiveState();

  useEffect(() => {
    const stop = new AbortController();
    let last = 0;
    let isFirst = true;
    let isBusy = false;
    let isWanted = false;
    const load = async () => {
      if (isBusy) {
        isWanted = true;
        return;
      }
      isBusy = true;
      try {
        do {
          isWanted = false;
          const query = { level, search, after: last, limit: MOST_LINES, newest: true };
          const { data } = await client.GET('/api/v1/runs/{run_id}/logs', { params: { path: { run_id: run }, query }, signal: stop.signal });
          if (!data || stop.signal.aborted) return;
          const wasFirst = isFirst;
          isFirst = false;
          last = Math.max(last, data.last);
          if (data.items.length >= MOST_LINES) setCut(true);
          if (wasFirst) setLines(data.items);
          else if (data.items.length) {
            setLines((old = []) => {
              const known = old.at(-1)?.id ?? 0;
              const all = [...old, ...data.items.filter((line) => line.id > known)];
              if (all.length > MOST_LINES) setCut(true);
              return all.slice(-MOST_LINES);
            });
          }
          setError(null);
        } while (isWanted);
      } catch (caught) {
        if (!stop.signal.aborted) setError(caught);
      } finally {
        isBusy = false;
      }
    };
    setCut(false);
    more.current = () => void load();
    void load();
    return () => {
      more.current = () => undefined;
      stop.abort();
    };
  }, [run, level, search, attempt]);

  useLiveEvents(
    useCallback(
      (event: LiveEvent) => {
        if (event.run_id === run && (event.kind === 'run_log' || event.kind === 'run_status')) more.current();
      },
      [run],
    ),
  );
  useEffect(() => {
    if (state === 'open') more.current();
  }, [state]);
  return { lines, isCut, error, again: () => setAttempt((number) => number + 1) };
}
