import { api } from '@/api/client';
import { useProject } from '@/api/session';

const MOST = 200;

/** Begins a schedule: choosing one of the tasks that have none opens it at the side. */
export function AddSchedule({ open }: { open: (task: { id: string; name: string }) => void }) {
  const project = useProject();
  const { data } = api.useQuery('get', '/api/v1/tasks', { params: { query: { project, limit: MOST, sort: 'name', schedule: 'none' } } });
  if (!data?.items.length) return null;
  const begin = (id: string) => {
    const task = data.items.find((one) => one.id === id);
    if (task) open(task);
  };
  return (
    <label>
      <span className="sr-only">Add a schedule for a task</span>
      <select className="select" value="" onChange={(event) => begin(event.target.value)} style={{ maxWidth: '100%' }}>
        <option value="" disabled hidden>Add a schedule for …</option>
        {data.items.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        {data.total > data.items.length && <option disabled>{`${data.total - data.items.length} more: open them from the list of tasks`}</option>}
      </select>
    </label>
  );
}
