import { useState } from 'react';
import { causeWords, reasonWords } from '@/components/causes';
import { Cell } from '@/components/SamplePreview';
import { Tag } from '@/components/StateTag';
import { count, plural } from '@/lib/format';
import { fieldErrors, sentence } from '@/lib/problems';
import { resultOf, usePlan, type PlanResult } from '../plan';
import type { StepProps } from '../context';
import { Noticed } from './Noticed';

const AMOUNTS: [string, string][] = [['100', 'The first 100 rows'], ['1000', 'The first 1,000 rows'], ['10000', 'The first 10,000 rows'], ['', 'All rows']];

/** What a run would do, found out by doing everything but the writing. */
export function DryRun({ draft, project, task }: StepProps) {
  const [rows, setRows] = useState('1000');
  const plan = usePlan(project, task?.id);
  const result = plan.data && resultOf(plan.data);
  return (
    <section className="card stack" aria-label="Dry run">
      <div className="spread">
        <div>
          <h3>Dry run</h3>
          <p className="muted">Does everything against the real table, and writes nothing.</p>
        </div>
        <div className="row">
          <select className="select" style={{ width: 'auto' }} aria-label="Rows of the dry run" value={rows} onChange={(event) => setRows(event.target.value)}>
            {AMOUNTS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
          </select>
          <button type="button" className="button" disabled={plan.isPending} onClick={() => plan.mutate({ draft, rows: rows ? Number(rows) : null })}>{plan.isPending ? 'Trying …' : 'Dry run'}</button>
        </div>
      </div>
      <div role="status" className="stack" style={{ gap: 10 }}>
        {plan.isPending && <p className="muted">Reading, mapping, checking and comparing with the table. This can take up to a minute.</p>}
        {plan.error ? (
          <div className="note error">
            <strong>The dry run could not be made.</strong> {sentence(plan.error)}
            {Object.keys(fieldErrors(plan.error)).map((path) => <div key={path}><code>{path}</code></div>)}
          </div>
        ) : null}
        {result && plan.data && !plan.isPending && <Result result={result} isPartial={plan.data.partial} />}
      </div>
    </section>
  );
}

function Result({ result, isPartial }: { result: PlanResult; isPartial: boolean }) {
  const numbers: [string, number, string][] = [
    ['Inserted', result.inserted_records, 'success'], ['Updated', result.updated_records, 'info'], ['Unchanged', result.unchanged_records, ''],
    ['Skipped', result.skipped_records, ''], ['Duplicates', result.deduplicated_records, ''], ['Rejected', result.rejected_records, result.rejected_records ? 'warning' : ''],
  ];
  const samples = result.plan?.samples;
  return (
    <>
      <p>Of {plural(result.total_records, 'row')}{isPartial ? ' that were read (the source has more)' : ''}, this would happen. Nothing was written.</p>
      {result.error && <p className="note error">{result.error}</p>}
      <ul className="counts">
        {numbers.map(([word, value, tone]) => <li key={word} className={tone}><strong className="number">{count(value)}</strong><span>{word.toLowerCase()}</span></li>)}
      </ul>
      {result.rejects.by_reason.map((one) => (
        <p key={one.code + one.column} className="row"><Tag tone="warning" icon="warning">{causeWords(one.code, one.column)}</Tag><span>{plural(one.count, 'row')}</span></p>
      ))}
      <Noticed lines={result.warnings} />
      {result.plan && result.plan.ddl.length > 0 && (
        <details className="fold"><summary>How the table is made or changed</summary><pre className="ddl" tabIndex={0} role="region" aria-label="Statements">{result.plan.ddl.join(';\n\n')}</pre></details>
      )}
      {samples && samples.inserted.length > 0 && <Rows title="Inserted, for example" rows={samples.inserted} isOpen />}
      {samples && samples.updated.length > 0 && <Updated rows={samples.updated} />}
      {samples && samples.rejected.length > 0 && <Rows title="Rejected, for example" rows={samples.rejected.map(readable)} />}
    </>
  );
}

/** A rejected row with its reason first. */
function readable(row: Record<string, unknown>): Record<string, unknown> {
  const { _message, _locator, _codes, _columns, _raw, ...rest } = row;
  return { reason: typeof _message === 'string' ? reasonWords(_message) : _message, place: _locator, ...(_columns ? { column: _columns } : {}), ...(_raw != null ? { 'as it came': _raw } : {}), ...rest };
}

function Rows({ title, rows, isOpen }: { title: string; rows: Record<string, unknown>[]; isOpen?: boolean }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <details className="fold" open={isOpen}>
      <summary>{title}</summary>
      <div className="grid-scroll framed" tabIndex={0} role="region" aria-label={title}>
        <table className="grid">
          <thead><tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>{rows.map((row, at) => <tr key={at}>{columns.map((name) => <td key={name}><Cell value={row[name]} /></td>)}</tr>)}</tbody>
        </table>
      </div>
    </details>
  );
}

function Updated({ rows }: { rows: { before: Record<string, unknown>; after: Record<string, unknown> }[] }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row.after)))];
  return (
    <details className="fold" open>
      <summary>Updated, for example</summary>
      <div className="grid-scroll framed" tabIndex={0} role="region" aria-label="Updated rows">
        <table className="grid">
          <thead><tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {columns.map((name) => (
                  <td key={name}>
                    {JSON.stringify(row.before[name]) === JSON.stringify(row.after[name]) ? <Cell value={row.after[name]} /> : <><del><Cell value={row.before[name]} /></del> <ins><Cell value={row.after[name]} /></ins></>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
