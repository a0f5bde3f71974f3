import { useEffect, useState } from 'react';

/** A value that follows after it has been still for a while, so that not every key press asks the server. */
export function useDebounced<T>(value: T, milliseconds = 300): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return late;
}
