import { useState } from 'react';
import { listOf, type LoadSpec } from '@/lib/definition';
import { put } from '../draft';
import { modeOf } from '../sentences';
import { Choice, ListField, TextField } from './Field';
import { HeldTo } from './HeldTo';

interface Props {
  load: LoadSpec;
  set: (change: Partial<LoadSpec>) => void;
  names: string[];
  isNew: boolean;
  errors: Record<string, string>;
}

const limitText = (limit: LoadSpec['max_rejects']): string =>
  limit === undefined || limit === null ? '' : typeof limit === 'object' ? (limit.percent != null ? `${limit.percent}%` : String(limit.count ?? '')) : String(limit);

/** What has a good default: limits, drift, nulls, times of the load. */
export function LoadDetails({ load, set, names, isNew, errors }: Props) {
  const mode = modeOf(load);
  const limit = limitText(load.max_rejects);
  const [isSaid] = useState(() => ['max_rejects', 'on_limit', 'drift', 'nulls', 'skip_when', 'audit', 'create', 'primary_key', 'indexes', 'keep_parquet', 'schema'].some((key) => key in load));
  const audit = load.audit ?? {};
  const setAudit = (change: Partial<NonNullable<LoadSpec['audit']>>) => {
    const next = put(audit, change);
    set({ audit: Object.keys(next).length ? next : undefined });
  };
  return (
    <details className="fold" open={isSaid || undefined}>
      <summary>Limits, changes of the source and more</summary>
      <div className="form-grid" style={{ marginTop: 12 }}>
        <TextField
          label="Stop when more rows are rejected than" value={limit} placeholder="Never" error={errors['load.max_rejects']} help="A number of rows (100) or a share (5%)."
          onChange={(next) => set({ max_rejects: /^\d+$/.test(next.trim()) ? Number(next) : next || undefined })}
        />
        {limit && <Choice label="What was loaded by then" value={load.on_limit ?? 'rollback'} choices={{ rollback: 'is taken back', keep: 'stays' }} onChange={(next) => set({ on_limit: next === 'keep' ? 'keep' : undefined })} />}
        <Choice
          label="When the source has new fields" value={load.drift ?? 'freeze'}
          choices={{ freeze: 'leave them out and report them', evolve: 'add columns for them', reject: 'refuse to run' }}
          onChange={(next) => set({ drift: next === 'freeze' ? undefined : (next as LoadSpec['drift']) })}
        />
        {isNew && (
          <Choice
            label="Columns of the new table" value={load.create ?? 'typed'} choices={{ typed: 'get types that hold all values', text: 'are all text', never: 'The table must be there: never make it' }}
            onChange={(next) => set({ create: next === 'typed' ? undefined : (next as LoadSpec['create']) })}
          />
        )}
        {mode === 'upsert' && (
          <>
            <Choice label="An empty value that comes in" value={load.nulls ?? 'overwrite'} choices={{ overwrite: 'empties the column', keep: 'keeps what is there' }} onChange={(next) => set({ nulls: next === 'keep' ? 'keep' : undefined })} />
            <TextField
              label="Leave rows alone where the column" value={load.skip_when?.column} list="load-columns" placeholder="such as locked" error={errors['load.skip_when.column']} help="Rows of the table that must not be changed."
              onChange={(column) => set({ skip_when: column ? { column, equals: load.skip_when?.equals ?? '' } : undefined })}
            />
            {load.skip_when && <TextField label="has the value" value={String(load.skip_when.equals ?? '')} onChange={(equals) => set({ skip_when: { column: load.skip_when!.column, equals } })} />}
          </>
        )}
        <TextField label="Column for the time a row was made" value={audit.created_at} list="load-columns" placeholder="None, or such as created_at" onChange={(created_at) => setAudit({ created_at })} />
        <TextField label="Column for the time a row was changed" value={audit.updated_at} list="load-columns" placeholder="None, or such as updated_at" onChange={(updated_at) => setAudit({ updated_at })} />
        {isNew && (
          <>
            <ListField label="Primary key of the new table" value={listOf(load.primary_key)} placeholder="Left empty: the keys" error={errors['load.primary_key']} onChange={(next) => set({ primary_key: next.length ? next : undefined })} />
            <ListField
              label="Columns to find rows by" value={(load.indexes ?? []).map((one) => listOf(one).join(' + '))} placeholder="such as customer, shop + day" error={errors['load.indexes']} help="An index each; + joins columns to one."
              onChange={(next) => set({ indexes: next.length ? next.map((one) => one.split('+').map((part) => part.trim()).filter(Boolean)) : undefined })}
            />
          </>
        )}
        <HeldTo value={load.schema ?? ''} error={errors['load.schema']} onChange={(schema) => set({ schema: schema || undefined })} />
        <TextField label="Keep the rows as a Parquet file, too" value={load.keep_parquet} placeholder="No, or such as kept/orders.parquet" error={errors['load.keep_parquet']} help="A path in the gateway's data folder." onChange={(next) => set({ keep_parquet: next || undefined })} />
        <datalist id="load-columns">{names.map((name) => <option key={name} value={name} />)}</datalist>
      </div>
    </details>
  );
}
