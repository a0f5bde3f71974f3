import { lazy, Suspense, useState } from 'react';
import { useNavigate } from 'react-router';
import type { S } from '@/api/client';
import { useCan } from '@/api/session';
import { Menu, type Entry } from '@/components/Menu';
import { useTaskActs } from './useTaskActs';

const RunOptions = lazy(() => import('./RunOptions').then((made) => ({ default: made.RunOptions })));

/** What can be done with a task of the list. Actions that the person may not do are left out. */
export function TaskMenu({ task, dry }: { task: S['TaskSummary']; dry: () => void }) {
  const mayRun = useCan('operator');
  const mayEdit = useCan('editor');
  const go = useNavigate();
  const acts = useTaskActs();
  const [isAsking, setAsking] = useState(false);
  const entries: (Entry | 'line')[] = [];
  if (mayRun) entries.push({ key: 'run', label: 'Run now', act: () => void acts.run(task) }, { key: 'options', label: 'Run with options', act: () => setAsking(true) }, { key: 'dry', label: 'Dry run', act: dry });
  if (mayEdit) {
    entries.push({ key: 'edit', label: 'Edit', to: `/tasks/${task.id}/edit` }, { key: 'duplicate', label: 'Duplicate', act: () => void acts.duplicate(task) });
  }
  entries.push({ key: 'export', label: 'Export as a file', act: () => acts.exportFile([task]) }, { key: 'history', label: 'History', to: `/tasks/${task.id}?tab=history` });
  if (mayEdit) entries.push('line', { key: 'delete', label: 'Delete', danger: true, act: () => acts.remove(task, () => void go('/tasks')) });
  return (
    <>
      <Menu label={`More for ${task.name}`} entries={entries} disabled={acts.isBusy} />
      {isAsking && <Suspense><RunOptions task={task} close={() => setAsking(false)} /></Suspense>}
    </>
  );
}
