import '@/components/runs.css';
import type { S } from '@/api/client';
import { count } from '@/lib/format';
import { isFinished } from './words';

const PARTS: [keyof S['RunSummary'] & `${string}_records`, string][] = [
  ['inserted_records', 'Inserted'], ['updated_records', 'Updated'], ['unchanged_records', 'Unchanged'],
  ['skipped_records', 'Skipped'], ['deduplicated_records', 'Duplicates'], ['rejected_records', 'Rejected'],
];

type Counted = Pick<S['RunSummary'], (typeof PARTS)[number][0] | 'total_records'>;

/** Where every row that was read went: what was read is the sum of the rest. */
export function Sums({ counts, isPlan = false }: { counts: Counted; isPlan?: boolean }) {
  return (
    <dl className="sums" aria-label={isPlan ? 'What would happen to each row' : 'What happened to each row'}>
      <One label={isPlan ? 'Rows read' : 'Read'} value={counts.total_records} />
      {PARTS.map(([key, label], index) => (
        <One key={key} sign={index === 0 ? 'equals' : 'plus'} label={label} value={counts[key]} isWarning={key === 'rejected_records'} />
      ))}
    </dl>
  );
}

/** A number; `sign`: how it goes on from the one before it, drawn by the style. */
function One({ label, value, sign = '', isWarning = false }: { label: string; value: number; sign?: 'equals' | 'plus' | ''; isWarning?: boolean }) {
  return (
    <div className={`${sign} ${value === 0 ? 'zero' : isWarning ? 'warning' : ''}`.trim() || undefined}>
      <dt>{label}</dt>
      <dd>{count(value)}</dd>
    </div>
  );
}

/** The counts of a run; until it has ended, and when it was broken off, only what is known. */
export function RunCounts({ run }: { run: S['RunView'] }) {
  const sum = PARTS.reduce((all, [key]) => all + run[key], 0);
  if (run.status === 'PENDING') return null;
  if (run.status === 'FAILED' && run.total_records === 0) return null;
  if (isFinished(run.status) && sum === run.total_records) return <Sums counts={run} />;
  return (
    <div className="stack" style={{ gap: 6 }}>
      <dl className="sums" aria-label="Rows so far">
        <One label={isFinished(run.status) ? 'Read' : 'Read so far'} value={run.total_records} />
        <One label={isFinished(run.status) ? 'Rejected' : 'Rejected so far'} value={run.rejected_records} isWarning />
      </dl>
      {isFinished(run.status) && <p className="muted small">The run ended early, so these rows were not loaded. The table is as it was before.</p>}
    </div>
  );
}
