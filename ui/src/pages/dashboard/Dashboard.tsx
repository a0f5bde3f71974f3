import './dashboard.css';
import { Link } from 'react-router';
import { api } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { ErrorView } from '@/components/ErrorView';
import { PageHeader } from '@/components/PageHeader';
import { Skeleton } from '@/components/QueryBoundary';
import { Attention } from './Attention';
import { FirstSteps, Nothing } from './FirstSteps';
import { Kpis, KpiSkeleton } from './Kpis';
import { useDashboard } from './numbers';
import { RecentRuns } from './RecentRuns';
import { Throughput } from './Throughput';
import { Upcoming } from './Upcoming';

/** How the project is doing: what needs somebody comes before what is merely new. */
export default function Dashboard() {
  const project = useProject();
  const canDefine = useCan('editor');
  const dashboard = useDashboard(project);
  const schedules = api.useQuery('get', '/api/v1/schedules', { params: { query: { project, limit: 200, sort: 'next_run_at' } } });
  const { data, error } = dashboard;
  const isNew = data !== undefined && data.tasks === 0 && data.recent.length === 0 && data.running + data.pending === 0;
  return (
    <>
      <PageHeader
        title="Dashboard"
        actions={canDefine && !isNew && <Link className="button primary" to="/tasks/new">New task</Link>}
      >
        {data && !isNew && busy(data.running, data.pending)}
      </PageHeader>
      {error ? <ErrorView what="The numbers" error={error} retry={() => void dashboard.refetch()} /> : null}
      {isNew ? (
        <div className="stack">
          <Nothing project={project} />
          <FirstSteps data={data} project={project} />
        </div>
      ) : (
        <div className="stack" aria-busy={dashboard.isFetching}>
          {data ? <Kpis data={data} project={project} /> : !error && <div role="status" aria-label="The numbers: loading"><KpiSkeleton /></div>}
          {data && <FirstSteps data={data} project={project} />}
          <div className="board">
            <div className="stack">
              {data ? <Attention data={data} schedules={schedules.data?.items ?? []} /> : !error && <Skeleton height={120} />}
              <RecentRuns project={project} />
            </div>
            <div className="stack">
              <Throughput project={project} />
              <Upcoming query={schedules} />
            </div>
          </div>
        </div>
      )}
    </>
  );
}

function busy(running: number, pending: number): string {
  if (running + pending === 0) return 'Nothing is running now.';
  return [running > 0 && `${running} running now`, pending > 0 && `${pending} waiting`].filter(Boolean).join(', ') + '.';
}
