import { Select } from 'antd';
import { ConnectionPicker } from '@/components/ConnectionPicker';
import { listOf, type LoadSpec } from '@/lib/definition';
import { sentence } from '@/lib/problems';
import { columnNames, put } from '../draft';
import { modeOf, MODES } from '../sentences';
import type { StepProps } from '../context';
import { DdlView } from './DdlView';
import { Field, TextField, Tiles } from './Field';
import { LoadDetails } from './LoadDetails';
import { TableFit } from './TableFit';

/** Where the rows go, and what happens to those that are there. */
export function DestinationStep(props: StepProps) {
  const { draft, edit, fields, target, connections, errors, go } = props;
  const { definition } = draft;
  const { load } = definition;
  const set = (change: Partial<LoadSpec>) => edit({ ...definition, load: { ...put(load, change), table: change.table ?? load.table } });
  const mode = modeOf(load);
  const able = target.connector?.modes;
  const names = columnNames(definition, fields, target.columns);
  const keys = listOf(load.keys);
  return (
    <div className="stack">
      <div className="card stack">
        {load.to ? (
          <p className="note">This task loads through an address of its own, which stays as it is.</p>
        ) : (
          <ConnectionPicker
            label="Connection" use="destination" value={load.connection ?? ''} error={errors['load.connection']}
            none={connections.active ? `The default one (${connections.active})` : undefined} onChange={(connection) => set({ connection: connection || undefined })}
          />
        )}
        <TextField
          label="Table" value={load.table} list="target-tables" error={errors['load.table']} placeholder={target.isLooking ? 'Loading the tables …' : 'A table that is there, or the name of a new one'}
          help={tableHelp(props)} onChange={(table) => set({ table })}
        />
        <datalist id="target-tables">{target.tables.map((one) => <option key={`${one.schema}.${one.name}`} value={one.name}>{one.is_view ? 'view' : ''}</option>)}</datalist>
        {target.error ? <p className="note warning">{sentence(target.error)}</p> : null}
        {target.columns && <TableFit definition={definition} fields={fields} columns={target.columns} go={go} />}
        {!target.exists && !target.isLooking && load.table.trim() !== '' && target.connection !== '' && <DdlView {...props} />}
      </div>
      <div className="card stack">
        <Tiles
          label="What happens to rows that are in the table already?" name="mode" value={mode}
          tiles={Object.entries(MODES).map(([value, one]) => ({ value, ...one, off: able && !able.includes(value as never) ? `${target.connector?.title ?? 'This kind'} cannot do this.` : undefined }))}
          onChange={(next) => set({ mode: next as LoadSpec['mode'], ...(next === 'upsert' ? {} : { skip_when: undefined }) })}
        />
        {mode !== 'append' && mode !== 'truncate_insert' && (
          <Field label={mode === 'delete_insert' ? 'Columns that say which part' : 'Columns that identify a row'} help={keyHelp(mode)} error={errors['load.keys'] ?? errors.load}>
            {(common) => (
              <Select
                {...common} mode="tags" style={{ width: '100%' }} value={keys} placeholder="Choose one or more columns" tokenSeparators={[',']}
                options={names.map((name) => ({ value: name, label: name }))} onChange={(next: string[]) => set({ keys: next })} status={common['aria-invalid'] ? 'error' : ''}
              />
            )}
          </Field>
        )}
        {(mode === 'upsert' || mode === 'insert') && target.shape && target.shape.primary_key.length > 0 && keys.join() !== target.shape.primary_key.join() && (
          <p className="row">
            The table's own key is <code>{target.shape.primary_key.join(', ')}</code>
            <button type="button" className="button" onClick={() => set({ keys: target.shape?.primary_key })}>Use it</button>
          </p>
        )}
        <LoadDetails load={load} set={set} names={names} isNew={!target.exists} errors={errors} />
      </div>
    </div>
  );
}

function tableHelp({ target, draft }: StepProps): string | undefined {
  if (!target.connection) return 'Choose a connection first.';
  if (target.isLooking) return 'Looking at the tables …';
  if (!target.mayLook) return target.said || 'The account may not look at the tables, so type the name.';
  if (!target.connector?.has_tables) return 'A file of this name is made.';
  if (!draft.definition.load.table.trim()) return undefined;
  return target.exists ? 'This table is there already.' : 'There is no such table yet: it will be made by the first run.';
}

const keyHelp = (mode: string): string =>
  mode === 'upsert' ? 'Rows with the same values in these columns are the same row.'
  : mode === 'insert' ? 'A row whose values are there already is rejected. May be left empty.'
  : 'All rows with the values that come in go first, such as all rows of a day.';
