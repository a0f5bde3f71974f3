import './sample.css';
import { useState, type ReactNode } from 'react';
import type { S } from '@/api/client';
import { treeOf, type TreeNode } from '@/lib/definition';
import { count, percent, plural } from '@/lib/format';
import { SampleTree } from './SampleTree';

type View = 'table' | 'fields' | 'tree' | 'raw';
const VIEWS: Record<View, string> = { table: 'Table', fields: 'Fields', tree: 'Tree', raw: 'Raw' };

/** What `GET /files/{file}/profile` says of a column; its schema leaves it open. */
export interface ColumnProfile {
  name: string;
  rows: number;
  nulls: number;
  distinct: number;
  distinct_exact: boolean;
  min: string | null;
  max: string | null;
  top: { value: string; count: number }[];
}
export const profileOf = (view: S['ProfileView'] | undefined): ColumnProfile[] | undefined => view?.columns as unknown as ColumnProfile[] | undefined;

interface Props {
  preview: S['PreviewView'];
  /** Of the whole file, where there is one. */
  profile?: ColumnProfile[] | undefined;
  isProfiling?: boolean;
  /** What can be done with a node of the tree. */
  nodeActions?: (node: TreeNode) => ReactNode;
  onView?: (view: View) => void;
}

/** The first rows of a source as a table, its fields, its tree, and as it came. */
export function SamplePreview({ preview, profile, isProfiling, nodeActions, onView }: Props) {
  const [view, setView] = useState<View>('table');
  const isNested = treeOf(preview.tree).some((node) => node.children.length > 0);
  const views = (Object.keys(VIEWS) as View[]).filter((one) => one !== 'tree' || isNested);
  const move = (step: number) => {
    const next = views[(views.indexOf(view) + step + views.length) % views.length]!;
    setView(next);
    onView?.(next);
    document.getElementById(`sample-tab-${next}`)?.focus();
  };
  return (
    <section className="card sample" aria-label="The sample">
      <div className="sample-bar" role="tablist" aria-label="Show the sample as">
        {views.map((one) => (
          <button
            key={one} type="button" role="tab" id={`sample-tab-${one}`} aria-selected={view === one} aria-controls="sample-panel" tabIndex={view === one ? 0 : -1}
            onClick={() => { setView(one); onView?.(one); }}
            onKeyDown={(event) => { if (event.key === 'ArrowRight') move(1); if (event.key === 'ArrowLeft') move(-1); }}
          >
            {VIEWS[one]}
          </button>
        ))}
        <span className="muted small">{preview.whole ? `All ${plural(preview.rows, 'row')}` : `The first ${plural(preview.rows, 'row')}`}, {plural(preview.fields.length, 'field')}</span>
      </div>
      <div role="tabpanel" id="sample-panel" aria-labelledby={`sample-tab-${view}`}>
        {view === 'table' && <Rows preview={preview} />}
        {view === 'fields' && <Fields preview={preview} profile={profile} isProfiling={isProfiling} />}
        {view === 'tree' && <SampleTree nodes={treeOf(preview.tree)} actions={nodeActions} />}
        {view === 'raw' && <Raw lines={preview.raw} />}
      </div>
      {preview.broken.length > 0 && <Broken rows={preview.broken} />}
    </section>
  );
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A value in a cell; a null and a blank text can be told apart. */
export function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <i className="null">null</i>;
  if (value === '') return <i className="null">empty</i>;
  const shown = text(value);
  return <span title={shown.length > 60 ? shown : undefined}>{shown.length > 120 ? `${shown.slice(0, 119)}…` : shown}</span>;
}

function Rows({ preview }: { preview: S['PreviewView'] }) {
  if (preview.rows === 0) return <p className="sample-empty">The source has no rows right now.</p>;
  return (
    <div className="grid-scroll" tabIndex={0} role="region" aria-label="Sample rows">
      <table className="grid">
        <thead>
          <tr>
            <th scope="col"><span className="sr-only">Place</span></th>
            {preview.fields.map((field) => (
              <th key={field.name} scope="col">
                {field.name}
                <span className="type">{field.type}{field.null_share > 0 && ` · ${percent(field.null_share)} null`}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.data.map((row, at) => (
            <tr key={at}>
              <th scope="row" className="place">{preview.locators[at] ?? at + 1}</th>
              {preview.fields.map((field) => <td key={field.name}><Cell value={row[field.name]} /></td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Fields({ preview, profile, isProfiling }: Pick<Props, 'preview' | 'profile' | 'isProfiling'>) {
  return (
    <div className="grid-scroll" tabIndex={0} role="region" aria-label="Fields">
      {isProfiling && <p className="sample-empty" role="status">Counting over the whole file …</p>}
      <table className="grid fields">
        <thead>
          <tr>
            <th scope="col">Field</th><th scope="col">Type</th><th scope="col">Null</th><th scope="col">Different values</th><th scope="col">Samples and notes</th>
            {profile && <th scope="col">Most usual in the whole file</th>}
          </tr>
        </thead>
        <tbody>
          {preview.fields.map((field) => {
            const whole = profile?.find((one) => one.name === field.name);
            return (
              <tr key={field.name}>
                <th scope="row">{field.name}</th>
                <td>{field.type}</td>
                <td className="number">{percent(whole ? (whole.rows ? whole.nulls / whole.rows : 0) : field.null_share)}</td>
                <td className="number">{whole ? `${whole.distinct_exact ? '' : 'about '}${count(whole.distinct)}` : distinct(preview, field.name)}</td>
                <td>
                  {field.samples.slice(0, 3).map((one) => <code key={one} className="sample-chip">{one.length > 40 ? `${one.slice(0, 39)}…` : one}</code>)}
                  {whole?.min != null && <div className="muted small">from {whole.min} to {whole.max}</div>}
                  {field.notes.map((note) => <div key={note} className="small remark">{note}</div>)}
                </td>
                {profile && <td>{whole && <Top profile={whole} />}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const distinct = (preview: S['PreviewView'], name: string): string => {
  const found = new Set(preview.data.map((row) => text(row[name])));
  found.delete('null');
  return `${count(found.size)}${preview.whole ? '' : ' in the sample'}`;
};

/** The most usual values as bars. */
function Top({ profile }: { profile: ColumnProfile }) {
  const most = profile.top[0]?.count ?? 1;
  if (most === 1 && profile.rows > 1) return <span className="muted">All different</span>;
  return (
    <ul className="top">
      {profile.top.slice(0, 4).map((one) => (
        <li key={one.value}>
          <span className="ellipsis" title={one.value}>{one.value || 'empty'}</span>
          <i aria-hidden="true" style={{ width: `${Math.max(3, (one.count / most) * 100)}%` }} />
          <span className="number">{count(one.count)}</span>
        </li>
      ))}
    </ul>
  );
}

function Raw({ lines }: { lines: string[] }) {
  if (lines.length === 0) return <p className="sample-empty">This kind of source has no raw text to show.</p>;
  return <pre className="raw" tabIndex={0} role="region" aria-label="Raw content">{lines.join('\n')}</pre>;
}

function Broken({ rows }: { rows: Record<string, unknown>[] }) {
  return (
    <details className="fold" style={{ padding: '8px 14px' }}>
      <summary>{plural(rows.length, 'place')} could not be read as {rows.length === 1 ? 'a row' : 'rows'} and would be rejected</summary>
      <ul>
        {rows.slice(0, 20).map((row, at) => (
          <li key={at}>{Object.entries(row).filter(([, value]) => value !== null && value !== '').map(([key, value]) => <span key={key}><span className="muted">{key.replace(/^_/, '')}:</span> <code>{text(value)}</code> </span>)}</li>
        ))}
      </ul>
    </details>
  );
}
