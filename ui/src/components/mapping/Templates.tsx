import { useState } from 'react';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { sentence } from '@/components/ErrorView';
import { Popup } from '@/components/Popup';
import { QueryBoundary } from '@/components/QueryBoundary';
import { plural } from '@/lib/format';
import { targetsOf, type MappingItem, type TaskDefinition } from '@/lib/definition';
import { applyMappings, clearAll, differences, isEmpty, mappingOf } from './edit';
import { summary } from './SourceCell';
import { chipText } from './options';

interface Props {
  definition: TaskDefinition;
  project: string;
  anchor: Element | null;
  change: (make: (now: TaskDefinition) => TaskDefinition) => void;
  say: (text: string) => void;
  close: () => void;
}

/** Mappings that the project keeps: save these, or take others up. */
export function Templates({ definition, project, anchor, change, say, close }: Props) {
  const can = useCan('editor');
  const [chosen, choose] = useState('');
  const [whole, setWhole] = useState(false);
  const query = { params: { query: { project, limit: 100 } } };
  const list = api.useQuery('get', '/api/v1/templates', query);
  const one = list.data?.items.find((item) => item.id === chosen);
  return (
    <Popup title="Templates" anchor={anchor} close={close} large>
      <QueryBoundary what="The templates" query={list}>
        {(page) =>
          page.items.length === 0 ? (
            <p className="muted">No template has been saved in this project yet.</p>
          ) : (
            <label className="field">
              <span>Apply a template</span>
              <select className="select" value={chosen} onChange={(event) => choose(event.target.value)}>
                <option value="">Choose a template</option>
                {page.items.map((item) => (
                  <option key={item.id} value={item.id}>{`${item.name} (${plural(item.mappings.length, 'mapping')})`}</option>
                ))}
              </select>
            </label>
          )
        }
      </QueryBoundary>
      {one && (
        <>
          <Differences definition={definition} mappings={one.mappings as unknown as MappingItem[]} />
          <label className="row">
            <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.target.checked)} /> Take everything else away first
          </label>
          <div>
            <button
              type="button" className="button primary"
              onClick={() => {
                change((now) => applyMappings(whole ? clearAll(now) : now, one.mappings as unknown as MappingItem[]));
                say(`The template ${one.name} was applied.`);
                close();
              }}
            >
              Apply {one.name}
            </button>
          </div>
        </>
      )}
      <hr />
      <SaveTemplate definition={definition} project={project} can={can} saved={(name) => { say(`The template ${name} was saved.`); void list.refetch(); close(); }} />
    </Popup>
  );
}

/** What would be another than now. */
export function Differences({ definition, mappings }: { definition: TaskDefinition; mappings: MappingItem[] }) {
  const found = differences(definition, mappings);
  const words = (item: MappingItem | undefined, column: string) => (item && !isEmpty(item) ? [...summary(item, column), ...(item.transforms ?? []).map(chipText)].join(', ') : 'nothing');
  return (
    <section aria-label="What it changes">
      <p role="status">
        <strong>{found.length === 0 ? 'It is the same as now.' : `It differs in ${plural(found.length, 'column')}.`}</strong>
      </p>
      {found.length > 0 && (
        <ul className="diffs">
          {found.map(({ column, now, then }) => (
            <li key={column}>
              <strong>{column}</strong>
              <span className="muted">{words(now, column)}</span> <span className="sr-only">becomes</span><span aria-hidden="true">→</span> <span>{words(then, column)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function SaveTemplate({ definition, project, can, saved }: { definition: TaskDefinition; project: string; can: boolean; saved: (name: string) => void }) {
  const [name, setName] = useState('');
  const save = api.useMutation('post', '/api/v1/templates');
  const mappings = mappingOf(definition).filter((item) => !isEmpty(item));
  const columns = mappings.flatMap(targetsOf).length;
  const reason = can ? (columns === 0 ? 'Nothing is mapped yet.' : '') : 'Saving needs the role editor.';
  return (
    <form
      className="stack" style={{ gap: 10 }}
      onSubmit={(event) => {
        event.preventDefault();
        const body = { name: name.trim(), description: '', mappings: mappings as unknown as Record<string, unknown>[] };
        save.mutate({ params: { query: { project } }, body }, { onSuccess: (made) => saved(made.name) });
      }}
    >
      <label className="field">
        <span>Save this mapping as a template</span>
        <input className="input" required value={name} maxLength={200} placeholder="Name of the template" aria-invalid={save.isError} onChange={(event) => setName(event.target.value)} />
        {save.error ? <small role="alert" style={{ color: 'var(--error)' }}>{sentence(save.error)}</small> : null}
      </label>
      <div className="row">
        <button type="submit" className="button" disabled={reason !== '' || save.isPending || name.trim() === ''} title={reason || undefined}>
          Save {plural(columns, 'column')}
        </button>
        {reason && <span className="small muted">{reason}</span>}
      </div>
    </form>
  );
}
