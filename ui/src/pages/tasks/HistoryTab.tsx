import { useState } from 'react';
import { App } from 'antd';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { api, client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { DiffView } from '@/components/DiffView';
import { sentence } from '@/components/ErrorView';
import { placeWords, spokenTask } from '@/components/places';
import { QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { StaleEdit } from '@/components/StaleEdit';
import { isStale } from '@/lib/problems';
import { Tag } from '@/components/StateTag';
import { useUrlFilters } from '@/lib/url';

interface Conflict {
  number: number;
  mine: object;
  theirs: S['TaskView'];
}

/** The versions of a task: who saved them and why, what differs, and the way back. */
export function HistoryTab({ task }: { task: S['TaskView'] }) {
  const project = useProject();
  const mayEdit = useCan('editor');
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [{ from, to }, set] = useUrlFilters(['from', 'to'] as const);
  const [limit, setLimit] = useState(50);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [isBusy, setBusy] = useState(false);
  const path = { task: task.id };
  const versions = api.useQuery('get', '/api/v1/tasks/{task}/versions', { params: { path, query: { project, limit, sort: '-number' } } }, { placeholderData: keepPreviousData });
  const refresh = () => queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).startsWith('/api/v1/tasks') });
  const restore = async (number: number, version: number) => {
    setBusy(true);
    const params = { path: { ...path, number }, query: { project } };
    try {
      await client.POST('/api/v1/tasks/{task}/versions/{number}/restore', { params, headers: { 'If-Match': `"${version}"` } });
      setConflict(null);
      void message.success(`Version ${number} is the current one again.`);
      void refresh();
    } catch (error) {
      if (isStale(error)) {
        const [theirs, mine] = await Promise.all([
          client.GET('/api/v1/tasks/{task}', { params: { path, query: { project } } }),
          client.GET('/api/v1/tasks/{task}/versions/{number}', { params }),
        ]).catch(() => []);
        if (theirs?.data && mine?.data) setConflict({ number, mine: mine.data.definition, theirs: theirs.data });
        else void message.error(sentence(error));
      } else void message.error({ content: sentence(error), duration: 8 });
    } finally {
      setBusy(false);
    }
  };
  return (
    <QueryBoundary what="The versions" query={versions}>
      {(page) => (
        <div className="stack">
          <ol className="stack" style={{ listStyle: 'none', margin: 0, padding: 0, gap: 8 }} aria-label="Versions">
            {page.items.map((one) => (
              <li key={one.number} className="card spread" style={{ padding: '10px 14px' }}>
                <div style={{ minWidth: 0 }}>
                  <div className="row"><strong>Version {one.number}</strong>{one.is_current && <Tag tone="success" icon="check">Current</Tag>}</div>
                  <div className="muted small">{one.created_by_name || 'Somebody'} · <RelativeTime at={one.created_at} />{one.note && ` · ${one.note}`}</div>
                </div>
                <div className="row">
                  {one.number > 1 && <button type="button" className="button quiet" onClick={() => set({ from: String(one.number - 1), to: String(one.number) })}>What changed</button>}
                  {!one.is_current && <button type="button" className="button quiet" onClick={() => set({ from: String(one.number), to: String(task.current) })}>Compare with the current one</button>}
                  {!one.is_current && <button type="button" className="button" disabled={!mayEdit || isBusy} title={mayEdit ? undefined : 'Only editors of the project may do this.'} onClick={() => void restore(one.number, task.version)}>Restore</button>}
                </div>
                {to === String(one.number) && from === String(one.number - 1) && <Changed task={task} from={from} to={to} close={() => set({ from: '', to: '' })} />}
                {from === String(one.number) && to === String(task.current) && !(from === String(Number(to) - 1)) && <Changed task={task} from={from} to={to} close={() => set({ from: '', to: '' })} />}
              </li>
            ))}
          </ol>
          {page.total > page.items.length && <button type="button" className="button" onClick={() => setLimit(limit + 100)}>Show older versions</button>}
          {conflict && (
            <StaleEdit
              what="this task" mine={spokenTask(conflict.mine)} theirs={spokenTask(conflict.theirs.definition)} isSaving={isBusy} close={() => setConflict(null)}
              keepMine={() => void restore(conflict.number, conflict.theirs.version)} takeTheirs={() => { setConflict(null); void refresh(); }}
            />
          )}
        </div>
      )}
    </QueryBoundary>
  );
}

function Changed({ task, from, to, close }: { task: S['TaskView']; from: string; to: string; close: () => void }) {
  const project = useProject();
  const changes = api.useQuery('get', '/api/v1/tasks/{task}/versions/{number}/diff', { params: { path: { task: task.id, number: Number(from) }, query: { project, to: Number(to) } } });
  return (
    <section aria-label={`Changes from version ${from} to version ${to}`} style={{ flexBasis: '100%', minWidth: 0 }}>
      <QueryBoundary what="The changes" query={changes}>
        {(found) => <DiffView label={`Version ${from} and version ${to}`} changes={found} before={`Version ${from}`} after={`Version ${to}`} place={placeWords} />}
      </QueryBoundary>
      <button type="button" className="button quiet" style={{ marginTop: 6 }} onClick={close}>Close the comparison</button>
    </section>
  );
}
