import '@/components/runs.css';
import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { Recent } from '@/components/Recent';
import { RelativeTime } from '@/components/RelativeTime';
import { TrendChart, type Point } from '@/components/TrendChart';
import { count, duration, percent, plural } from '@/lib/format';
import { isFinished } from '@/pages/runs/words';
import { PushIntake } from './PushIntake';
import { ReadOn } from './ReadOn';
import { driftWords, loadOf, mappingOf, modeWords, rulesOf } from './definition';
import { toWhere } from './words';

const RUNS = 30;

function sourceWords(task: S['TaskView']) {
  const source = (task.definition.source ?? {}) as Record<string, unknown>;
  const named = [source.file, source.path, source.table, source.url].find((one): one is string => typeof one === 'string');
  const kinds: Record<string, string> = { file: 'the file', http: 'the API', sql: 'the database', push: 'data that is sent to it' };
  const name = named ?? task.source_connection;
  return <>{kinds[task.source_kind] ?? task.source_kind} {name && task.source_kind !== 'push' && <strong>{name}</strong>}</>;
}

function isIncremental(task: S['TaskView']) {
  const source = (task.definition.source ?? {}) as { incremental?: unknown };
  return Boolean(source.incremental);
}

/** How a task does: what it is, how it has gone, and what can be doubted about it. */
export function OverviewTab({ task }: { task: S['TaskView'] }) {
  const project = useProject();
  const mayEdit = useCan('editor');
  const runs = api.useQuery('get', '/api/v1/runs', { params: { query: { project, task: task.id, limit: RUNS } } });
  const load = loadOf(task.definition);
  return (
    <div className="stack">
      {(task.warnings?.length ?? 0) > 0 && (
        <section className="note warning" aria-label="Warnings">
          <ul style={{ margin: 0, paddingLeft: 18 }}>{task.warnings?.map((one) => <li key={one}>{one}</li>)}</ul>
        </section>
      )}
      <section className="card" aria-label="What it does">
        <p>
          It reads {sourceWords(task)} and {modeWords(load)} in the table <strong>{toWhere(task)}</strong>,
          with {plural(mappingOf(task.definition).length, 'mapped column')} and {plural(rulesOf(task.definition).length, 'rule')}.
        </p>
        <p className="muted small">{driftWords(load)}</p>
      </section>
      <QueryBoundary what="How it has gone" query={runs} skeleton={<Skeleton rows={2} height={120} />} isEmpty={(page) => page.items.length === 0} empty={<p className="card">It has not run yet. A dry run shows what would happen, and writes nothing.</p>}>
        {(page) => <Health task={task} runs={page.items.filter((one) => !one.is_dry)} />}
      </QueryBoundary>
      {isIncremental(task) && <ReadOn task={task} mayEdit={mayEdit} />}
      {task.source_kind === 'push' && <PushIntake task={task} mayEdit={mayEdit} />}
    </div>
  );
}

function Health({ task, runs }: { task: S['TaskView']; runs: S['RunSummary'][] }) {
  const ended = runs.filter((one) => isFinished(one.status));
  const judged = ended.filter((one) => one.status !== 'CANCELLED');
  const good = judged.filter((one) => one.status !== 'FAILED').length;
  const point = (value: (run: S['RunSummary']) => number) => (run: S['RunSummary']): Point => ({ id: run.id, at: run.queued_at, status: run.status, value: value(run) });
  const order = [...ended].slice(0, 20).reverse();
  const drift = task.last_run && runs[0] ? runs[0].id : undefined;
  const said: [string, React.ReactNode][] = [
    ['Runs that succeeded', judged.length ? `${percent(good / judged.length)} of the last ${judged.length}` : '–'],
    ['Last run', <RelativeTime at={task.last_run?.finished_at ?? task.last_run?.started_at} none="under way" />],
    ['Rows in the last run', task.last_run ? count(task.last_run.total_records) : '–'],
    ['Rejected in the last run', task.last_run ? (task.last_run.rejected_records > 0 ? <Link to={`/runs/${task.last_run.id}?tab=rejected`}>{count(task.last_run.rejected_records)}</Link> : '0') : '–'],
  ];
  return (
    <div className="stack">
      <section className="card stack" aria-label="Health">
        <dl className="facts-list">
          {said.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="number">{value}</dd></div>)}
          <div><dt>Last 10 runs</dt><dd><Recent runs={runs} /></dd></div>
        </dl>
      </section>
      {drift && <Drift run={drift} />}
      <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 320px), 1fr))' }}>
        <section className="card"><h2>Duration</h2><TrendChart label="Duration of the last runs" points={order.map(point((run) => run.duration_seconds))} format={(value) => duration(value)} /></section>
        <section className="card"><h2>Rows read</h2><TrendChart label="Rows read by the last runs" kind="bars" points={order.map(point((run) => run.total_records))} format={(value) => count(Math.round(value))} /></section>
      </div>
    </div>
  );
}

/** What the last run remarked: fields that are new or gone, columns that became wider. */
function Drift({ run }: { run: string }) {
  const last = api.useQuery('get', '/api/v1/runs/{run_id}', { params: { path: { run_id: run } } });
  const said = last.data?.warnings ?? [];
  if (said.length === 0) return null;
  return (
    <section className="note warning" aria-label="Remarks of the last run">
      <strong>The last run remarked</strong>
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>{said.slice(0, 6).map((one) => <li key={one}>{one}</li>)}</ul>
      <p style={{ marginTop: 6 }}><Link to={`/runs/${run}`}>Open the run</Link></p>
    </section>
  );
}
