import type { ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { ErrorView } from './ErrorView';

interface Props<T> {
  /** What is shown, as the beginning of a sentence: "The runs". */
  what: string;
  query: Pick<UseQueryResult<T, unknown>, 'data' | 'error' | 'isFetching' | 'refetch'>;
  /** In the shape of what comes. */
  skeleton?: ReactNode;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  children: (data: T) => ReactNode;
}

/** The states of something that is loaded: skeleton, nothing there, failed, loaded, loaded and asked for again. */
export function QueryBoundary<T>({ what, query, skeleton, isEmpty, empty, children }: Props<T>) {
  const { data, error } = query;
  if (data === undefined) {
    if (error) return <ErrorView what={what} error={error} retry={() => void query.refetch()} />;
    return (
      <div role="status" aria-label={`${what}: loading`}>
        {skeleton ?? <Skeleton rows={6} />}
      </div>
    );
  }
  return (
    <div aria-busy={query.isFetching} style={{ minWidth: 0 }}>
      {error ? <ErrorView what={what} error={error} retry={() => void query.refetch()} /> : null}
      {isEmpty?.(data) ? empty : children(data)}
    </div>
  );
}

/** Grey blocks; invisible for the first 150 ms, so that what is quick does not flicker. */
export function Skeleton({ rows = 1, height = 40 }: { rows?: number; height?: number }) {
  return (
    <div className="stack" style={{ gap: 10 }} aria-hidden="true">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton" style={{ height }} />
      ))}
    </div>
  );
}

/** Nothing is there yet: one sentence, one thing to do, maybe an example. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="card" style={{ padding: '40px 20px', textAlign: 'center' }}>
      <h2>{title}</h2>
      {children && (
        <p className="muted" style={{ maxWidth: 520, margin: '6px auto 0' }}>
          {children}
        </p>
      )}
      {action && (
        <div className="row" style={{ justifyContent: 'center', marginTop: 16 }}>
          {action}
        </div>
      )}
    </div>
  );
}
