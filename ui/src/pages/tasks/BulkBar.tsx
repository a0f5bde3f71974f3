import { useState } from 'react';
import { App } from 'antd';
import { client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { sentence } from '@/components/ErrorView';
import { plural } from '@/lib/format';
import { useTaskActs } from './useTaskActs';

type Task = S['TaskSummary'];

/** What can be done with several tasks at once. */
export function BulkBar({ tasks, done }: { tasks: Task[]; done: () => void }) {
  const project = useProject();
  const mayRun = useCan('operator');
  const mayEdit = useCan('editor');
  const { message } = App.useApp();
  const danger = useConfirmDanger();
  const { refresh, exportFile } = useTaskActs();
  const [isBusy, setBusy] = useState(false);
  const scheduled = tasks.filter((one) => one.schedule);
  const all = async (chosen: Task[], said: (number: number) => string, one: (task: Task) => Promise<unknown>) => {
    setBusy(true);
    const answers = await Promise.allSettled(chosen.map(one));
    setBusy(false);
    const refused = answers.flatMap((answer, index) => (answer.status === 'rejected' ? [`${chosen[index]?.name}: ${sentence(answer.reason)}`] : []));
    const good = answers.length - refused.length;
    if (good > 0) void message.success(said(good));
    if (refused.length > 0) void message.error({ content: refused.slice(0, 3).join(' '), duration: 10 });
    void refresh();
    if (refused.length === 0) done();
  };
  const params = (task: Task) => ({ path: { task: task.id }, query: { project } });
  const run = () => all(tasks, (n) => `${plural(n, 'run was', 'runs were')} started.`, (task) => client.POST('/api/v1/runs', { params: { query: { project } }, body: { task: task.id, wait: false, dry_run: false, max_attempts: 1 } }));
  const enable = () => all(scheduled, (n) => `${plural(n, 'schedule')} enabled.`, (task) => client.POST('/api/v1/tasks/{task}/schedule/enable', { params: params(task) }));
  const disable = () => all(scheduled, (n) => `${plural(n, 'schedule')} disabled.`, (task) => client.POST('/api/v1/tasks/{task}/schedule/disable', { params: params(task) }));
  const remove = () =>
    danger({
      title: `Delete ${plural(tasks.length, 'task')}?`,
      text: `Lost are the settings, versions and schedules of: ${tasks.slice(0, 8).map((one) => one.name).join(', ')}${tasks.length > 8 ? ` and ${tasks.length - 8} more` : ''}. Runs and loaded rows stay.`,
      name: `delete ${tasks.length}`, verb: 'Delete',
      act: () => all(tasks, (n) => `${plural(n, 'task was', 'tasks were')} deleted.`, (task) => client.DELETE('/api/v1/tasks/{task}', { params: params(task), headers: { 'If-Match': `"${task.version}"` } })),
    });
  return (
    <>
      {mayRun && <button type="button" className="button" disabled={isBusy} onClick={() => void run()}>Run</button>}
      {mayRun && <button type="button" className="button" disabled={isBusy || scheduled.length === 0} title={scheduled.length ? undefined : 'None of these has a schedule.'} onClick={() => void enable()}>Enable</button>}
      {mayRun && <button type="button" className="button" disabled={isBusy || scheduled.length === 0} title={scheduled.length ? undefined : 'None of these has a schedule.'} onClick={() => void disable()}>Disable</button>}
      <button type="button" className="button" onClick={() => exportFile(tasks)}>Export</button>
      {mayEdit && <button type="button" className="button" disabled={isBusy} onClick={remove}>Delete</button>}
      <button type="button" className="button quiet" onClick={done}>Clear the selection</button>
    </>
  );
}
