import { useMemo } from 'react';
import { Link } from 'react-router';
import { api } from '@/api/client';
import { useProject } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { Empty } from '@/components/QueryBoundary';
import { RunStrip } from '@/components/RunStrip';
import { RunsList } from './RunsList';

export default function Runs() {
  const project = useProject();
  const schedules = api.useQuery('get', '/api/v1/schedules', { params: { query: { project, enabled: true, limit: 100, sort: 'next_run_at' } } });
  const planned = useMemo(
    () => (schedules.data?.items ?? []).flatMap((one) => (one.next_run_at && !one.is_paused ? [{ task_id: one.task_id, task_name: one.task_name, at: one.next_run_at }] : [])),
    [schedules.data],
  );
  return (
    <>
      <PageHeader title="Runs" />
      <List planned={planned} />
    </>
  );
}

function List({ planned }: { planned: { task_id: string; task_name: string; at: string }[] }) {
  return (
    <RunsList
      strip={(runs) => <RunStrip past={runs} planned={planned} now={Date.now()} />}
      empty={
        <Empty title="Nothing has run yet" action={<><Link className="button primary" to="/tasks">Go to the tasks</Link><Link className="button" to="/tasks/new">New task</Link></>}>
          A run is one execution of a task. Start a task, and you can watch it here row by row.
        </Empty>
      }
    />
  );
}
