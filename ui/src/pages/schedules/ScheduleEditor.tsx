import { ApiError, api } from '@/api/client';
import { useProject } from '@/api/session';
import { QueryBoundary } from '@/components/QueryBoundary';

/** When a task runs by itself. */
export default function ScheduleEditor({ task, taskName }: { task: string; taskName: string }) {
  const project = useProject();
  const schedule = api.useQuery('get', '/api/v1/tasks/{task}/schedule', { params: { path: { task }, query: { project } } });
  if (schedule.error instanceof ApiError && schedule.error.status === 404) return <p>{taskName} has no schedule.</p>;
  return (
    <QueryBoundary what="The schedule" query={schedule}>
      {(found) => <p>{found.words}</p>}
    </QueryBoundary>
  );
}
