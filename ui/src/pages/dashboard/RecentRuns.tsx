import { keepPreviousData } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag } from '@/components/StateTag';
import { duration, plural } from '@/lib/format';

const facts = (run: S['RunSummary']): string =>
  [
    plural(run.total_records, 'row'),
    run.rejected_records > 0 && `${plural(run.rejected_records, 'rejected', 'rejected')}`,
    run.finished_at && duration(run.duration_seconds),
    run.is_dry && 'dry run',
  ].filter(Boolean).join(' · ');

/** The latest eight; they change by themselves while they run. */
export function RecentRuns({ project }: { project: string }) {
  const query = api.useQuery('get', '/api/v1/runs', { params: { query: { project, limit: 8, sort: '-queued_at' } } }, { placeholderData: keepPreviousData });
  return (
    <section className="card" aria-labelledby="recent">
      <div className="spread">
        <h2 id="recent">Recent runs</h2>
        <Link to="/runs">All runs</Link>
      </div>
      <QueryBoundary
        what="The recent runs" query={query} skeleton={<Skeleton rows={5} height={44} />} isEmpty={(page) => page.items.length === 0}
        empty={<p className="muted lines-none">Nothing has run yet.</p>}
      >
        {(page) => (
          <ul className="lines">
            {page.items.slice(0, 8).map((run) => (
              <li key={run.id} className="line">
                <span className="line-state">
                  <StateTag status={run.status} />
                </span>
                <span className="line-main">
                  <Link to={`/runs/${run.id}`}>{run.task_name}</Link>
                  <span className="muted small number">{facts(run)}</span>
                  {run.status === 'RUNNING' && run.bytes_total ? (
                    <span className="progress" role="progressbar" aria-label={`Progress of ${run.task_name}`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={share(run)}>
                      <i style={{ width: `${share(run)}%` }} />
                    </span>
                  ) : null}
                </span>
                <span className="muted small">
                  <RelativeTime at={run.finished_at ?? run.started_at ?? run.queued_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryBoundary>
    </section>
  );
}

const share = (run: S['RunSummary']): number => Math.min(100, Math.round((100 * run.bytes_read) / (run.bytes_total || 1)));
