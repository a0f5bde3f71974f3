import './schedules.css';
import { lazy, Suspense, useRef } from 'react';
import { App, Drawer, Switch, type TableColumnType } from 'antd';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { DataList, usePage } from '@/components/DataList';
import { sentence } from '@/components/ErrorView';
import { PageHeader } from '@/components/PageHeader';
import { Empty, QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StateTag } from '@/components/StateTag';
import { useUrlFilters } from '@/lib/url';
import { AddSchedule } from './AddSchedule';
import { Calendar } from './Calendar';
import { ScheduleTag } from './State';

// The builder comes when a schedule is opened: the list is there sooner without it.
const ScheduleEditor = lazy(() => import('./ScheduleEditor'));

type View = S['ScheduleView'];
const KEYS = ['tab', 'on', 'task', 'name'] as const;

/** When tasks run by themselves: a list, or a calendar; one is opened at the side. */
export default function Schedules() {
  const [url, set] = useUrlFilters(KEYS);
  const opener = useRef<Element | null>(null);
  const isCalendar = url.tab === 'calendar';
  const canEdit = useCan('editor');
  const open = (task: { id: string; name: string }) => {
    opener.current = document.activeElement;
    set({ task: task.id, name: task.name });
  };
  const close = () => {
    set({ task: '', name: '' });
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  return (
    <>
      <PageHeader title="Schedules" actions={canEdit && <AddSchedule open={open} />}>When tasks run by themselves.</PageHeader>
      <div className="row" role="group" aria-label="Shown as" style={{ marginBottom: 14 }}>
        <button type="button" className={isCalendar ? 'button' : 'button primary'} aria-pressed={!isCalendar} onClick={() => set({ tab: '' })}>List</button>
        <button type="button" className={isCalendar ? 'button primary' : 'button'} aria-pressed={isCalendar} onClick={() => set({ tab: 'calendar' })}>Calendar</button>
      </div>
      {isCalendar ? <Calendar open={open} /> : <List on={url.on} setOn={(on) => set({ on })} open={open} />}
      <Drawer open={url.task !== ''} onClose={close} title={url.name ? `Schedule of ${url.name}` : 'Schedule'} size={760} destroyOnHidden extra={<Link to={`/tasks/${url.task}`}>Open the task</Link>}>
        {url.task && (
          <Suspense fallback={<Skeleton rows={5} height={56} />}>
            <ScheduleEditor task={url.task} taskName={url.name || 'The task'} />
          </Suspense>
        )}
      </Drawer>
    </>
  );
}

function List({ on, setOn, open }: { on: string; setOn: (on: string) => void; open: (task: { id: string; name: string }) => void }) {
  const project = useProject();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const canRun = useCan('operator');
  const { offset, limit } = usePage();
  const enabled = on === 'yes' ? true : on === 'no' ? false : undefined;
  const query = api.useQuery('get', '/api/v1/schedules', { params: { query: { project, offset, limit, enabled } } }, { placeholderData: keepPreviousData });
  const refresh = () => queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).includes('/schedule') });
  const act = async (one: View, what: 'enable' | 'disable' | 'resume') => {
    const path = '/api/v1/schedules';
    const change = (is: boolean) =>
      queries.setQueriesData<S['Page_ScheduleView_']>({ predicate: ({ queryKey }) => queryKey[1] === path }, (page) =>
        page?.items ? { ...page, items: page.items.map((item) => (item.id === one.id ? { ...item, is_enabled: is } : item)) } : page);
    if (what !== 'resume') change(what === 'enable');
    try {
      await client.POST(`/api/v1/tasks/{task}/schedule/${what}`, { params: { path: { task: one.task_id }, query: { project } } });
    } catch (error) {
      change(one.is_enabled);
      void message.error(sentence(error), 8);
    }
    await refresh();
  };
  const toggle = (one: View) =>
    canRun ? (
      <Switch size="small" checked={one.is_enabled} onChange={(is) => void act(one, is ? 'enable' : 'disable')} aria-label={`Schedule of ${one.task_name}`} />
    ) : (
      <ScheduleTag schedule={one} />
    );
  const name = (one: View) => (
    <button type="button" className="link-button" onClick={() => open({ id: one.task_id, name: one.task_name })}>{one.task_name}</button>
  );
  const resume = (one: View) =>
    one.is_paused && (
      <span className="row" style={{ gap: 6 }}>
        <ScheduleTag schedule={one} />
        <span className="small">{one.paused_reason}</span>
        {canRun && <button type="button" className="button" onClick={() => void act(one, 'resume')}>Resume</button>}
      </span>
    );
  const last = (one: View) =>
    one.last_run_at ? (
      <span className="row" style={{ gap: 6 }}>
        {one.last_status && <StateTag status={one.last_status} />}
        {one.last_run_id ? <Link to={`/runs/${one.last_run_id}`}><RelativeTime at={one.last_run_at} /></Link> : <RelativeTime at={one.last_run_at} />}
      </span>
    ) : <span className="muted">not yet</span>;
  const columns: TableColumnType<View>[] = [
    { title: 'Task', key: 'task', render: (_, one) => name(one) },
    {
      title: 'When', key: 'when',
      render: (_, one) => (
        <div style={{ minWidth: 200, maxWidth: 420, whiteSpace: 'normal' }}>
          {one.words}
          {one.spec.cron && <div className="muted small"><code>{one.spec.cron}</code></div>}
          {resume(one)}
        </div>
      ),
    },
    { title: 'Time zone', key: 'zone', render: (_, one) => one.spec.timezone },
    { title: 'Next run', key: 'next', render: (_, one) => <RelativeTime at={one.next_run_at} none="none" /> },
    { title: 'Last run', key: 'last', render: (_, one) => last(one) },
    { title: 'On', key: 'on', render: (_, one) => toggle(one) },
  ];
  return (
    <QueryBoundary
      what="The schedules" query={query} isEmpty={(page) => page.total === 0 && on === ''}
      empty={
        <Empty
          title="No task runs by itself yet"
          action={<><Link className="button primary" to="/tasks">Choose a task</Link><Link className="button" to="/tasks/new">Make a task</Link></>}
        >
          A schedule belongs to a task: open one and give it the times at which it shall run, such as every weekday at six.
        </Empty>
      }
    >
      {(page) => (
        <div className="stack" style={{ gap: 12 }}>
          <label className="row" style={{ justifySelf: 'start' }}>
            <span>Show</span>
            <select className="select" style={{ width: 'auto' }} value={on} onChange={(event) => setOn(event.target.value)}>
              <option value="">All schedules</option>
              <option value="yes">Those that are on</option>
              <option value="no">Those that are off</option>
            </select>
          </label>
          <DataList<View>
            label="Schedules" page={page} rowKey={(one) => one.id} columns={columns} isFetching={query.isFetching}
            noMatch={
              <div className="card" style={{ textAlign: 'center' }}>
                <p>No schedule matches.</p>
                <button type="button" className="button" style={{ marginTop: 10 }} onClick={() => setOn('')}>Clear filters</button>
              </div>
            }
            card={(one) => (
              <div className="stack" style={{ gap: 6 }}>
                <div className="spread"><strong>{name(one)}</strong>{toggle(one)}</div>
                <span>{one.words}</span>
                <span className="muted">Next run: <RelativeTime at={one.next_run_at} none="none" /></span>
                <span className="row">Last run: {last(one)}</span>
                {resume(one)}
              </div>
            )}
          />
        </div>
      )}
    </QueryBoundary>
  );
}
