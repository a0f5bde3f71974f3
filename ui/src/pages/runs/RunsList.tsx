import { lazy, Suspense, useMemo, useState, type Key } from 'react';
import { App, type TableColumnType } from 'antd';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { DataList, usePage } from '@/components/DataList';
import { sentence } from '@/components/ErrorView';
import { FilterBar, type Filter } from '@/components/FilterBar';
import { Icon } from '@/components/icons';
import { Empty, QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag, Tag, stateWord } from '@/components/StateTag';
import { count, duration, plural } from '@/lib/format';
import { DURATIONS, durationRange, timeRange } from '@/lib/times';
import { useUrlFilters } from '@/lib/url';
import { TRIGGERS, isFinished, triggerWord } from './words';

const SavedViews = lazy(() => import('@/components/SavedViews').then((made) => ({ default: made.SavedViews })));

const KEYS = ['search', 'status', 'trigger', 'task', 'time', 'duration', 'rejects'] as const;
type FilterKey = (typeof KEYS)[number];
const NONE = Object.fromEntries(KEYS.map((key) => [key, ''])) as Record<FilterKey, string>;
type Run = S['RunSummary'];
const STATES: readonly S['Status'][] = ['PENDING', 'RUNNING', 'SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'CANCELLED'];

/** The runs of a project, or of one task of it (then without the task's name). */
export function RunsList({ task, strip, empty }: { task?: string; strip?: (runs: Run[]) => React.ReactNode; empty: React.ReactNode }) {
  const project = useProject();
  const { offset, limit } = usePage();
  const [values, set] = useUrlFilters(KEYS);
  const [selected, setSelected] = useState<Key[]>([]);
  const mayStop = useCan('operator');
  const range = useMemo(() => timeRange(values.time), [values.time]);
  const tasks = api.useQuery('get', '/api/v1/tasks', { params: { query: { project, limit: 500, sort: 'name' } } }, { enabled: task === undefined, staleTime: 60_000 });
  const runs = api.useQuery(
    'get', '/api/v1/runs',
    {
      params: {
        query: {
          project, limit, offset, ...range, ...durationRange(values.duration),
          task: task ?? (values.task || undefined),
          status: values.status ? (values.status.split(',').filter((one) => (STATES as string[]).includes(one)) as S['Status'][]) : undefined,
          trigger: TRIGGERS.find(([one]) => one === values.trigger)?.[0],
          search: values.search || undefined,
          has_rejects: values.rejects === '' ? undefined : values.rejects === 'yes',
        },
      },
    },
    { placeholderData: keepPreviousData },
  );
  const filters: Filter<FilterKey>[] = [
    ...(task === undefined ? [{ key: 'search', label: 'Search runs', kind: 'text' } as const] : []),
    { key: 'status', label: 'State', kind: 'many', options: STATES.map((one) => [one, stateWord(one)] as const).map(([a, b]) => [a, b]) },
    ...(task === undefined ? [{ key: 'task', label: 'Task', kind: 'one', options: (tasks.data?.items ?? []).map((one): [string, string] => [one.id, one.name]) } as const] : []),
    { key: 'trigger', label: 'Started by', kind: 'one', options: TRIGGERS },
    { key: 'time', label: 'Time', kind: 'time' },
    { key: 'duration', label: 'Duration', kind: 'one', options: DURATIONS },
    { key: 'rejects', label: 'Rejected rows', kind: 'one', options: [['yes', 'With rejected rows'], ['no', 'Without rejected rows']] },
  ];
  const isFiltered = KEYS.some((key) => values[key] !== '' && !(task !== undefined && key === 'task'));
  const clear = () => set(NONE);
  const going = (runs.data?.items ?? []).filter((run) => selected.includes(run.id) && !isFinished(run.status));
  return (
    <>
      <FilterBar label="Filter runs" filters={filters} values={values} set={(next) => { setSelected([]); set(next); }}>
        {task === undefined && <Suspense><SavedViews list="runs" values={values} set={(view) => { setSelected([]); set({ ...NONE, ...view }); }} /></Suspense>}
      </FilterBar>
      <QueryBoundary what="The runs" query={runs} skeleton={<Skeleton rows={8} height={46} />} isEmpty={(page) => page.total === 0 && page.items.length === 0 && !isFiltered} empty={empty}>
        {(page) => (
          <>
            {strip?.(page.items)}
            <p role="status" className="sr-only">{plural(page.total, 'run')} found</p>
            <DataList<Run>
              label="Runs" page={page} rowKey={(run) => run.id} columns={columnsFor(task === undefined)} card={(run) => <Card run={run} hasTask={task === undefined} />} isFetching={runs.isFetching}
              noMatch={<Empty title="No run matches" action={<button type="button" className="button" onClick={clear}>Clear filters</button>} />}
              selection={mayStop ? { selected, set: setSelected, bar: <BulkCancel runs={going} done={() => setSelected([])} /> } : undefined}
            />
          </>
        )}
      </QueryBoundary>
    </>
  );
}

function BulkCancel({ runs, done }: { runs: Run[]; done: () => void }) {
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const cancel = async () => {
    setBusy(true);
    const answers = await Promise.allSettled(runs.map((run) => client.POST('/api/v1/runs/{run_id}/cancel', { params: { path: { run_id: run.id } } })));
    setBusy(false);
    const failed = answers.find((one) => one.status === 'rejected');
    if (failed) void message.error({ content: sentence(failed.reason), duration: 8 });
    const asked = answers.filter((one) => one.status === 'fulfilled').length;
    if (asked > 0) void message.success(`${plural(asked, 'run was', 'runs were')} asked to stop.`);
    void queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).startsWith('/api/v1/runs') });
    done();
  };
  return (
    <>
      <button type="button" className="button" onClick={() => void cancel()} disabled={runs.length === 0 || isBusy}>
        <Icon name="stop" size={16} />
        Cancel {runs.length > 0 ? plural(runs.length, 'run') : ''}
      </button>
      {runs.length === 0 && <span className="muted">None of these is under way.</span>}
      <button type="button" className="button quiet" onClick={done}>Clear the selection</button>
    </>
  );
}

const number = (value: number, tone?: string) => <span className={value === 0 ? 'number muted' : 'number'} style={tone && value > 0 ? { color: tone } : undefined}>{count(value)}</span>;
const rowsOf = (key: keyof Run & `${string}_records`, title: string, tone?: string): TableColumnType<Run> => ({
  key, title, align: 'right', render: (_, run) => number(run[key], tone),
});

function columnsFor(hasTask: boolean): TableColumnType<Run>[] {
  return [
    { key: 'status', title: 'State', render: (_, run) => <Link to={`/runs/${run.id}`} aria-label={`${stateWord(run.status)}: run of ${run.task_name}`} style={{ textDecoration: 'none' }}><StateTag status={run.status} /></Link> },
    {
      key: 'task', title: hasTask ? 'Task' : 'Run',
      render: (_, run) => (
        <div style={{ maxWidth: 230 }}>
          <div className="row" style={{ gap: 6, flexWrap: 'nowrap' }}>
            <Link to={`/runs/${run.id}`} className="ellipsis" title={run.task_name}>{hasTask ? run.task_name || 'A definition' : 'Open'}</Link>
            {run.is_dry && <Tag tone="info">Dry run</Tag>}
          </div>
          {run.task_version !== null && <div className="muted small">version {run.task_version}</div>}
        </div>
      ),
    },
    { key: 'trigger', title: 'Started by', render: (_, run) => <div style={{ maxWidth: 170 }}>{triggerWord(run.trigger)}{run.triggered_by_name && <div className="muted small ellipsis" title={run.triggered_by_name}>{run.triggered_by_name}</div>}</div> },
    { key: 'start', title: 'Start', render: (_, run) => <RelativeTime at={run.started_at ?? run.queued_at} /> },
    { key: 'duration', title: 'Duration', align: 'right', render: (_, run) => <span className="number nowrap">{isFinished(run.status) ? duration(run.duration_seconds) : '–'}</span> },
    rowsOf('total_records', 'Read'), rowsOf('inserted_records', 'Inserted'), rowsOf('updated_records', 'Updated'), rowsOf('skipped_records', 'Skipped'),
    rowsOf('rejected_records', 'Rejected', 'var(--warning)'),
  ];
}

function Card({ run, hasTask }: { run: Run; hasTask: boolean }) {
  return (
    <div className="stack" style={{ gap: 4 }}>
      <div className="spread">
        <Link to={`/runs/${run.id}`} style={{ fontWeight: 600 }}>{hasTask ? run.task_name || 'A definition' : `Version ${run.task_version ?? '–'}`}</Link>
        <StateTag status={run.status} />
      </div>
      <div className="muted small">
        {triggerWord(run.trigger)} · <RelativeTime at={run.started_at ?? run.queued_at} />{isFinished(run.status) && ` · ${duration(run.duration_seconds)}`}{run.is_dry && ' · dry run'}
      </div>
      <div className="number">{plural(run.total_records, 'row')} read{run.rejected_records > 0 && <span style={{ color: 'var(--warning)' }}> · {count(run.rejected_records)} rejected</span>}</div>
    </div>
  );
}
