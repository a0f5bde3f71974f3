import { App } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { url } from '@/base';
import { useConfirmDanger } from '@/components/confirm';
import { useAct } from '@/components/useAct';

type Named = Pick<S['TaskSummary'], 'id' | 'name' | 'version'>;

/** Leads to a file that the browser saves. */
export function exportUrl(project: string, tasks: readonly Pick<Named, 'id'>[]): string {
  return url(`/api/v1/projects/${encodeURIComponent(project)}/export?${tasks.map((one) => `task=${encodeURIComponent(one.id)}`).join('&')}`);
}

/** Save a file under the address without leaving the page. */
export function download(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}

/** What can be done with a task, from a list or from its page. */
export function useTaskActs() {
  const project = useProject();
  const go = useNavigate();
  const queries = useQueryClient();
  const danger = useConfirmDanger();
  const { message } = App.useApp();
  const [act, isBusy] = useAct();
  const query = { project };
  const refresh = () => queries.invalidateQueries({ predicate: (one) => /^\/api\/v1\/(tasks|runs|schedules|dashboard)/.test(String(one.queryKey[1])) });
  return {
    isBusy,
    refresh,
    run: (task: Named) =>
      act(() => client.POST('/api/v1/runs', { params: { query }, body: { task: task.id, wait: false, dry_run: false, max_attempts: 1 } }), ({ data }) => {
        if (data) void go(`/runs/${data.id}`);
      }),
    duplicate: (task: Named) =>
      act(() => client.POST('/api/v1/tasks/{task}/clone', { params: { path: { task: task.id }, query } }), ({ data }) => {
        void message.success(`“${data?.name ?? task.name}” was made.`);
        if (data) void go(`/tasks/${data.id}`);
      }),
    exportFile: (tasks: readonly Named[]) => download(exportUrl(project, tasks)),
    remove: (task: Named, done: () => void) =>
      danger({
        title: `Delete “${task.name}”?`,
        text: 'Its settings, versions and schedule are lost. Its runs and the rows that it loaded stay.',
        name: task.name,
        verb: 'Delete the task',
        act: () =>
          act(() => client.DELETE('/api/v1/tasks/{task}', { params: { path: { task: task.id }, query }, headers: { 'If-Match': `"${task.version}"` } }), () => {
            void message.success(`“${task.name}” was deleted.`);
            void refresh();
            done();
          }),
      }),
  };
}
