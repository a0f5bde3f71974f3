import { Link } from 'react-router';
import type { S } from '@/api/client';
import { Icon } from '@/components/icons';

interface Cause {
  likely: string;
  link?: (run: S['RunView']) => [to: string, text: string] | undefined;
}

const toTask = (run: S['RunView']): [string, string] | undefined => (run.task_id ? [`/tasks/${run.task_id}/edit`, 'Change the task'] : undefined);
const toConnection = (name: string): [string, string] | undefined => (name ? [`/connections/${encodeURIComponent(name)}`, `Open the connection ${name}`] : undefined);
const toSource = (run: S['RunView']): [string, string] | undefined => toConnection(run.source_connection) ?? toTask(run);
const toDestination = (run: S['RunView']): [string, string] | undefined => toConnection(run.connection) ?? ['/connections', 'Open the connections'];
const toRejects = (): [string, string] => ['?tab=rejected', 'Look at the rejected rows'];

const CAUSES: Record<string, Cause> = {
  definition: { likely: 'The task’s settings do not fit its data or its table, often because one of them has changed.', link: toTask },
  source: { likely: 'The data is missing, may not be read, or is not in the format that the task expects.', link: toSource },
  destination: { likely: 'The database refused the load: the sign-in, a missing table, or rights that are missing.', link: toDestination },
  unavailable: { likely: 'A system did not answer in time. This often passes by itself: try again later.', link: toSource },
  missing_driver: { likely: 'This installation lacks a part that the system needs. An administrator can install it.' },
  too_many_rejects: { likely: 'More rows were rejected than the task allows, often because the data has changed its form.', link: toRejects },
  stopped: { likely: 'More rows were rejected than the task allows, or a rule says that the run must stop.', link: toRejects },
  orphaned: { likely: 'The gateway was ended while the run went on, or ran out of memory.' },
  stale_fence: { likely: 'Another process took this run over.' },
  unbalanced: { likely: 'The counts of rows did not add up, so nothing was kept. Please report this with the technical detail.' },
  not_found: { likely: 'Something that the task names is not there any more: a file, a connection or a table.', link: toTask },
  forbidden: { likely: 'The account may not do this.', link: toDestination },
  too_large: { likely: 'There is more data than this installation accepts.' },
  rate_limited: { likely: 'The system was asked too often. Try again later.', link: toSource },
};

/** Why a run failed: the sentence, what mostly causes it, what to do, and where. */
export function RunError({ run }: { run: S['RunView'] }) {
  const error = run.error;
  if (!error || run.status === 'SUCCESS') return null;
  const waits = run.status === 'PENDING' || run.status === 'RUNNING';
  const isCancelled = run.status === 'CANCELLED';
  const cause = CAUSES[error.code];
  const link = isCancelled ? undefined : cause?.link?.(run);
  return (
    <section className={waits || isCancelled ? 'note warning' : 'note error'} aria-labelledby="run-error">
      <h2 id="run-error" className="row" style={{ gap: 6 }}>
        <Icon name={isCancelled ? 'stop' : 'warning'} size={16} />
        {waits ? 'The last attempt failed' : isCancelled ? 'The run was cancelled' : run.status === 'PARTIAL_SUCCESS' ? 'The run was stopped' : 'The run failed'}
      </h2>
      <p style={{ marginTop: 4, whiteSpace: 'pre-line' }}>{error.message}</p>
      {error.hint && <p><strong>What to do:</strong> {error.hint}</p>}
      {cause && !isCancelled && <p className="muted">{cause.likely}</p>}
      {link && (
        <p style={{ marginTop: 8 }}>
          <Link className="button" to={link[0]}>{link[1]}</Link>
        </p>
      )}
      <details style={{ marginTop: 8 }}>
        <summary>Technical detail</summary>
        <dl className="facts-list" style={{ marginTop: 6 }}>
          <Fact name="Code" value={error.code} />
          <Fact name="Place" value={error.where} />
          <Fact name="Phase" value={run.phase} />
          <Fact name="Attempt" value={`${run.attempt} of ${run.max_attempts}`} />
          <Fact name="Process" value={run.worker} />
          <Fact name="Run" value={run.id} />
        </dl>
      </details>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd><code>{value}</code></dd>
    </div>
  );
}
