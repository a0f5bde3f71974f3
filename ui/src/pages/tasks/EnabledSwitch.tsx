import { App, Switch } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { sentence } from '@/components/ErrorView';

interface Props {
  task: Pick<S['TaskSummary'], 'id' | 'name'>;
  schedule: S['TaskSchedule'];
}

const paths = ['/api/v1/tasks', '/api/v1/tasks/{task}'];
type Cached = S['Page_TaskSummary_'] | S['TaskSummary'];

/** Whether a task runs by itself; shown at once, and taken back when the server refuses. */
export function EnabledSwitch({ task, schedule }: Props) {
  const may = useCan('operator');
  const project = useProject();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const show = (is: boolean) => {
    const change = <T extends S['TaskSummary']>(one: T): T => (one.id === task.id && one.schedule ? { ...one, schedule: { ...one.schedule, is_enabled: is } } : one);
    queries.setQueriesData<Cached>({ predicate: (query) => paths.includes(String(query.queryKey[1])) }, (old) => {
      if (!old) return old;
      return 'items' in old ? { ...old, items: old.items.map(change) } : change(old);
    });
  };
  const turn = async (is: boolean) => {
    show(is);
    const params = { path: { task: task.id }, query: { project } };
    try {
      if (is) await client.POST('/api/v1/tasks/{task}/schedule/enable', { params });
      else await client.POST('/api/v1/tasks/{task}/schedule/disable', { params });
    } catch (error) {
      show(!is);
      void message.error({ content: sentence(error), duration: 8 });
    }
    void queries.invalidateQueries({ predicate: (query) => /^\/api\/v1\/(tasks|schedules|dashboard)/.test(String(query.queryKey[1])) });
  };
  return (
    <Switch
      checked={schedule.is_enabled} onChange={(is) => void turn(is)} disabled={!may}
      aria-label={`Run ${task.name} by its schedule`} title={may ? undefined : 'Only operators of the project may do this.'}
    />
  );
}
