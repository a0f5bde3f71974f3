import type { S } from '@/api/client';
import { causeWords } from '@/components/causes';
import { inText } from '@/lib/difference';
import { Sums } from './RunCounts';

type Row = Record<string, unknown>;
interface Samples {
  inserted?: Row[];
  updated?: { before: Row; after: Row }[];
  rejected?: Row[];
}
export interface Plan {
  ddl?: string[];
  samples?: Samples;
}

interface Props {
  counts: Parameters<typeof Sums>[0]['counts'];
  plan: Plan | null;
  warnings: string[];
  reasons: { code: string; column: string; count: number }[];
  /** Only a part of the rows was looked at. */
  isPartial: boolean;
}

/** What a dry run found: where each row would go, what would be made, samples; nothing was written. */
export function PlanShown({ counts, plan, warnings, reasons, isPartial }: Props) {
  const samples = plan?.samples ?? {};
  const updated = samples.updated ?? [];
  return (
    <div className="stack">
      <p className="note">{isPartial ? `The first ${counts.total_records.toLocaleString()} rows were tried out. ` : ''}Nothing was written.</p>
      <Sums counts={counts} isPlan />
      {warnings.length > 0 && (
        <section className="note warning" aria-label="Warnings">
          <ul style={{ margin: 0, paddingLeft: 18 }}>{warnings.map((one) => <li key={one}>{one}</li>)}</ul>
        </section>
      )}
      {(plan?.ddl?.length ?? 0) > 0 && (
        <section>
          <h2>What would be changed in the database</h2>
          <pre className="log-pane" tabIndex={0} aria-label="Statements" style={{ height: 'auto', maxHeight: 260, padding: 12, whiteSpace: 'pre-wrap' }}>{plan?.ddl?.join(';\n\n')}</pre>
        </section>
      )}
      {reasons.length > 0 && (
        <section>
          <h2>Why rows would be rejected</h2>
          <ul style={{ margin: '6px 0 0', paddingLeft: 18 }}>
            {reasons.map((one) => (
              <li key={`${one.code} ${one.column}`}>
                {one.count.toLocaleString()} × {causeWords(one.code, one.column)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <SampleTable label="Rows that would be inserted" rows={samples.inserted ?? []} />
      {updated.length > 0 && (
        <section>
          <h2>Rows that would be updated</h2>
          {updated.map((one, index) => <Changed key={index} before={one.before} after={one.after} />)}
        </section>
      )}
      <SampleTable label="Rows that would be rejected" rows={samples.rejected ?? []} />
    </div>
  );
}

function SampleTable({ label, rows }: { label: string; rows: Row[] }) {
  if (rows.length === 0) return null;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <section>
      <h2>{label}</h2>
      <div role="region" aria-label={label} tabIndex={0} style={{ overflow: 'auto', maxHeight: 320 }}>
        <table className="diff nowrap">
          <thead><tr>{columns.map((name) => <th key={name} scope="col">{name.replace(/^_/, '')}</th>)}</tr></thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>{columns.map((name) => <td key={name} data-label={name}>{inText(row[name])}</td>)}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Changed({ before, after }: { before: Row; after: Row }) {
  const differs = Object.keys(after).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
  return (
    <p style={{ marginTop: 6 }}>
      {differs.map((key) => (
        <span key={key} style={{ marginRight: 14 }}>
          <code>{key}</code>: <s className="muted">{inText(before[key])}</s> → <strong>{inText(after[key])}</strong>
        </span>
      ))}
    </p>
  );
}

/** The parts of a dry run that is kept as a run. */
export const planOf = (run: S['RunView']): Props => ({
  counts: run, plan: run.plan as Plan | null, warnings: run.warnings, isPartial: false,
  reasons: run.reject_groups.map(({ code, column, count }) => ({ code, column, count })),
});
