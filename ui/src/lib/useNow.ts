import { useEffect, useState } from 'react';

/** The time, told again every second while `goes`. */
export function useNow(goes: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!goes) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [goes]);
  return now;
}
