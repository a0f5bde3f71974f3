import { lazy, Suspense, useRef } from 'react';
import { Link, useParams } from 'react-router';
import { api, type S } from '@/api/client';
import { Boundary } from '@/components/Boundary';
import { LogPane } from '@/components/LogPane';
import { PageHeader } from '@/components/PageHeader';
import { PhaseTimeline } from '@/components/PhaseTimeline';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag, Tag } from '@/components/StateTag';
import { Tabs } from '@/components/Tabs';
import { count, duration, plural } from '@/lib/format';
import { useUrlState } from '@/lib/url';
import { useNow } from '@/lib/useNow';
import { PlanShown, planOf } from './PlanShown';
import { RunActions } from './RunActions';
import { RunCounts } from './RunCounts';
import { RunError } from './RunError';
import { RunFacts } from './RunFacts';
import { Family, Neighbours } from './RunLinks';
import { RunProgress } from './RunProgress';
import { isFinished, triggerWord } from './words';

const RejectsPanel = lazy(() => import('@/pages/rejects/RejectsPanel'));

export default function RunDetail() {
  const { run: id = '' } = useParams();
  const run = api.useQuery('get', '/api/v1/runs/{run_id}', { params: { path: { run_id: id } } });
  return (
    <QueryBoundary what="The run" query={run} skeleton={<RunSkeleton />}>
      {(found) => <Shown run={found} toldAt={run.dataUpdatedAt} />}
    </QueryBoundary>
  );
}

function RunSkeleton() {
  return (
    <div className="stack">
      <Skeleton height={44} />
      <Skeleton height={74} />
      <Skeleton rows={4} height={26} />
      <Skeleton height={300} />
    </div>
  );
}

/** Seconds that a run has taken, by the server's clock: what it told last, and the time since then. */
function secondsOf(run: S['RunView'], toldAt: number, now: number): number {
  const told = Math.max(run.duration_seconds, Object.values(run.phases).reduce((sum, one) => sum + one, 0));
  return told + Math.max(now - toldAt, 0) / 1000;
}

function Shown({ run, toldAt }: { run: S['RunView']; toldAt: number }) {
  const isRunning = run.status === 'RUNNING';
  const now = useNow(isRunning);
  const elapsed = isRunning ? secondsOf(run, toldAt, now) : run.duration_seconds;
  const below = useRef<HTMLDivElement>(null);
  // On a phone the tabs are below what can be seen.
  const showTabs = () => setTimeout(() => {
    below.current?.scrollIntoView({ block: 'start' });
    below.current?.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus({ preventScroll: true });
  });
  return (
    <div className="stack">
      <div>
        <PageHeader title={run.task_name || 'Run'} aside={<><StateTag status={run.status} />{run.is_dry && <Tag tone="info">Dry run</Tag>}</>} actions={<RunActions run={run} onFix={showTabs} />}>
          {triggerWord(run.trigger)}{run.triggered_by_name && `, ${run.triggered_by_name}`} · <RelativeTime at={run.queued_at} />
          {isFinished(run.status) && ` · took ${duration(run.duration_seconds)}`}
          {run.task_id && <> · <Link to={`/tasks/${run.task_id}`}>Task</Link>{run.task_version !== null && `, version ${run.task_version}`}</>}
        </PageHeader>
        <Neighbours run={run} />
      </div>
      <p role="status" className="sr-only">{isFinished(run.status) ? `The run has ended: ${plural(run.total_records, 'row')} read, ${count(run.rejected_records)} rejected.` : ''}</p>
      <RunError run={run} />
      {run.status === 'PENDING' && <p className="note">It waits in the queue and starts by itself{new Date(run.available_at).getTime() > Date.now() + 2000 && <>, <RelativeTime at={run.available_at} /></>}.</p>}
      {isRunning && <RunProgress run={run} elapsed={elapsed} />}
      <RunCounts run={run} />
      <Family run={run} />
      <div ref={below} style={{ scrollMarginTop: 60, minWidth: 0 }}><RunTabs run={run} elapsed={elapsed} /></div>
    </div>
  );
}

function RunTabs({ run, elapsed }: { run: S['RunView']; elapsed: number }) {
  const first = run.is_dry && run.plan ? 'plan' : 'log';
  const [tab, setTab] = useUrlState('tab', first);
  const isRunning = run.status === 'RUNNING';
  const items = [
    {
      key: 'log', label: 'Phases and log',
      children: (
        <div className="stack">
          <Warnings run={run} />
          <section className="card" aria-label="Phases">
            <PhaseTimeline phases={run.phases} current={run.phase} isRunning={isRunning} elapsed={elapsed} />
          </section>
          <Boundary what="The log"><LogPane run={run.id} isRunning={!isFinished(run.status)} /></Boundary>
        </div>
      ),
    },
    {
      key: 'rejected', label: run.rejected_records > 0 ? `Rejected rows (${count(run.rejected_records)})` : 'Rejected rows',
      children: <Boundary what="The rejected rows"><Suspense fallback={<Skeleton rows={6} />}><RejectsPanel run={run} /></Suspense></Boundary>,
    },
    { key: 'details', label: 'Details', children: <RunFacts run={run} /> },
  ];
  if (run.is_dry && run.plan) items.unshift({ key: 'plan', label: 'Plan', children: <PlanShown {...planOf(run)} /> });
  return <Tabs label="Parts of the run" activeKey={items.some((one) => one.key === tab) ? tab : first} onChange={setTab} items={items} destroyOnHidden />;
}

function Warnings({ run }: { run: S['RunView'] }) {
  if (run.warnings.length === 0) return null;
  return (
    <section className="note warning" aria-label="Warnings">
      <ul style={{ margin: 0, paddingLeft: 18 }}>{run.warnings.map((one) => <li key={one}>{one}</li>)}</ul>
    </section>
  );
}
