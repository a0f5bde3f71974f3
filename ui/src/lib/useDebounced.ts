import { useEffect, useState } from 'react';

/** The value, as soon as it has not changed for a while; the first one at once. */
export function useDebounced<T>(value: T, wait = 250): T {
  const [kept, keep] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => keep(value), wait);
    return () => clearTimeout(timer);
  }, [value, wait]);
  return kept;
}
