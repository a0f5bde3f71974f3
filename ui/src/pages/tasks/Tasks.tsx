import { lazy, Suspense, useState, type Key } from 'react';
import type { TableColumnType } from 'antd';
import { keepPreviousData } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { DataList, usePage } from '@/components/DataList';
import { FilterBar, type Filter } from '@/components/FilterBar';
import { Icon } from '@/components/icons';
import { PageHeader } from '@/components/PageHeader';
import { Empty, QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { Recent } from '@/components/Recent';
import { RelativeTime } from '@/components/RelativeTime';
import { Sample } from '@/components/Sample';
import { StateTag } from '@/components/StateTag';
import { plural } from '@/lib/format';
import { useUrlFilters } from '@/lib/url';
import { BulkBar } from './BulkBar';
import { EnabledSwitch } from './EnabledSwitch';
import { TaskMenu } from './TaskMenu';
import { BY_SCHEDULE, LAST_STATES, SOURCES, bySchedule, fromWhere, statesOf, toWhere } from './words';

const DryRun = lazy(() => import('./DryRun').then((made) => ({ default: made.DryRun })));
const SavedViews = lazy(() => import('@/components/SavedViews').then((made) => ({ default: made.SavedViews })));

const KEYS = ['search', 'state', 'schedule', 'source', 'connection'] as const;
type Task = S['TaskSummary'];

export default function Tasks() {
  const project = useProject();
  const { offset, limit } = usePage();
  const [values, set] = useUrlFilters(KEYS);
  const [selected, setSelected] = useState<Key[]>([]);
  const [dry, setDry] = useState<Task | null>(null);
  const mayEdit = useCan('editor');
  const mayRun = useCan('operator');
  const connections = api.useQuery('get', '/api/v1/connections', { params: { query: { project, limit: 500, sort: 'name' } } }, { staleTime: 60_000 });
  const tasks = api.useQuery(
    'get', '/api/v1/tasks',
    { params: { query: { project, limit, offset, sort: 'name', search: values.search, source_kind: values.source, connection: values.connection, state: statesOf(values.state), schedule: bySchedule(values.schedule) } } },
    { placeholderData: keepPreviousData },
  );
  const filters: Filter<(typeof KEYS)[number]>[] = [
    { key: 'search', label: 'Search tasks', kind: 'text' },
    { key: 'state', label: 'Last run', kind: 'many', options: LAST_STATES },
    { key: 'schedule', label: 'Schedule', kind: 'one', options: BY_SCHEDULE },
    { key: 'source', label: 'Source', kind: 'one', options: SOURCES },
    { key: 'connection', label: 'Connection', kind: 'one', options: (connections.data?.items ?? []).map((one): [string, string] => [one.name, one.name]) },
  ];
  const isFiltered = KEYS.some((key) => values[key] !== '');
  const replace = (next: Record<string, string>) => { setSelected([]); set(Object.fromEntries(KEYS.map((key) => [key, next[key] ?? '']))); };
  const make = (
    <Link className="button primary" to="/tasks/new" aria-disabled={!mayEdit}>
      <Icon name="plus" size={16} />
      New task
    </Link>
  );
  return (
    <>
      <PageHeader title="Tasks" actions={mayEdit ? make : undefined} />
      <FilterBar label="Filter tasks" filters={filters} values={values} set={(next) => { setSelected([]); set(next); }}>
        <Suspense><SavedViews list="tasks" values={values} set={replace} /></Suspense>
      </FilterBar>
      <QueryBoundary
        what="The tasks" query={tasks} skeleton={<Skeleton rows={6} height={56} />} isEmpty={(page) => page.total === 0 && !isFiltered}
        empty={
          <Empty title="No tasks yet" action={mayEdit ? <>{make}<Sample project={project} /></> : undefined}>
            A task says where data comes from, how its fields become columns, and which table it goes to. {mayEdit ? 'The first one takes a few minutes.' : 'An editor of the project can make one.'}
          </Empty>
        }
      >
        {(page) => (
          <>
            <p role="status" className="sr-only">{plural(page.total, 'task')} found</p>
            <DataList<Task>
              label="Tasks" page={page} rowKey={(task) => task.id} columns={columns(project, setDry)} card={(task) => <Card task={task} dry={setDry} />} isFetching={tasks.isFetching}
              noMatch={<Empty title="No task matches" action={<button type="button" className="button" onClick={() => replace({})}>Clear filters</button>} />}
              selection={mayRun ? { selected, set: setSelected, bar: <BulkBar tasks={page.items.filter((one) => selected.includes(one.id))} done={() => setSelected([])} /> } : undefined}
            />
          </>
        )}
      </QueryBoundary>
      {dry && <Suspense><DryRun task={dry} close={() => setDry(null)} /></Suspense>}
    </>
  );
}

function columns(project: string, dry: (task: Task) => void): TableColumnType<Task>[] {
  return [
    {
      key: 'name', title: 'Name',
      render: (_, task) => (
        <div style={{ maxWidth: 230 }}>
          <Link to={`/tasks/${task.id}`} style={{ fontWeight: 600 }}>{task.name}</Link>
          <div className="muted small ellipsis" title={task.description || undefined}>{task.description || project}</div>
        </div>
      ),
    },
    { key: 'way', title: 'Source → destination', render: (_, task) => <Way task={task} /> },
    { key: 'schedule', title: 'Schedule and next run', render: (_, task) => <ScheduleWords schedule={task.schedule} /> },
    { key: 'recent', title: 'Last 10 runs', render: (_, task) => <Recent runs={task.recent ?? []} /> },
    { key: 'last', title: 'Last run', render: (_, task) => <LastRun task={task} /> },
    { key: 'enabled', title: 'Enabled', render: (_, task) => (task.schedule ? <EnabledSwitch task={task} schedule={task.schedule} /> : <span className="muted">–</span>) },
    { key: 'menu', width: 60, title: <span className="sr-only">Actions</span>, render: (_, task) => <TaskMenu task={task} dry={() => dry(task)} /> },
  ];
}

function Way({ task }: { task: Task }) {
  return (
    <span className="row" style={{ gap: 6, flexWrap: 'nowrap' }}>
      <span className="ellipsis" style={{ maxWidth: 150 }} title={fromWhere(task)}>{fromWhere(task)}</span>
      <span className="muted" aria-label="to">→</span>
      <span className="ellipsis" style={{ maxWidth: 190 }} title={toWhere(task)}>{toWhere(task)}</span>
    </span>
  );
}

function ScheduleWords({ schedule }: { schedule: Task['schedule'] }) {
  if (!schedule) return <span className="muted">By hand</span>;
  return (
    <div style={{ maxWidth: 230 }}>
      {schedule.paused_at ? <span style={{ color: 'var(--warning)' }}>Paused after failures: </span> : !schedule.is_enabled && <span className="muted">Off: </span>}
      {schedule.words}
      <div className="muted small">{schedule.cron && <code>{schedule.cron}</code>}{schedule.next_run_at && <>{schedule.cron && ' · '}next <RelativeTime at={schedule.next_run_at} /></>}</div>
    </div>
  );
}

function LastRun({ task }: { task: Task }) {
  if (!task.last_run) return <span className="muted">Never ran</span>;
  return (
    <Link to={`/runs/${task.last_run.id}`} style={{ display: 'grid', justifyItems: 'start', gap: 2, textDecoration: 'none' }}>
      <StateTag status={task.last_run.status} />
      <span className="muted small"><RelativeTime at={task.last_run.finished_at ?? task.last_run.started_at} none="" /></span>
    </Link>
  );
}

function Card({ task, dry }: { task: Task; dry: (task: Task) => void }) {
  return (
    <div className="stack" style={{ gap: 6 }}>
      <div className="spread" style={{ flexWrap: 'nowrap' }}>
        <Link to={`/tasks/${task.id}`} style={{ fontWeight: 600 }}>{task.name}</Link>
        <TaskMenu task={task} dry={() => dry(task)} />
      </div>
      <div className="muted small">{fromWhere(task)} → {toWhere(task)}</div>
      <div className="muted small">{task.schedule ? `${task.schedule.is_enabled ? '' : 'Off: '}${task.schedule.words ?? ''}` : 'Runs by hand'}</div>
      <div className="spread">
        <LastRun task={task} />
        <Recent runs={task.recent ?? []} />
      </div>
    </div>
  );
}
