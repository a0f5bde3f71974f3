import './schedules.css';
import { useRef, useState } from 'react';
import { App } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { api, ApiError, client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import CronBuilder, { newSchedule } from '@/components/cron/CronBuilder';
import { useNextRuns, wrongWith, type Spec } from '@/components/cron/NextRuns';
import { sentence } from '@/components/ErrorView';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { StaleEdit } from '@/components/StaleEdit';
import { useLeaveGuard } from '@/lib/guard';
import { useShortcuts } from '@/lib/keys';
import { Backfill } from './Backfill';
import { ScheduleRuns } from './ScheduleRuns';
import { spoken } from './spoken';
import { ScheduleState } from './State';

interface Props {
  task: string;
  taskName: string;
}

/** The schedule of one task: when it runs, on or off, what was missed, and what became of it. */
export default function ScheduleEditor({ task, taskName }: Props) {
  const project = useProject();
  // By the list: that a task has none is an answer, not an error.
  const query = api.useQuery('get', '/api/v1/schedules', { params: { query: { task, project, limit: 1 } } });
  return (
    <QueryBoundary what="The schedule" query={query} skeleton={<Skeleton rows={5} height={56} />}>
      {({ items: [schedule] }) =>
        schedule ? <Editor key={schedule.id} schedule={schedule} task={task} taskName={taskName} /> : <None task={task} taskName={taskName} />
      }
    </QueryBoundary>
  );
}

function None({ task, taskName }: Props) {
  const canEdit = useCan('editor');
  const [draft, setDraft] = useState<Spec | null>(null);
  if (draft) return <Editor schedule={null} start={draft} task={task} taskName={taskName} cancel={() => setDraft(null)} />;
  return (
    <div className="card" style={{ padding: '32px 20px', textAlign: 'center' }}>
      <h2>{taskName} has no schedule</h2>
      <p className="muted" style={{ margin: '6px 0 16px' }}>It runs when somebody starts it, or when a program asks for it.</p>
      <button
        type="button" className="button primary" disabled={!canEdit} onClick={() => setDraft(newSchedule())}
        title={canEdit ? undefined : 'Only editors and admins of the project may give it one.'}
      >
        Add a schedule
      </button>
      {!canEdit && <p className="muted small">Only editors and admins of the project may give it one.</p>}
    </div>
  );
}

function Editor({ schedule, start, task, taskName, cancel }: Props & { schedule: S['ScheduleView'] | null; start?: Spec; cancel?: () => void }) {
  const project = useProject();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const confirm = useConfirmDanger();
  const canEdit = useCan('editor');
  const canRun = useCan('operator');
  const [draft, setDraft] = useState<Spec | null>(start ?? null);
  const [failed, setFailed] = useState<unknown>(null);
  const [theirs, setTheirs] = useState<S['ScheduleView'] | null>(null);
  const [isSaving, setSaving] = useState(false);
  const version = useRef(schedule?.version);
  const kept = schedule?.spec ?? null;
  const isDirty = draft !== null && JSON.stringify(draft) !== JSON.stringify(kept);
  // While nothing was changed here, what others save is shown.
  if (!isDirty) version.current = schedule?.version;
  useLeaveGuard(isDirty, 'Leave without saving the schedule? Your changes are lost.');
  const params = { path: { task }, query: { project } };
  const refresh = () =>
    queries.invalidateQueries({
      predicate: ({ queryKey }) => typeof queryKey[1] === 'string' && (queryKey[1].startsWith('/api/v1/schedules') || queryKey[1].startsWith('/api/v1/tasks')),
    });

  const save = async (over?: number) => {
    if (draft === null || isSaving) return;
    setSaving(true);
    setFailed(null);
    try {
      const known = over ?? version.current;
      await client.PUT('/api/v1/tasks/{task}/schedule', {
        params: { ...params, header: known === undefined ? {} : { 'if-match': `"${known}"` } }, body: draft,
      });
      await refresh();
      setTheirs(null);
      setDraft(null);
      void message.success('The schedule is saved.');
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) {
        const { data } = await client.GET('/api/v1/tasks/{task}/schedule', { params });
        setTheirs(data ?? null);
      } else setFailed(error);
    } finally {
      setSaving(false);
    }
  };
  const act = async (what: 'enable' | 'disable' | 'resume') => {
    try {
      await client.POST(`/api/v1/tasks/{task}/schedule/${what}`, { params });
      void message.success({ enable: 'The schedule is on.', disable: 'The schedule is off.', resume: 'The schedule goes on.' }[what]);
    } catch (error) {
      void message.error(sentence(error), 8);
    }
    await refresh();
  };
  const remove = () =>
    confirm({
      title: `Delete the schedule of ${taskName}?`, text: 'The task and its runs stay. It then runs only by hand.', verb: 'Delete the schedule',
      act: async () => {
        try {
          await client.DELETE('/api/v1/tasks/{task}/schedule', { params });
          setDraft(null);
          await refresh();
        } catch (error) {
          void message.error(sentence(error), 8);
        }
      },
    });
  useShortcuts({ 'ctrl+s': () => isDirty && canEdit && void save() });
  const wrong = wrongWith(failed);
  const value = draft ?? kept ?? newSchedule();
  const words = useNextRuns(value).data?.words ?? '';
  return (
    <div className="stack schedule-editor">
      {schedule && (
        <ScheduleState schedule={schedule} canRun={canRun} act={act} />
      )}
      {!canEdit && <p className="note">Only editors and admins of the project may change the schedule.</p>}
      <CronBuilder always value={value} onChange={setDraft} disabled={!canEdit} errors={wrong} />
      {failed !== null && (
        <div className="note error" role="alert">
          <strong>The schedule was not saved.</strong> {sentence(failed)}
        </div>
      )}
      {theirs && (
        <StaleEdit
          what="this schedule" mine={spoken(value, words)} theirs={spoken(theirs.spec, theirs.words)} isSaving={isSaving}
          keepMine={() => void save(theirs.version)} takeTheirs={() => { setTheirs(null); setDraft(null); void refresh(); }} close={() => setTheirs(null)}
        />
      )}
      {canEdit && (
        <div className="schedule-save row">
          <button type="button" className="button primary" disabled={!isDirty || isSaving} onClick={() => void save()}>
            {schedule ? 'Save the schedule' : 'Add the schedule'}
          </button>
          {(isDirty || cancel) && (
            <button type="button" className="button" onClick={() => { setDraft(null); setFailed(null); cancel?.(); }}>{schedule ? 'Undo changes' : 'Cancel'}</button>
          )}
          {schedule && <button type="button" className="button quiet" onClick={remove}>Delete the schedule</button>}
        </div>
      )}
      {schedule && <Backfill task={task} zone={schedule.spec.timezone} canRun={canRun} isDirty={isDirty} />}
      {schedule && <ScheduleRuns schedule={schedule} />}
    </div>
  );
}
