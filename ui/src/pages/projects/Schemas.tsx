import './schemas.css';
import '@/components/schema/form.css';
import { useState } from 'react';
import { App } from 'antd';
import { keepPreviousData } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, client, type S } from '@/api/client';
import { useCanIn } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { DataList, usePage } from '@/components/DataList';
import { sentence } from '@/components/ErrorView';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { plural } from '@/lib/format';
import { useRefresh } from '@/pages/settings/refresh';
import { columnWords } from './columns';
import { SchemaDialog } from './SchemaDialog';

const LIST = '/api/v1/schemas';
type View = S['SchemaView'];

/** The lists of columns that tables of the project are held to. */
export default function Schemas({ project }: { project: S['ProjectView'] }) {
  const canEdit = useCanIn(project, 'editor');
  const { limit, offset } = usePage();
  const query = api.useQuery('get', LIST, { params: { query: { project: project.name, limit, offset, sort: 'name' } } }, { placeholderData: keepPreviousData });
  const refresh = useRefresh();
  const danger = useConfirmDanger();
  const { message, modal } = App.useApp();
  const [edited, edit] = useState<View | 'new'>();
  const add = canEdit ? <button type="button" className="button primary" onClick={() => edit('new')}>New schema</button> : null;

  const erase = async (one: View) => {
    try {
      await client.DELETE('/api/v1/schemas/{schema}', { params: { path: { schema: one.id }, query: { project: project.name }, header: { 'if-match': `"${one.version}"` } } });
      void message.success(`The schema “${one.name}” is deleted.`);
    } catch (error) {
      void message.error(sentence(error), 8);
    }
    await refresh(LIST);
    document.getElementById('main')?.focus();
  };
  const remove = (one: View) => {
    if (one.used_by.length === 0) return danger({ title: `Delete the schema “${one.name}”?`, verb: 'Delete the schema', name: one.name, text: 'No task is held to it. Tables that were loaded stay as they are.', act: () => erase(one) });
    const shown = modal.warning({
      title: `“${one.name}” cannot be deleted yet`, okText: 'Close',
      content: (
        <>
          <p>{plural(one.used_by.length, 'task is', 'tasks are')} held to it. Choose other columns there first, in the step “Destination”.</p>
          <ul className="held-list">
            {one.used_by.map((task) => <li key={task}><Link to={taskAddress(project.name, task, true)} onClick={() => shown.destroy()}>{task}</Link></li>)}
          </ul>
        </>
      ),
    });
  };
  const columns = (one: View) => (
    <details className="fold">
      <summary>{plural(one.columns.length, 'column')}</summary>
      <ul className="held-list">
        {one.columns.map((column) => <li key={column.name}><strong>{column.name}</strong> <span className="muted">{columnWords(column)}</span></li>)}
      </ul>
    </details>
  );
  const users = (one: View) =>
    one.used_by.length === 0 ? <span className="muted">No task</span> : (
      <span style={{ whiteSpace: 'normal' }}>
        {one.used_by.map((task, at) => <span key={task}>{at > 0 && ', '}<Link to={taskAddress(project.name, task)}>{task}</Link></span>)}
      </span>
    );
  const name = (one: View) => <><strong>{one.name}</strong>{one.description && <div className="muted small" style={{ maxWidth: 360, whiteSpace: 'normal' }}>{one.description}</div>}</>;
  const actions = (one: View) =>
    canEdit && (
      <span className="row held-actions">
        <button type="button" className="button" aria-label={`Edit ${one.name}`} onClick={() => edit(one)}>Edit</button>
        <button type="button" className="button quiet" aria-label={`Delete ${one.name}`} onClick={() => remove(one)}>Delete</button>
      </span>
    );
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted" style={{ maxWidth: 640 }}>A schema is a list of columns that a table is held to. A task takes one up in its step “Destination”, under “Limits, changes of the source and more”.{canEdit ? '' : ' Editors of the project may change them.'}</p>
        {(query.data?.total ?? 0) > 0 && add}
      </div>
      <QueryBoundary
        what="The schemas" query={query} isEmpty={(page) => page.total === 0}
        empty={<Empty title="There is no schema yet" action={add}>With one, tables get the columns that you say, whatever a source brings. Write it by hand, or take the columns of a table or a file.</Empty>}
      >
        {(page) => (
          <DataList<View>
            label="Schemas" page={page} rowKey={(one) => one.id} isFetching={query.isFetching}
            columns={[
              { title: 'Schema', key: 'name', render: (_, one) => name(one) },
              { title: 'Columns', key: 'columns', render: (_, one) => columns(one) },
              { title: 'Tasks held to it', key: 'users', render: (_, one) => users(one) },
              { title: 'Changed', key: 'at', render: (_, one) => <RelativeTime at={one.updated_at} /> },
              { title: <span className="sr-only">Actions</span>, key: 'actions', render: (_, one) => actions(one) },
            ]}
            card={(one) => <div className="stack" style={{ gap: 8 }}><div>{name(one)}</div>{columns(one)}<span>Tasks held to it: {users(one)}</span>{actions(one)}</div>}
          />
        )}
      </QueryBoundary>
      {edited && <SchemaDialog key={edited === 'new' ? 'new' : edited.id} project={project.name} edited={edited} close={() => edit(undefined)} />}
    </div>
  );
}

const taskAddress = (project: string, task: string, isEdited = false): string =>
  `/tasks/${encodeURIComponent(task)}${isEdited ? '/edit' : ''}?project=${encodeURIComponent(project)}${isEdited ? '&step=destination' : ''}`;
