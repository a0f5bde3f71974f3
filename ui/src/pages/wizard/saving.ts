import { client, type S } from '@/api/client';
import { toSend, type Draft, type Step } from './draft';

/** Which step a refused place belongs to. */
export function stepOf(path: string): Step {
  const first = path.split(/[.[]/)[0];
  switch (first) {
    case 'source':
      return 'source';
    case 'mapping':
      return 'mapping';
    case 'rules':
      return 'cleaning';
    case 'load':
      return 'destination';
    case 'schedule':
    case 'cron':
    case 'every':
      return 'schedule';
    default:
      return 'review';
  }
}

/** Save a draft as a new task, or as the next version of one. A schedule that was taken away goes with it. */
export async function save(project: string, draft: Draft, task: S['TaskView'] | undefined, note: string, hadSchedule: boolean): Promise<S['TaskView']> {
  const body = toSend(draft) as unknown as Record<string, unknown>;
  if (!task) {
    const { data } = await client.POST('/api/v1/tasks', { params: { query: { project } }, body });
    return data!;
  }
  const { data } = await client.PUT('/api/v1/tasks/{task}', {
    params: { path: { task: task.id }, query: { project, note }, header: { 'if-match': `"${task.version}"` } }, body,
  });
  if (hadSchedule && !draft.schedule) await client.DELETE('/api/v1/tasks/{task}/schedule', { params: { path: { task: task.id }, query: { project } } });
  return data!;
}

/** Start a run in the background, and say which one it is. */
export async function start(project: string, task: string): Promise<string> {
  const { data } = await client.POST('/api/v1/runs', { params: { query: { project } }, body: { task, wait: false, dry_run: false, max_attempts: 1 } });
  return data!.id;
}
