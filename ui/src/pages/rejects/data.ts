import { useCallback } from 'react';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { api, type S } from '@/api/client';

export const PAGE = 50;
export type Which = 'edited' | 'ticked' | 'cause' | 'open';
export type Filters = { cause: string; search: string; state: S['Reject']['state'] | 'all'; after: number };

const query = ({ cause, search, state }: Omit<Filters, 'after'>) => ({
  group: cause || undefined, search: search || undefined, state: state === 'all' ? undefined : state,
});
export const filterQuery = query;

export const useGroups = (run: string) =>
  api.useQuery('get', '/api/v1/runs/{run_id}/rejects/groups', { params: { path: { run_id: run } } }, { placeholderData: keepPreviousData });

export const useRows = (run: string, { after, ...filters }: Filters) =>
  api.useQuery(
    'get', '/api/v1/runs/{run_id}/rejects',
    { params: { path: { run_id: run }, query: { ...query(filters), after, limit: PAGE } } },
    { placeholderData: keepPreviousData },
  );

/** How many open rejects have an edit; asked for only when there are edits. */
export const useEditedCount = (run: string, isAny: boolean) =>
  api.useQuery(
    'get', '/api/v1/runs/{run_id}/rejects',
    { params: { path: { run_id: run }, query: { edited: true, state: 'open', limit: 100 } } },
    { enabled: isAny, placeholderData: keepPreviousData },
  );

/** The latest edits, the newest first. */
export const useEdits = (run: string, isAny: boolean) =>
  api.useQuery(
    'get', '/api/v1/runs/{run_id}/rejects/edits', { params: { path: { run_id: run }, query: { limit: 100 } } },
    { enabled: isAny, placeholderData: keepPreviousData },
  );

/** Ask again for all that the page shows of a run, when its rejects were changed. */
export function useRejectsChanged(run: string): () => Promise<void> {
  const client = useQueryClient();
  return useCallback(
    () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) =>
          typeof queryKey[1] === 'string' && queryKey[1].startsWith('/api/v1/runs/{run_id}') && JSON.stringify(queryKey[2] ?? null).includes(run),
      }),
    [client, run],
  );
}

/** What the server is told of the rows that are meant. */
export function selection(which: Which, cause: string, ticked: ReadonlySet<number>): { groups: string[]; rows: number[]; edited: boolean } {
  return {
    groups: which === 'cause' && cause ? [cause] : [],
    rows: which === 'ticked' ? [...ticked].sort((a, b) => a - b) : [],
    edited: which === 'edited',
  };
}

/** What a check found: rows that would be rejected again, and whether all others of the selection would pass. */
export interface Checked {
  view: S['CheckView'];
  isMeant: (reject: S['Reject']) => boolean;
  /** Rows that were changed since. */
  changed: ReadonlySet<number>;
}
export type Verdict = { passes: true } | { passes: false; reasons: S['RejectReason'][] } | null;

export function verdictOf(reject: S['Reject'], checked: Checked | null): Verdict {
  if (checked === null || reject.state !== 'open' || checked.changed.has(reject.row)) return null;
  const { view } = checked;
  const failed = view.items.find((one) => one.row === reject.row);
  if (failed) return { passes: false, reasons: failed.reasons };
  // Where the server did not look at all rows, or does not list all that fail, the others are not known to pass.
  const isAllKnown = view.checked === view.selected && view.failed === view.items.length;
  return isAllKnown && checked.isMeant(reject) ? { passes: true } : null;
}

/** What is wrong with a row as far as it is known: by the last check, else as it was rejected, without what was changed. */
export function wrongNow(reject: S['Reject'], verdict: Verdict, bad: (reject: S['Reject']) => Map<string, string>): Map<string, string> {
  if (reject.state !== 'open' || verdict?.passes) return new Map();
  if (verdict) return bad({ ...reject, reasons: verdict.reasons });
  return new Map([...bad(reject)].filter(([field]) => !reject.edited.includes(field)));
}
