import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag } from '@/components/StateTag';
import { count, duration } from '@/lib/format';

/** A run that waits has no numbers yet. */
const toldOf = (run: S['RunSummary']): string =>
  [run.status === 'PENDING' ? '' : `${count(run.total_records)} rows, ${duration(run.duration_seconds)}`, run.trigger === 'backfill' ? 'for past time' : ''].filter(Boolean).join(', ');

/** What became of the schedule's latest runs. */
export function ScheduleRuns({ schedule }: { schedule: S['ScheduleView'] }) {
  const project = useProject();
  const runs = api.useQuery('get', '/api/v1/runs', { params: { query: { project, schedule: schedule.id, limit: 10 } } });
  return (
    <section className="stack" style={{ gap: 8 }} aria-label="Runs of this schedule">
      <div className="spread">
        <h2>Runs of this schedule</h2>
        <Link to={`/runs?task=${schedule.task_id}`}>All runs of the task</Link>
      </div>
      <QueryBoundary
        what="The runs" query={runs} skeleton={<Skeleton rows={3} height={28} />} isEmpty={(page) => page.items.length === 0}
        empty={<p className="muted">It has not run yet.</p>}
      >
        {(page) => (
          <ul className="schedule-runs">
            {page.items.map((run) => (
              <li key={run.id}>
                <Link to={`/runs/${run.id}`}><RelativeTime at={run.started_at ?? run.queued_at} /></Link>
                <StateTag status={run.status} />
                <span className="muted small number">{toldOf(run)}</span>
              </li>
            ))}
          </ul>
        )}
      </QueryBoundary>
    </section>
  );
}
