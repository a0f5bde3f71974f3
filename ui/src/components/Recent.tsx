import './recent.css';
import type { S } from '@/api/client';
import { ago, count, duration } from '@/lib/format';
import { stateWord } from './StateTag';

/** A run as a bar. `TaskSummary.recent` and items of the list of runs fit. */
export type RecentOne = Pick<S['RunSummary'], 'id' | 'status' | 'queued_at' | 'duration_seconds' | 'total_records' | 'rejected_records'>;

const PLACES = 10;
const STEP = 9;
const WIDTH = 6;
const HEIGHT = 22;

/** The last ten runs as bars, the newest at the right: as high as they took long, coloured and shaped by their state. */
export function Recent({ runs }: { runs: (Omit<RecentOne, 'status'> & { status: string })[] }) {
  if (runs.length === 0) return <span className="muted small">No runs yet</span>;
  const shown = runs.slice(0, PLACES).reverse();
  const longest = Math.max(...shown.map((run) => run.duration_seconds), 0.001);
  return (
    <svg className="recent" width={PLACES * STEP} height={HEIGHT + 8} role="img" aria-label={inWords(shown)}>
      {Array.from({ length: PLACES - shown.length }, (_, index) => (
        <rect key={index} className="none" x={index * STEP + 1} y={HEIGHT + 5} width={WIDTH} height={2} />
      ))}
      {shown.map((run, index) => {
        const height = Math.max(5, Math.round((run.duration_seconds / longest) * HEIGHT));
        const x = (PLACES - shown.length + index) * STEP + 1;
        const y = HEIGHT + 7 - height;
        return (
          <g key={run.id}>
            <title>{`${stateWord(run.status)}, ${ago(run.queued_at)}, ${duration(run.duration_seconds)}, ${count(run.total_records)} rows, ${count(run.rejected_records)} rejected`}</title>
            <rect x={x - 1} y={0} width={STEP} height={HEIGHT + 8} fill="transparent" />
            <rect className={LOOK[run.status as S['Status']] ?? 'bar'} x={x} y={y} width={WIDTH} height={height} rx={1} />
            {run.status === 'FAILED' && <path className="mark" d={`M${x + 1} ${y - 5}l4 4m0 -4l-4 4`} />}
            {run.status === 'PARTIAL_SUCCESS' && <circle className="warn" cx={x + WIDTH / 2} cy={y - 3} r={1.6} />}
          </g>
        );
      })}
    </svg>
  );
}

const LOOK: Record<S['Status'], string> = {
  SUCCESS: 'bar', PARTIAL_SUCCESS: 'warn', FAILED: 'bad', CANCELLED: 'hollow', PENDING: 'hollow', RUNNING: 'going',
};

function inWords(shown: { status: string }[]): string {
  const numbers = new Map<string, number>();
  for (const run of [...shown].reverse()) numbers.set(run.status, (numbers.get(run.status) ?? 0) + 1);
  const parts = [...numbers].map(([status, number]) => `${number} ${stateWord(status).toLowerCase()}`);
  const last = shown.at(-1);
  return `Last ${shown.length === 1 ? 'run' : `${shown.length} runs`}: ${parts.join(', ')}.${shown.length > 1 && last ? ` The newest: ${stateWord(last.status).toLowerCase()}.` : ''}`;
}
