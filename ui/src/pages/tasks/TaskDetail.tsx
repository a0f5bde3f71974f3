import { lazy, Suspense, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { api, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { Boundary } from '@/components/Boundary';
import { Icon } from '@/components/icons';
import { Menu, type Entry } from '@/components/Menu';
import { PageHeader } from '@/components/PageHeader';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag, Tag } from '@/components/StateTag';
import { Tabs } from '@/components/Tabs';
import { useShortcuts } from '@/lib/keys';
import { useUrlState } from '@/lib/url';
import { EnabledSwitch } from './EnabledSwitch';
import { MappingTab, RulesTab } from './MappingTab';
import { OverviewTab } from './OverviewTab';
import { useTaskActs } from './useTaskActs';

// What is heavy and not seen at once comes when it is wanted.
const RunsList = lazy(() => import('@/pages/runs/RunsList').then((made) => ({ default: made.RunsList })));
const HistoryTab = lazy(() => import('./HistoryTab').then((made) => ({ default: made.HistoryTab })));
const DryRun = lazy(() => import('./DryRun').then((made) => ({ default: made.DryRun })));
const RunOptions = lazy(() => import('./RunOptions').then((made) => ({ default: made.RunOptions })));
const ScheduleEditor = lazy(() => import('@/pages/schedules/ScheduleEditor'));

export default function TaskDetail() {
  const { task: reference = '' } = useParams();
  const project = useProject();
  const task = api.useQuery('get', '/api/v1/tasks/{task}', { params: { path: { task: reference }, query: { project } } });
  return (
    <QueryBoundary what="The task" query={task} skeleton={<div className="stack"><Skeleton height={48} /><Skeleton height={40} /><Skeleton rows={3} height={110} /></div>}>
      {(found) => <Shown task={found} />}
    </QueryBoundary>
  );
}

function Shown({ task }: { task: S['TaskView'] }) {
  const [isDry, setDry] = useState(false);
  return (
    <>
      <PageHeader
        title={task.name} aside={task.last_run && <Link to={`/runs/${task.last_run.id}`} aria-label="Last run" style={{ textDecoration: 'none' }}><StateTag status={task.last_run.status} /></Link>}
        actions={<Actions task={task} dry={() => setDry(true)} />}
      >
        {task.description && <div>{task.description}</div>}
        <Times task={task} />
      </PageHeader>
      <TaskTabs task={task} />
      {isDry && <Suspense><DryRun task={task} close={() => setDry(false)} /></Suspense>}
    </>
  );
}

function Times({ task }: { task: S['TaskView'] }) {
  const schedule = task.schedule;
  return (
    <div className="row small" style={{ marginTop: 4 }}>
      <span>Last run: <RelativeTime at={task.last_run?.finished_at ?? task.last_run?.started_at} none="never" /></span>
      {schedule ? (
        <>
          <span>· Next run: <RelativeTime at={schedule.next_run_at} none="none planned" /></span>
          {schedule.paused_at && <Tag tone="warning" icon="pause">Paused after failures</Tag>}
          <label className="row" style={{ gap: 6 }}>· Enabled <EnabledSwitch task={task} schedule={schedule} /></label>
        </>
      ) : <span>· Runs by hand</span>}
      <span>· Version {task.current}</span>
    </div>
  );
}

function Actions({ task, dry }: { task: S['TaskView']; dry: () => void }) {
  const mayRun = useCan('operator');
  const mayEdit = useCan('editor');
  const go = useNavigate();
  const acts = useTaskActs();
  const [isAsking, setAsking] = useState(false);
  const run = () => { if (mayRun && !acts.isBusy) void acts.run(task); };
  useShortcuts({ 'ctrl+Enter': run });
  const entries: (Entry | 'line')[] = [{ key: 'export', label: 'Export as a file', act: () => acts.exportFile([task]) }];
  if (mayEdit) entries.unshift({ key: 'duplicate', label: 'Duplicate', act: () => void acts.duplicate(task) });
  if (mayRun) entries.unshift({ key: 'options', label: 'Run with options', act: () => setAsking(true) });
  if (mayEdit) entries.push('line', { key: 'delete', label: 'Delete', danger: true, act: () => acts.remove(task, () => void go('/tasks')) });
  const why = 'Only operators of the project may do this.';
  return (
    <>
      <button type="button" className="button primary" onClick={run} disabled={!mayRun || acts.isBusy} title={mayRun ? undefined : why} aria-describedby={mayRun ? undefined : 'may-not-run'}>
        <Icon name="play" size={16} />
        Run now
      </button>
      <button type="button" className="button" onClick={dry} disabled={!mayRun} title={mayRun ? 'Shows what a run would do; writes nothing' : why}>Dry run</button>
      {mayEdit && <Link className="button" to={`/tasks/${task.id}/edit`}>Edit</Link>}
      <Menu label={`More for ${task.name}`} entries={entries} />
      {isAsking && <Suspense><RunOptions task={task} close={() => setAsking(false)} /></Suspense>}
      {!mayRun && <span id="may-not-run" className="sr-only">{why}</span>}
    </>
  );
}

function TaskTabs({ task }: { task: S['TaskView'] }) {
  const [tab, setTab] = useUrlState('tab', 'overview');
  const items = [
    { key: 'overview', label: 'Overview', children: <OverviewTab task={task} /> },
    { key: 'mapping', label: 'Mapping', children: <MappingTab definition={task.definition} /> },
    { key: 'rules', label: 'Rules', children: <RulesTab definition={task.definition} /> },
    { key: 'schedule', label: 'Schedule', children: <ScheduleEditor task={task.id} taskName={task.name} /> },
    { key: 'runs', label: 'Runs', children: <RunsList task={task.id} empty={<p className="card">It has not run yet.</p>} /> },
    { key: 'history', label: 'History', children: <HistoryTab task={task} /> },
  ].map((one) => ({ ...one, children: <Boundary what={`“${one.label}”`}><Suspense fallback={<Skeleton rows={4} />}>{one.children}</Suspense></Boundary> }));
  return <Tabs label="Parts of the task" activeKey={items.some((one) => one.key === tab) ? tab : 'overview'} onChange={setTab} items={items} destroyOnHidden />;
}
