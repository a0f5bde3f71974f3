import { useSyncExternalStore } from 'react';

/** Whether a media query matches; right from the first render on. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => matchMedia(query).matches,
  );
}

/** A phone: tables become cards, editors become lists. */
export const useNarrow = () => useMedia('(max-width: 767.98px)');
