import { ApiError, OfflineError } from '@/api/client';

/** What went wrong, what to do about it, and a way to try again. */
export function ErrorView({ what, error, retry }: { what: string; error: unknown; retry?: () => void }) {
  const said = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ApiError ? error.problem.hint : undefined;
  const detail = error instanceof ApiError ? [error.problem.code, error.requestId].filter(Boolean).join(' · ') : '';
  const isOffline = error instanceof OfflineError;
  return (
    <div className={isOffline ? 'note warning' : 'note error'} role="alert">
      <strong>{isOffline ? 'No connection' : `${what} could not be shown`}</strong>
      <p>
        {said} {hint}
      </p>
      {error instanceof ApiError && error.problem.errors?.length ? (
        <ul>
          {error.problem.errors.map((one, index) => (
            <li key={index}>
              {one.path ? <code>{one.path}</code> : null} {one.message}
            </li>
          ))}
        </ul>
      ) : null}
      <div className="row" style={{ marginTop: 8 }}>
        {retry && (
          <button type="button" className="button" onClick={retry}>
            Try again
          </button>
        )}
        {detail && (
          <button type="button" className="button quiet" onClick={() => void navigator.clipboard?.writeText(detail)} title="Copy for a report">
            <code>{detail}</code>
          </button>
        )}
      </div>
    </div>
  );
}

/** The sentence of an error, for messages in passing. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return [error.message, error.problem.hint].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}
