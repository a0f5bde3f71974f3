import { useState } from 'react';
import { api, client } from '@/api/client';
import { plural } from '@/lib/format';
import { sentence } from '@/lib/problems';
import { columnsOfFile, columnsOfTable, type Column } from './columns';

interface Props {
  project: string;
  take: (columns: Column[]) => void;
  /** What is there is replaced. */
  hasColumns: boolean;
}

/** Columns need not be typed when a table or a file has them. */
export function TakeColumns({ project, take, hasColumns }: Props) {
  const [from, setFrom] = useState<'table' | 'file'>('table');
  const [connection, setConnection] = useState('');
  const [table, setTable] = useState('');
  const [file, setFile] = useState('');
  const [said, setSaid] = useState('');
  const [refusal, setRefusal] = useState('');
  const [isBusy, setBusy] = useState(false);
  const connections = api.useQuery('get', '/api/v1/connections', { params: { query: { project, limit: 500 } } });
  const connectors = api.useQuery('get', '/api/v1/connectors', {}, { staleTime: Infinity });
  const tables = api.useQuery('get', '/api/v1/connections/{connection}/tables', { params: { path: { connection }, query: { project } } }, { enabled: connection !== '', staleTime: 60_000, retry: false });
  const files = api.useQuery('get', '/api/v1/files', { params: { query: { project, limit: 100, status: 'ready' } } }, { enabled: from === 'file' });
  const databases = connections.data?.items.filter((one) => connectors.data?.find((kind) => kind.kind === one.kind)?.has_tables) ?? [];
  const isReady = from === 'table' ? connection !== '' && table.trim() !== '' : file !== '';

  const look = async (): Promise<Column[]> => {
    if (from === 'file') {
      const { data } = await client.GET('/api/v1/files/{file}/preview', { params: { path: { file }, query: { project, rows: 100 } } });
      return columnsOfFile(data!);
    }
    const parts = table.trim().split('.');
    const name = parts.pop()!;
    const { data } = await client.GET('/api/v1/connections/{connection}/tables/{table}/columns', { params: { path: { connection, table: name }, query: { project, schema: parts.join('.') } } });
    return columnsOfTable(data!);
  };
  const go = async () => {
    setBusy(true);
    setRefusal('');
    setSaid('');
    try {
      const found = await look();
      if (found.length === 0) setRefusal('No columns were found there.');
      else {
        take(found);
        setSaid(`${plural(found.length, 'column was', 'columns were')} taken.`);
      }
    } catch (error) {
      setRefusal(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details className="fold">
      <summary>Take the columns of a table or a file</summary>
      <div className="stack" style={{ gap: 10, marginTop: 8 }}>
        <div className="row">
          <label className="check"><input type="radio" checked={from === 'table'} onChange={() => setFrom('table')} /> <span>A table</span></label>
          <label className="check"><input type="radio" checked={from === 'file'} onChange={() => setFrom('file')} /> <span>An uploaded file</span></label>
        </div>
        <div className="row" style={{ alignItems: 'end' }}>
          {from === 'table' ? (
            <>
              <label className="field" style={{ flex: '1 1 180px' }}>
                <span>Connection</span>
                <select className="select" value={connection} onChange={(event) => { setConnection(event.target.value); setTable(''); }}>
                  <option value="">{connections.isPending ? 'Loading the connections …' : databases.length ? 'Choose one' : 'There is no database yet'}</option>
                  {databases.map((one) => <option key={one.id} value={one.name}>{one.name} ({one.title})</option>)}
                </select>
              </label>
              <label className="field" style={{ flex: '1 1 180px' }}>
                <span>Table</span>
                <input className="input" list="take-tables" autoComplete="off" spellCheck={false} value={table} placeholder={tables.isFetching ? 'Loading the tables …' : 'such as orders or sales.orders'} onChange={(event) => setTable(event.target.value)} />
              </label>
              <datalist id="take-tables">{tables.data?.items.map((one) => <option key={one.name} value={one.name} />)}</datalist>
            </>
          ) : (
            <label className="field" style={{ flex: '1 1 260px' }}>
              <span>File</span>
              <select className="select" value={file} onChange={(event) => setFile(event.target.value)}>
                <option value="">{files.isPending ? 'Loading the files …' : files.data?.items.length ? 'Choose one' : 'There is none yet'}</option>
                {files.data?.items.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
              </select>
            </label>
          )}
          <button type="button" className="button" disabled={!isReady || isBusy} onClick={() => void go()}>{isBusy ? 'Looking …' : hasColumns ? 'Take them in place of these' : 'Take its columns'}</button>
        </div>
        {from === 'table' && (tables.error || tables.data?.message) ? <p className="small muted">{tables.error ? sentence(tables.error) : tables.data?.message}</p> : null}
        {refusal && <p className="note error" role="alert">{refusal}</p>}
        <p className="small" role="status">{said}</p>
      </div>
    </details>
  );
}
