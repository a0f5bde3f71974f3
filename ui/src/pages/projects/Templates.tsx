import './schemas.css';
import '@/components/schema/form.css';
import { useRef, useState } from 'react';
import { App } from 'antd';
import { keepPreviousData } from '@tanstack/react-query';
import { api, client, type S } from '@/api/client';
import { useCanIn } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { DataList, usePage } from '@/components/DataList';
import { sentence } from '@/components/ErrorView';
import { Menu } from '@/components/Menu';
import { QueryBoundary, Empty } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { chipText } from '@/components/mapping/options';
import { summary } from '@/components/mapping/SourceCell';
import { targetsOf, type MappingItem } from '@/lib/definition';
import { plural } from '@/lib/format';
import { saveText } from '@/lib/save';
import { useRefresh } from '@/pages/settings/refresh';
import { TemplateDialog, type Edited } from './TemplateDialog';

const LIST = '/api/v1/templates';
const ONE = '/api/v1/templates/{template}';
type View = S['TemplateView'];

/** The mappings that the project keeps, to be applied to its tasks. */
export default function Templates({ project }: { project: S['ProjectView'] }) {
  const canEdit = useCanIn(project, 'editor');
  const { limit, offset } = usePage();
  const query = api.useQuery('get', LIST, { params: { query: { project: project.name, limit, offset, sort: 'name' } } }, { placeholderData: keepPreviousData });
  const refresh = useRefresh();
  const danger = useConfirmDanger();
  const { message } = App.useApp();
  const [edited, edit] = useState<Edited>();

  const remove = (one: View) =>
    danger({
      title: `Delete the template “${one.name}”?`, verb: 'Delete the template', name: one.name, text: 'Tasks that have taken it up keep the mapping that they have.',
      act: async () => {
        try {
          await client.DELETE(ONE, { params: { path: { template: one.id }, query: { project: project.name }, header: { 'if-match': `"${one.version}"` } } });
          void message.success(`The template “${one.name}” is deleted.`);
        } catch (error) {
          void message.error(sentence(error), 8);
        }
        await refresh(LIST);
        document.getElementById('main')?.focus();
      },
    });
  const save = async (one: View, format: 'yaml' | 'json') => {
    try {
      const { data } = await client.POST('/api/v1/write-mapping', { body: { mapping: one.mappings as unknown as S['MappingText']['mapping'], format } });
      if (data) saveText(data.text, `${one.name}.mapping.${format}`);
    } catch (error) {
      void message.error(sentence(error), 8);
    }
  };
  const name = (one: View) => <><strong>{one.name}</strong>{one.description && <div className="muted small" style={{ maxWidth: 360, whiteSpace: 'normal' }}>{one.description}</div>}</>;
  const actions = (one: View) => (
    <span className="row held-actions">
      <Menu label={`Download ${one.name}`} entries={[{ key: 'yaml', label: 'As YAML', act: () => void save(one, 'yaml') }, { key: 'json', label: 'As JSON', act: () => void save(one, 'json') }]}>Download</Menu>
      {canEdit && <button type="button" className="button" aria-label={`Edit ${one.name}`} onClick={() => edit({ one })}>Edit</button>}
      {canEdit && <button type="button" className="button quiet" aria-label={`Delete ${one.name}`} onClick={() => remove(one)}>Delete</button>}
    </span>
  );
  const adder = canEdit && <FromFile taken={(mappings, called) => edit({ mappings, called })} />;
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted" style={{ maxWidth: 640 }}>A template is a mapping that is kept to be applied to other tasks. It is saved and applied in the mapping of a task, under “Templates”.</p>
        {(query.data?.total ?? 0) > 0 && adder}
      </div>
      <QueryBoundary
        what="The templates" query={query} isEmpty={(page) => page.total === 0}
        empty={<Empty title="There is no template yet" action={adder}>Save the mapping of a task as one, under “Templates” in its mapping, or take one from a file.</Empty>}
      >
        {(page) => (
          <DataList<View>
            label="Templates" page={page} rowKey={(one) => one.id} isFetching={query.isFetching}
            columns={[
              { title: 'Template', key: 'name', render: (_, one) => name(one) },
              { title: 'Mapping', key: 'mapping', render: (_, one) => <Mappings one={one} /> },
              { title: 'Changed', key: 'at', render: (_, one) => <RelativeTime at={one.updated_at} /> },
              { title: <span className="sr-only">Actions</span>, key: 'actions', render: (_, one) => actions(one) },
            ]}
            card={(one) => <div className="stack" style={{ gap: 8 }}><div>{name(one)}</div><Mappings one={one} />{actions(one)}</div>}
          />
        )}
      </QueryBoundary>
      {edited && <TemplateDialog key={edited.one?.id ?? 'new'} project={project.name} edited={edited} close={() => edit(undefined)} />}
    </div>
  );
}

/** What a template fills, and with what. */
function Mappings({ one }: { one: View }) {
  const items = one.mappings as unknown as MappingItem[];
  const columns = items.flatMap((item) => targetsOf(item).map((column) => ({ column, item })));
  return (
    <details className="fold">
      <summary>{plural(columns.length, 'column')}</summary>
      <ul className="held-list">
        {columns.map(({ column, item }) => (
          <li key={column}><strong>{column}</strong> <span className="muted">{[summary(item, column).join(' '), ...(item.transforms ?? []).map(chipText)].join(', ')}</span></li>
        ))}
      </ul>
    </details>
  );
}

/** Reads a mapping that was downloaded here, or from a task. */
function FromFile({ taken }: { taken: (mappings: View['mappings'], called: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const { message } = App.useApp();
  const read = async (file: File | undefined) => {
    if (!file) return;
    try {
      const { data } = await client.POST('/api/v1/read-mapping', { body: { text: await file.text() } });
      if (data) taken(data.mapping as unknown as View['mappings'], file.name.replace(/(\.mapping)?\.[a-z]+$/i, ''));
    } catch (error) {
      void message.error(`${file.name} cannot be read as a mapping: ${sentence(error)}`, 10);
    }
  };
  return (
    <>
      <button type="button" className="button primary" onClick={() => input.current?.click()}>New template from a file</button>
      <input ref={input} type="file" hidden accept=".yaml,.yml,.json" aria-label="File with a mapping" onChange={(event) => { void read(event.target.files?.[0]); event.target.value = ''; }} />
    </>
  );
}
