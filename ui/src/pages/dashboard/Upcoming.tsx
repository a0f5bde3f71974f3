import { Link } from 'react-router';
import type { UseQueryResult } from '@tanstack/react-query';
import type { S } from '@/api/client';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';

function local(at: string, zone: string): string {
  try {
    return new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone }).format(new Date(at));
  } catch {
    return new Date(at).toLocaleString(); // a zone that this browser does not know
  }
}

/** The next eight runs, in the zone of their schedules. */
export function Upcoming({ query }: { query: UseQueryResult<S['Page_ScheduleView_'], unknown> }) {
  const next = (page: S['Page_ScheduleView_']) =>
    page.items
      .filter((one) => one.is_enabled && !one.is_paused && one.next_run_at !== null)
      .sort((a, b) => a.next_run_at!.localeCompare(b.next_run_at!))
      .slice(0, 8);
  return (
    <section className="card" aria-labelledby="upcoming">
      <div className="spread">
        <h2 id="upcoming">Upcoming</h2>
        <Link to="/schedules">All schedules</Link>
      </div>
      <QueryBoundary
        what="The schedules" query={query} skeleton={<Skeleton rows={3} height={44} />} isEmpty={(page) => next(page).length === 0}
        empty={<p className="muted lines-none">No schedule is switched on. Tasks run when somebody starts them.</p>}
      >
        {(page) => (
          <ul className="lines">
            {next(page).map((one) => (
              <li key={one.id} className="line">
                <span className="line-main">
                  <Link to={`/tasks/${one.task_id}?tab=schedule`}>{one.task_name}</Link>
                  <span className="muted small">{one.words}</span>
                </span>
                <span className="muted small line-end">
                  <RelativeTime at={one.next_run_at} />
                  <span>
                    {local(one.next_run_at!, one.spec.timezone ?? 'UTC')} ({one.spec.timezone ?? 'UTC'})
                  </span>
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryBoundary>
    </section>
  );
}
