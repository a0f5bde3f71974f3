import { useEffect, useState } from 'react';
import { ago, moment } from '@/lib/format';

/** "3 minutes ago"; the moment itself, in the reader's zone, on hover and for screen readers. */
export function RelativeTime({ at, none = '–' }: { at: string | null | undefined; none?: string }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!at) return;
    const near = Math.abs(new Date(at).getTime() - Date.now()) < 3_600_000;
    const timer = setInterval(() => tick((n) => n + 1), near ? 10_000 : 60_000);
    return () => clearInterval(timer);
  }, [at]);
  if (!at) return <span className="muted">{none}</span>;
  return (
    <time dateTime={at} title={moment(at)} className="nowrap">
      {ago(at)}
    </time>
  );
}
