import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag } from '@/components/StateTag';

/** The run before and the run after this one, of the same task. */
export function Neighbours({ run }: { run: S['RunView'] }) {
  const project = useProject();
  const task = run.task_id ?? undefined;
  const enabled = task !== undefined;
  const older = api.useQuery('get', '/api/v1/runs', { params: { query: { project, task, before: run.id, limit: 1 } } }, { enabled });
  const newer = api.useQuery('get', '/api/v1/runs', { params: { query: { project, task, since: run.queued_at, sort: 'queued_at', limit: 3 } } }, { enabled });
  if (!enabled) return null;
  const before = older.data?.items[0];
  const after = newer.data?.items.find((one) => one.id > run.id);
  if (!before && !after) return null;
  return (
    <nav className="row" aria-label="Runs of this task" style={{ marginLeft: -14 }}>
      {before && <Link className="button quiet" rel="prev" to={`/runs/${before.id}`}>← Previous run</Link>}
      {after && <Link className="button quiet" rel="next" to={`/runs/${after.id}`}>Next run →</Link>}
    </nav>
  );
}

/** The runs that belong to this one, in both directions. */
export function Family({ run }: { run: S['RunView'] }) {
  if (!run.parent_run_id && !run.retry_of_run_id && run.retries.length === 0 && run.replays.length === 0) return null;
  return (
    <section className="card" aria-label="Runs that belong together">
      <ul style={{ margin: 0, paddingLeft: 18 }}>
        {run.retry_of_run_id && <li>It retries <Link to={`/runs/${run.retry_of_run_id}`}>an earlier run</Link>.</li>}
        {run.parent_run_id && <li>It replays rejected rows of <Link to={`/runs/${run.parent_run_id}`}>an earlier run</Link>.</li>}
        {run.retries.map((one) => <Other key={one.id} run={one} text="Retried by" />)}
        {run.replays.map((one) => <Other key={one.id} run={one} text="Rejected rows replayed by" />)}
      </ul>
    </section>
  );
}

function Other({ run, text }: { run: S['RunLink']; text: string }) {
  return (
    <li>
      {text} <Link to={`/runs/${run.id}`}>a run</Link> <RelativeTime at={run.queued_at} /> <StateTag status={run.status} />
    </li>
  );
}
