import { useState } from 'react';
import { api } from '@/api/client';
import { ErrorView } from '@/components/ErrorView';
import { Skeleton } from '@/components/QueryBoundary';
import { profileOf, SamplePreview } from '@/components/SamplePreview';
import type { Source, TreeNode } from '@/lib/definition';
import { put } from '../draft';
import type { StepProps } from '../context';
import { Choice, TextField } from './Field';
import { KeyField } from './KeyField';
import { NamesLine } from './NamesLine';
import { Noticed } from './Noticed';

const isNested = (source: Source, detected: Record<string, unknown> | null): boolean =>
  source.kind !== 'file' || ['json', 'ndjson', 'xml'].includes(String(source.format ?? detected?.format ?? ''));

interface RecordsProps {
  records: string;
  keyField: string;
  hasKeys: boolean;
  onApply: (records: string, keyField: string) => void;
}

/** Where in the content the rows are; asked for again only when it is meant to be. */
function RecordsField({ records, keyField, hasKeys, onApply }: RecordsProps) {
  const [text, setText] = useState(records);
  const [key, setKey] = useState(keyField);
  const isSame = text.trim() === records && key.trim() === keyField;
  return (
    <form className="stack" style={{ gap: 10 }} onSubmit={(event) => { event.preventDefault(); onApply(text.trim(), key.trim()); }}>
      <div className="form-grid">
        <TextField label="Where the rows are" value={text} placeholder="Found automatically, or such as $.data[*]" onChange={setText} />
        {hasKeys && <KeyField value={key} onChange={setKey} />}
      </div>
      <div className="row">
        <button type="submit" className="button" disabled={isSame}>Read from there</button>
        {(records || keyField) && <button type="button" className="button quiet" onClick={() => onApply('', '')}>Find them automatically</button>}
      </div>
    </form>
  );
}

/** The first rows, as a run would read them; which part of nested content the rows are. */
export function PreviewStep({ draft, edit, project, sample, file, go }: StepProps) {
  const { definition } = draft;
  const { source } = definition;
  const [isWhole, setWhole] = useState(false);
  const profile = api.useQuery('get', '/api/v1/files/{file}/profile', { params: { path: { file: file?.id ?? '' }, query: { project } } }, { enabled: isWhole && file !== undefined, staleTime: Infinity, retry: false });
  const set = (change: Partial<Source>) => edit({ ...definition, source: put<Source>(source, change) });
  const preview = sample.data;
  const hasRecords = source.kind !== 'sql';
  const given: { records?: string | null; key_field?: string | null } = source.kind === 'sql' ? {} : source;
  // Lines of JSON and elements of XML stand under no keys.
  const hasKeys = source.kind !== 'file' || (source.format ?? preview?.detected?.format) === 'json';

  /** Only the root of one document is known for certain: below a path that was found, it is added to that one. */
  const recordsOf = (node: TreeNode): string | null => {
    if (!hasRecords || !('records' in source || preview?.rows === 1)) return null;
    const now = hasRecords && 'records' in source ? source.records : null;
    return now ? `${now.replace(/\[\*\]$/, '')}[*].${node.path}[*]` : `$.${node.path}[*]`;
  };
  const actions = (node: TreeNode) => {
    if (!node.is_array) return null;
    const records = recordsOf(node);
    return (
      <span className="row" style={{ gap: 4 }}>
        {node.column && (
          <button type="button" className="button small" aria-pressed={source.explode === node.path} onClick={() => set({ explode: source.explode === node.path ? undefined : node.path })}>
            {source.explode === node.path ? 'Keep as a list' : 'One row for each element'}
          </button>
        )}
        {records && <button type="button" className="button small" onClick={() => set({ records, explode: undefined } as Partial<Source>)}>These are the rows</button>}
      </span>
    );
  };

  if (source.kind === 'push' && !preview && !sample.isFetching && !sample.error) {
    return <p className="note">There is no example yet. <button type="button" className="button" onClick={() => go('source')}>Give one in the first step</button></p>;
  }
  return (
    <div className="stack">
      <div className="spread">
        <p className="muted" role="status">
          {sample.isFetching ? 'Reading the first rows. A slow source may take half a minute.' : preview ? `From ${preview.source}. The sample stays as it is while you work, until you refresh it.` : ''}
        </p>
        <button type="button" className="button" disabled={sample.isFetching} onClick={sample.refresh}>{sample.isFetching ? 'Reading …' : 'Refresh sample'}</button>
      </div>
      {preview && source.kind === 'file' && <NamesLine source={source} preview={preview} onChange={(change) => set(change as Partial<Source>)} />}
      {sample.error && !sample.isFetching ? (
        <>
          <ErrorView what="The first rows" error={sample.error} retry={sample.refresh} />
          <div><button type="button" className="button" onClick={() => go('source')}>Change the source</button></div>
        </>
      ) : null}
      {sample.isFetching && !preview && <Skeleton rows={6} height={34} />}
      {preview && (
        <>
          <Noticed lines={preview.warnings} />
          {source.explode && (
            <p className="note row">
              One row for each element of <code>{source.explode}</code>; the other fields are repeated.
              <button type="button" className="button" onClick={() => set({ explode: undefined })}>Keep it as a list</button>
            </p>
          )}
          <SamplePreview
            key={preview.source} preview={preview} profile={profileOf(profile.data)} isProfiling={profile.isFetching} nodeActions={actions}
            onView={(view) => { if (view === 'fields') setWhole(true); }}
          />
          {hasRecords && isNested(source, preview.detected) && (
            <RecordsField
              key={`${given.records ?? ''} ${given.key_field ?? ''}`} records={given.records ?? ''} keyField={given.key_field ?? ''} hasKeys={hasKeys}
              onApply={(records, key_field) => set({ records, key_field } as Partial<Source>)}
            />
          )}
          {preview.data.some((row) => Object.values(row).some((value) => typeof value === 'string' && value.startsWith('['))) && (
            <Choice
              label="Lists within a row become" value={source.arrays ?? 'json'} choices={{ json: 'JSON text', join: 'their elements, joined by commas' }}
              onChange={(arrays) => set({ arrays: arrays === 'join' ? 'join' : undefined })}
            />
          )}
        </>
      )}
    </div>
  );
}
