import './files.css';
import { useRef } from 'react';
import { App, type TableColumnType } from 'antd';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api, ApiError, client, type S } from '@/api/client';
import { useCan, useMe, useProject } from '@/api/session';
import { url as address } from '@/base';
import { useConfirmDanger } from '@/components/confirm';
import { DataList, usePage } from '@/components/DataList';
import { sentence } from '@/components/ErrorView';
import { PageHeader } from '@/components/PageHeader';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { Uploader } from '@/components/Uploader';
import { bytes, plural } from '@/lib/format';
import { useUrlFilters } from '@/lib/url';
import { FileDrawer } from './FileDrawer';

type View = S['FileView'];
const KEYS = ['search', 'format', 'file'] as const;
const FORMATS = ['csv', 'excel', 'json', 'ndjson', 'parquet', 'arrow', 'xml', 'txt', 'pdf', 'docx'];

/** Files that were uploaded: sent here, looked into, used in tasks. */
export default function Files() {
  const project = useProject();
  const me = useMe();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const confirm = useConfirmDanger();
  const canEdit = useCan('editor');
  const heading = useRef<HTMLDivElement>(null);
  const [url, set] = useUrlFilters(KEYS);
  const { offset, limit } = usePage();
  const query = api.useQuery(
    'get', '/api/v1/files', { params: { query: { project, offset, limit, search: url.search, format: url.format } } }, { placeholderData: keepPreviousData },
  );
  const refresh = () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === '/api/v1/files' });
  const items = query.data?.items ?? [];
  const twin = (one: View) => (one.sha256 ? items.find((other) => other.id !== one.id && other.sha256 === one.sha256) : undefined);

  const uploaded = (file: View) => {
    const same = items.find((one) => one.id !== file.id && one.sha256 !== '' && one.sha256 === file.sha256);
    if (same) void message.warning(`${file.name} has the same content as ${same.name}, which is here already.`, 8);
    void refresh();
  };
  const erase = async (one: View, force: boolean) => {
    try {
      await client.DELETE('/api/v1/files/{file}', { params: { path: { file: one.id }, query: { project, force } } });
      if (url.file === one.id) set({ file: '' });
      void message.success(`${one.name} is deleted.`);
      await refresh();
      heading.current?.focus();
    } catch (error) {
      if (error instanceof ApiError && error.status === 409 && !force) {
        confirm({
          title: `${one.name} is in use`, text: `${error.message} Deleted all the same, these tasks fail until they get another file.`, name: one.name,
          verb: 'Delete all the same', act: () => erase(one, true),
        });
      } else void message.error(sentence(error), 8);
    }
  };
  const remove = (one: View) =>
    confirm({ title: `Delete ${one.name}?`, text: 'Its content is gone for ever. Rows that were loaded from it stay.', name: one.name, verb: 'Delete the file', act: () => erase(one, false) });

  const state = (one: View) => {
    if (one.status === 'uploading') return <Tag icon="clock" tone="info">{`On its way, ${one.size ? Math.floor((one.received / one.size) * 100) : 0} %`}</Tag>;
    if (one.error) return <Tag icon="warning" tone="warning">Cannot be read</Tag>;
    return one.status === 'ready' ? <Tag icon="check" tone="success">Ready</Tag> : <Tag icon="cross" tone="error">Failed</Tag>;
  };
  const name = (one: View) => (
    <>
      <button type="button" className="link-button" disabled={one.status !== 'ready'} onClick={() => set({ file: one.id })}>{one.name}</button>
      {twin(one) && <div className="muted small">Same content as another {twin(one)?.name === one.name ? 'upload of it' : `file, ${twin(one)?.name}`}</div>}
      {one.error && <div className="small field-error">{one.error}</div>}
    </>
  );
  const actions = (one: View) => (
    <span className="row" style={{ gap: 4 }}>
      {canEdit && one.status === 'ready' && <Link className="button" to={`/tasks/new?file=${one.id}`}>Use in a task</Link>}
      {one.status === 'ready' && (
        <a className="button" href={address(`/api/v1/files/${one.id}/content?project=${encodeURIComponent(project)}`)} download={one.name} aria-label={`Download ${one.name}`}>Download</a>
      )}
      {canEdit && <button type="button" className="button quiet" onClick={() => remove(one)} aria-label={`Delete ${one.name}`}>Delete</button>}
    </span>
  );
  const who = (one: View) => (one.created_by === me.user.id ? 'you' : one.created_by ? 'a member' : 'a program');
  const kind = (one: View) => [one.format.toUpperCase(), one.encoding].filter(Boolean).join(', ') || '–';
  const columns: TableColumnType<View>[] = [
    { title: 'Name', key: 'name', render: (_, one) => <div style={{ maxWidth: 380, whiteSpace: 'normal' }}>{name(one)}</div> },
    { title: 'Format', key: 'format', render: (_, one) => kind(one) },
    { title: 'Size', key: 'size', align: 'right', render: (_, one) => <span className="number">{bytes(one.size)}</span> },
    { title: 'State', key: 'state', render: (_, one) => state(one) },
    { title: 'Uploaded', key: 'at', render: (_, one) => <><RelativeTime at={one.created_at} /> <span className="muted">by {who(one)}</span></> },
    { title: <span className="sr-only">Actions</span>, key: 'actions', render: (_, one) => actions(one) },
  ];
  const isFiltered = url.search !== '' || url.format !== '';
  return (
    <div ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
      <PageHeader title="Files">Uploaded files that tasks can read.</PageHeader>
      <div className="stack">
        {canEdit ? <Uploader project={project} onUploaded={uploaded} /> : <p className="note">Only editors and admins of the project may upload files.</p>}
        <QueryBoundary
          what="The files" query={query} isEmpty={(page) => page.total === 0 && !isFiltered}
          empty={<Empty title="No file is here yet">Drop one above. It is looked into at once, so that you see what is in it before anything is loaded.</Empty>}
        >
          {(page) => (
            <div className="stack" style={{ gap: 12 }}>
              <div className="row">
                <input
                  className="input files-search" type="search" aria-label="Search by name" placeholder="Search by name" defaultValue={url.search} key={url.search}
                  onKeyDown={(event) => event.key === 'Enter' && set({ search: event.currentTarget.value })} onBlur={(event) => event.target.value !== url.search && set({ search: event.target.value })}
                />
                <select className="select" style={{ width: 'auto' }} aria-label="Format" value={url.format} onChange={(event) => set({ format: event.target.value })}>
                  <option value="">All formats</option>
                  {FORMATS.map((one) => <option key={one} value={one}>{one.toUpperCase()}</option>)}
                </select>
                <span className="muted">{plural(page.total, 'file')}{page.total === page.items.length && `, ${bytes(page.items.reduce((sum, one) => sum + one.size, 0))}`}</span>
              </div>
              <DataList<View>
                label="Files" page={page} rowKey={(one) => one.id} columns={columns} isFetching={query.isFetching}
                noMatch={
                  <div className="card" style={{ textAlign: 'center' }}>
                    <p>No file matches.</p>
                    <button type="button" className="button" style={{ marginTop: 10 }} onClick={() => set({ search: '', format: '' })}>Clear filters</button>
                  </div>
                }
                card={(one) => (
                  <div className="stack" style={{ gap: 6 }}>
                    <div className="spread"><div>{name(one)}</div>{state(one)}</div>
                    <span className="muted">{kind(one)}, {bytes(one.size)}, <RelativeTime at={one.created_at} /></span>
                    {actions(one)}
                  </div>
                )}
              />
            </div>
          )}
        </QueryBoundary>
      </div>
      <FileDrawer id={url.file} close={() => set({ file: '' })} />
    </div>
  );
}
