import { api } from '@/api/client';
import { ConnectionPicker } from '@/components/ConnectionPicker';
import type { SqlSource } from '@/lib/definition';
import { sentence } from '@/lib/problems';
import type { StepProps } from '../context';
import { put } from '../draft';
import { OnlyNew } from './ApiSource';
import { Field, TextField } from './Field';

interface Props extends Pick<StepProps, 'errors' | 'fields' | 'project'> {
  source: SqlSource;
  onChange: (next: SqlSource) => void;
}

/** A table or a query of a database. */
export function SqlSourceForm({ source, onChange, errors, fields, project }: Props) {
  const isQuery = source.query !== undefined && source.query !== null;
  const connection = source.connection ?? '';
  const tables = api.useQuery('get', '/api/v1/connections/{connection}/tables', { params: { path: { connection }, query: { project } } }, { enabled: connection !== '' && !isQuery, staleTime: 60_000, retry: false });
  const choose = (query: boolean) => {
    const { query: _query, table: _table, ...rest } = source;
    onChange(query ? { ...rest, query: source.table ? `SELECT * FROM ${source.table}` : '' } : { ...rest, table: '' });
  };
  return (
    <div className="card stack">
      {source.url ? (
        <p className="note">This task reads through an address of its own, which stays as it is.</p>
      ) : (
        <ConnectionPicker label="Connection" use="source" sourceKind="sql" value={connection} error={errors['source.connection']} onChange={(next) => onChange(put(source, { connection: next }))} />
      )}
      <fieldset className="plain-set row">
        <legend>What is read?</legend>
        <label className="check"><input type="radio" name="sql-what" checked={!isQuery} onChange={() => choose(false)} /> A table or view</label>
        <label className="check"><input type="radio" name="sql-what" checked={isQuery} onChange={() => choose(true)} /> A query</label>
      </fieldset>
      {isQuery ? (
        <Field label="Query" help="It only reads: the session cannot change anything." error={errors['source.query']}>
          {(common) => <textarea className="input code" rows={8} spellCheck={false} {...common} value={source.query ?? ''} placeholder="SELECT id, name FROM customers" onChange={(event) => onChange({ ...source, query: event.target.value })} />}
        </Field>
      ) : (
        <>
          <TextField
            label="Table" value={source.table} list="source-tables" placeholder={tables.isFetching ? 'Loading the tables …' : 'such as orders or sales.orders'} error={errors['source.table']}
            help={tables.error ? sentence(tables.error) : tables.data?.message || undefined} onChange={(table) => onChange({ ...source, table })}
          />
          <datalist id="source-tables">{tables.data?.items.map((one) => <option key={one.name} value={one.name} />)}</datalist>
        </>
      )}
      <OnlyNew value={source.incremental} isApi={false} fields={fields.map((one) => one.name)} errors={errors} onChange={(incremental) => onChange(put(source, { incremental }))} />
    </div>
  );
}
