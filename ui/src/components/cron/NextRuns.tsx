import { keepPreviousData } from '@tanstack/react-query';
import { api, ApiError, type S } from '@/api/client';
import { ErrorView } from '@/components/ErrorView';
import { Icon } from '@/components/icons';
import { Skeleton } from '@/components/QueryBoundary';
import { ago } from '@/lib/format';
import { useDebounced } from '@/lib/useDebounced';
import { inZone, ownZone } from './zone';

export type Spec = S['ScheduleSpec-Input'];

/** A schedule in words and its next moments, as the server would fire them; asked for when typing has paused. */
export function useNextRuns(spec: Spec, count = 10) {
  const key = JSON.stringify({
    cron: spec.cron ?? undefined, every: spec.every == null ? undefined : String(spec.every), timezone: spec.timezone,
    starts_at: spec.starts_at ?? undefined, ends_at: spec.ends_at ?? undefined, count,
  });
  const asked = useDebounced(key);
  // Each question has its own place in the cache, so an answer that comes late cannot show over a newer one.
  const query = api.useQuery(
    'get', '/api/v1/schedules/preview', { params: { query: JSON.parse(asked) as { timezone: string } } },
    { placeholderData: keepPreviousData },
  );
  return { ...query, isBehind: asked !== key || query.isPlaceholderData };
}

/** What the server found wrong with the schedule, by field; empty for other failures. */
export function wrongWith(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError) || error.status !== 422) return {};
  const said = error.problem.errors ?? [];
  const found = Object.fromEntries(said.map((one) => [one.path.split('.').pop() ?? '', one.message]));
  return said.length > 0 ? found : { '': error.message };
}

interface Props {
  spec: Spec;
  next: ReturnType<typeof useNextRuns>;
}

/** The words, the expression and the next runs of a schedule. */
export function NextRuns({ spec, next }: Props) {
  const { data, error, isBehind } = next;
  const isWrong = error instanceof ApiError && error.status === 422;
  const zone = spec.timezone;
  const isElsewhere = zone !== ownZone();
  if (error && !isWrong && !data) return <ErrorView what="The next runs" error={error} retry={() => void next.refetch()} />;
  return (
    <section className="next-runs card" aria-label="Next runs" aria-busy={isBehind}>
      <div role="status">
        {isWrong ? (
          <p className="muted">The next runs are shown here when the schedule can be read.</p>
        ) : data ? (
          <p className="next-words">{data.words}</p>
        ) : (
          <Skeleton height={24} />
        )}
      </div>
      <p className="muted small">
        {spec.cron != null ? <>As cron: <code>{spec.cron || '–'}</code></> : <>An interval; there is no cron expression for it.</>}
      </p>
      {!isWrong && (
        <>
          <h3>Next runs</h3>
          <p className="muted small">
            Times of {zone}
            {isElsewhere && <>; below them, your own ({ownZone()})</>}
          </p>
          {data ? <Moments runs={data.next_runs} zone={zone} isElsewhere={isElsewhere} /> : <Skeleton rows={10} height={20} />}
        </>
      )}
    </section>
  );
}

function Moments({ runs, zone, isElsewhere }: { runs: S['PlannedRun'][]; zone: string; isElsewhere: boolean }) {
  if (runs.length === 0) return <p className="note warning">It never runs: no moment lies between its start and its end.</p>;
  return (
    <ol className="next-list">
      {runs.map((run) => (
        <li key={run.at}>
          <span className="spread">
            <time dateTime={run.at} className="number">
              {inZone(run.at, zone)}
            </time>
            <span className="muted small nowrap">{ago(run.at)}</span>
          </span>
          {isElsewhere && <span className="muted small number">{inZone(run.at, ownZone())}</span>}
          {run.remark && (
            <span className="next-remark small">
              <Icon name="warning" size={14} /> {run.remark}
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
