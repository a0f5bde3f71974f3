import { App } from 'antd';
import { Link, useNavigate } from 'react-router';
import { useQueryClient } from '@tanstack/react-query';
import { client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { Icon } from '@/components/icons';
import { Menu, type Entry } from '@/components/Menu';
import { useAct } from '@/components/useAct';
import { plural } from '@/lib/format';
import { useUrlState } from '@/lib/url';
import { isFinished } from './words';

const WHY = 'Only operators of the project may do this.';

/** What can be done with a run: stop it, or do it again. */
export function RunActions({ run, onFix }: { run: S['RunView']; onFix: () => void }) {
  const may = useCan('operator');
  const go = useNavigate();
  const project = useProject();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [tab] = useUrlState('tab', '');
  const [act, isBusy] = useAct();
  const path = { run_id: run.id };
  const show = ({ data }: { data?: S['RunView'] }) => {
    if (data) void go(`/runs/${data.id}`);
  };
  const retry = (current: boolean) => act(() => client.POST('/api/v1/runs/{run_id}/retry', { params: { path }, body: { current, wait: false } }), show);
  const again = (version?: number) =>
    act(() => client.POST('/api/v1/runs', { params: { query: { project } }, body: { task: run.task_id, version, dry_run: run.is_dry, max_attempts: 1, wait: false } }), show);
  const replay = (version: 'current' | 'parent') =>
    act(() => client.POST('/api/v1/runs/{run_id}/replay', { params: { path }, body: { version, wait: false, groups: [], rows: [], edited: false } }), show);
  const cancel = () =>
    act(() => client.POST('/api/v1/runs/{run_id}/cancel', { params: { path } }), () => {
      void message.success('The run was asked to stop.');
      void queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).startsWith('/api/v1/runs') });
    });
  const refused = may ? undefined : WHY;

  if (!isFinished(run.status)) {
    const asked = run.cancel_requested_at !== null;
    return (
      <button type="button" className="button" onClick={() => void cancel()} disabled={!may || isBusy || asked} title={refused}>
        <Icon name="stop" size={16} />
        {asked ? 'Stopping' : 'Cancel'}
      </button>
    );
  }
  const retryable = run.status !== 'SUCCESS';
  const version = run.task_version;
  const entries: (Entry | 'line')[] = [];
  if (retryable && run.task_id) entries.push({ key: 'current', label: 'Retry with the task as it is now', act: () => void retry(true) });
  if (!retryable && run.task_id && version !== null) entries.push({ key: 'same', label: `Run again with version ${version}`, act: () => void again(version) });
  if (run.rejects.open > 0 && !run.is_dry) {
    if (entries.length) entries.push('line');
    const rows = plural(run.rejects.open, 'rejected row');
    entries.push({ key: 'replay', label: `Replay ${rows} with the task as it is now`, act: () => void replay('current') });
    if (version !== null) entries.push({ key: 'replay-same', label: `Replay ${rows} with version ${version}`, act: () => void replay('parent') });
  }
  const canAgain = retryable || run.task_id !== null;
  // What could not be loaded is waiting; loading everything again would only reject it again.
  const isToFix = run.rejects.open > 0 && !run.is_dry && run.status === 'PARTIAL_SUCCESS';
  return (
    <>
      {isToFix && tab !== 'rejected' && <Link className="button primary" to="?tab=rejected" onClick={onFix}>Fix rejected rows</Link>}
      {canAgain && (
        <button type="button" className={isToFix ? 'button' : 'button primary'} onClick={() => void (retryable ? retry(false) : again())} disabled={!may || isBusy} title={refused}>
          <Icon name="play" size={16} />
          {retryable ? 'Retry' : run.is_dry ? 'Dry run again' : 'Run again'}
        </button>
      )}
      {entries.length > 0 && <Menu label="More ways to run it again" entries={entries} disabled={!may || isBusy} />}
    </>
  );
}
