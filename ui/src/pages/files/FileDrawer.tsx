import { useState } from 'react';
import { Drawer } from 'antd';
import { api, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { count, percent, plural } from '@/lib/format';
import { useNarrow } from '@/lib/useMedia';

const TABS = [['table', 'Table'], ['raw', 'Raw'], ['profile', 'Profile']] as const;
type Tab = (typeof TABS)[number][0];

/** A look into a file: its first rows, its text, what its values are like. */
export function FileDrawer({ id, close }: { id: string; close: () => void }) {
  const isNarrow = useNarrow();
  return (
    <Drawer open={id !== ''} onClose={close} title="File" placement={isNarrow ? 'bottom' : 'right'} size={isNarrow ? '92%' : 860} destroyOnHidden>
      {id && <Look id={id} />}
    </Drawer>
  );
}

function Look({ id }: { id: string }) {
  const project = useProject();
  const [tab, setTab] = useState<Tab>('table');
  const params = { path: { file: id }, query: { project } };
  const file = api.useQuery('get', '/api/v1/files/{file}', { params });
  return (
    <div className="stack">
      <h2>{file.data?.name ?? ''}</h2>
      <div className="row" role="group" aria-label="Shown as">
        {TABS.map(([key, word]) => (
          <button key={key} type="button" className={tab === key ? 'button primary' : 'button'} aria-pressed={tab === key} onClick={() => setTab(key)}>{word}</button>
        ))}
      </div>
      {tab === 'profile' ? <Profile id={id} /> : <Preview id={id} isRaw={tab === 'raw'} />}
    </div>
  );
}

const text = (value: unknown): string => (value == null ? '' : typeof value === 'string' ? value : JSON.stringify(value));

function Preview({ id, isRaw }: { id: string; isRaw: boolean }) {
  const project = useProject();
  const query = api.useQuery('get', '/api/v1/files/{file}/preview', { params: { path: { file: id }, query: { project, rows: 50 } } });
  return (
    <QueryBoundary what="The preview" query={query} skeleton={<Skeleton rows={8} height={28} />}>
      {(data) => (
        <div className="stack" style={{ gap: 10 }}>
          {data.warnings.map((one) => <p key={one} className="note warning">{one}</p>)}
          {isRaw ? (
            data.raw.length > 0 ? <pre className="file-raw" tabIndex={0} aria-label="The text of the file">{data.raw.join('\n')}</pre> : <p className="muted">This format has no text to show.</p>
          ) : (
            <div className="file-scroll" role="region" aria-label="First rows" tabIndex={0}>
              <table className="file-table">
                <thead><tr>{data.fields.map((field) => <th key={field.name} scope="col">{field.name}<div className="muted small">{field.type}</div></th>)}</tr></thead>
                <tbody>
                  {data.data.map((row, index) => (
                    <tr key={index}>{data.fields.map((field) => <td key={field.name}>{row[field.name] == null ? <em className="muted">none</em> : text(row[field.name])}</td>)}</tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          <p className="muted small">{data.whole ? `All ${plural(data.rows, 'row')}.` : `The first ${plural(data.rows, 'row')}.`}</p>
        </div>
      )}
    </QueryBoundary>
  );
}

interface Column {
  name: string;
  type: string;
  rows: number;
  nulls: number;
  distinct: number;
  distinct_exact: boolean;
  min: string | null;
  max: string | null;
  top: { value: string | null; count: number }[];
  notes: string[];
}

function Profile({ id }: { id: string }) {
  const project = useProject();
  const query = api.useQuery('get', '/api/v1/files/{file}/profile', { params: { path: { file: id }, query: { project } } });
  return (
    <QueryBoundary what="The profile" query={query} skeleton={<Skeleton rows={5} height={90} />}>
      {(data: S['ProfileView']) => (
        <div className="stack" style={{ gap: 10 }}>
          <p className="muted">{data.whole ? `All ${plural(data.rows, 'row')} were looked at.` : `The first ${plural(data.rows, 'row')} were looked at.`}</p>
          <ul className="file-profile">
            {(data.columns as unknown as Column[]).map((one) => <Field key={one.name} column={one} />)}
          </ul>
        </div>
      )}
    </QueryBoundary>
  );
}

function Field({ column }: { column: Column }) {
  const most = Math.max(1, ...column.top.map((one) => one.count));
  return (
    <li className="card">
      <div className="spread">
        <strong>{column.name}</strong>
        <span className="muted">{column.type}</span>
      </div>
      <p className="muted small">
        {column.nulls === 0 ? 'Never empty' : `${percent(column.nulls / Math.max(1, column.rows))} empty`}, {column.distinct_exact ? '' : 'about '}{plural(column.distinct, 'different value')}
        {column.min !== null && <>, from <code>{column.min}</code> to <code>{column.max}</code></>}
      </p>
      {column.notes.map((one) => <p key={one} className="small">{one}</p>)}
      <ul className="file-bars" aria-label={`Most frequent values of ${column.name}`}>
        {column.top.slice(0, 6).map((one) => (
          <li key={String(one.value)}>
            <span className="ellipsis">{one.value ?? 'none'}</span>
            <span className="file-bar" aria-hidden="true"><i style={{ width: `${(one.count / most) * 100}%` }} /></span>
            <span className="number small">{count(one.count)}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
