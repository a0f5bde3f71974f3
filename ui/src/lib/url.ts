import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** A part of the page's state that the address holds, so that Back, links and reloads keep it. */
export function useUrlState(key: string, initial = ''): [string, (next: string) => void] {
  const [search, setSearch] = useSearchParams();
  const set = useCallback(
    (next: string) =>
      setSearch((old) => {
        const made = new URLSearchParams(old);
        if (next === initial) made.delete(key);
        else made.set(key, next);
        if (key !== 'page') made.delete('page');
        return made;
      }),
    [key, initial, setSearch],
  );
  return [search.get(key) ?? initial, set];
}

/** Several of them at once: `set({ status: 'FAILED', task: '' })`; an empty text leaves the address. */
export function useUrlFilters<K extends string>(keys: readonly K[]): [Record<K, string>, (next: Partial<Record<K, string>>) => void] {
  const [search, setSearch] = useSearchParams();
  const values = useMemo(
    () => Object.fromEntries(keys.map((key) => [key, search.get(key) ?? ''])) as Record<K, string>,
    [keys, search],
  );
  const set = useCallback(
    (next: Partial<Record<K, string>>) =>
      setSearch((old) => {
        const made = new URLSearchParams(old);
        made.delete('page');
        for (const [key, value] of Object.entries(next) as [K, string | undefined][]) {
          if (value) made.set(key, value);
          else made.delete(key);
        }
        return made;
      }),
    [setSearch],
  );
  return [values, set];
}
