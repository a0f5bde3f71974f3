import { App } from 'antd';
import { api, client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { useAct } from '@/components/useAct';

/** Where the next run of a task that reads only what is new goes on, and the way back to the beginning. */
export function ReadOn({ task, mayEdit }: { task: S['TaskView']; mayEdit: boolean }) {
  const project = useProject();
  const danger = useConfirmDanger();
  const { message } = App.useApp();
  const [act, isBusy] = useAct();
  const params = { path: { task: task.id }, query: { project } };
  const kept = api.useQuery('get', '/api/v1/tasks/{task}/cursor', { params });
  const forget = () =>
    danger({
      title: 'Read from the beginning again?',
      text: 'The next run reads all that the source has. A task that appends rows then has them twice; one with key columns updates them.',
      verb: 'Read from the beginning',
      act: () =>
        act(() => client.DELETE('/api/v1/tasks/{task}/cursor', { params }), () => {
          void message.success('The next run reads from the beginning.');
          void kept.refetch();
        }),
    });
  return (
    <section className="card stack" aria-labelledby="read-on">
      <h2 id="read-on">How far it has read</h2>
      <QueryBoundary what="How far it has read" query={kept} skeleton={<Skeleton rows={1} height={24} />}>
        {(cursor) =>
          cursor.value === null ? (
            <p className="muted">Nothing is kept yet: the next run reads from the beginning.</p>
          ) : (
            <div className="spread">
              <p>
                The next run reads what is newer than <strong>{cursor.field}</strong> = <code>{cursor.value}</code>, kept <RelativeTime at={cursor.saved_at} />.
              </p>
              <button type="button" className="button" disabled={!mayEdit || isBusy} title={mayEdit ? undefined : 'Only editors of the project may do this.'} onClick={forget}>
                Read from the beginning again
              </button>
            </div>
          )
        }
      </QueryBoundary>
    </section>
  );
}
