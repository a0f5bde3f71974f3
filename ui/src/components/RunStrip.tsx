import './runs.css';
import { Link } from 'react-router';
import { ago, duration, moment } from '@/lib/format';
import { useNarrow } from '@/lib/useMedia';
import { stateWord } from './StateTag';

export interface PastRun {
  id: string;
  task_name: string;
  status: string;
  queued_at: string;
  started_at?: string | null;
  duration_seconds: number;
}
export interface PlannedRun {
  task_id: string;
  task_name: string;
  at: string;
}

interface Props {
  past: PastRun[];
  planned: PlannedRun[];
  now: number;
}

const LOOK: Record<string, string> = { SUCCESS: 'ok', PARTIAL_SUCCESS: 'warn', FAILED: 'bad', RUNNING: 'going' };
const HEIGHT = 66;
const BASE = 44;
const LANES = 3;
const hour = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** Past and planned runs on one axis of time; each leads to its run or its task. */
export function RunStrip({ past, planned, now }: Props) {
  const isNarrow = useNarrow();
  const width = isNarrow ? 360 : 1100;
  const moments = past.map((one) => new Date(one.started_at ?? one.queued_at).getTime());
  const coming = planned.filter((one) => new Date(one.at).getTime() > now).sort((a, b) => a.at.localeCompare(b.at)).slice(0, isNarrow ? 2 : 5);
  if (moments.length + coming.length === 0) return null;
  const first = Math.min(...moments, now - 3_600_000);
  // What was is to scale. What comes stands in its order only: a run of next month would press the rest together.
  const here = width * (coming.length > 0 ? 0.76 : 0.97);
  const x = (at: number) => 8 + ((Math.min(at, now) - first) / (now - first)) * (here - 8);
  const gap = (width - here) / Math.max(coming.length, 1);
  const ends: number[] = Array.from({ length: LANES }, () => -Infinity);
  const order = past.map((one, index) => ({ one, at: moments[index] ?? now })).sort((a, b) => a.at - b.at);
  const label = now - first > 2 * 86_400_000 ? day : hour;
  return (
    <figure className="card" style={{ padding: '8px 10px 4px', marginBottom: 14 }}>
      <svg className="run-strip" viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label={`Runs over time: ${past.length} past, ${coming.length} planned`}>
        <line className="axis" x1={0} x2={width} y1={BASE + 4} y2={BASE + 4} />
        {(isNarrow ? [0, 0.5] : [0, 0.25, 0.5, 0.75]).map((share) => (
          <text key={share} x={8 + share * (here - 8)} y={HEIGHT - 4}>{label.format(first + share * (now - first))}</text>
        ))}
        <line className="now" x1={x(now)} x2={x(now)} y1={0} y2={BASE + 4} />
        <text x={here} y={HEIGHT - 4} textAnchor={coming.length > 0 ? 'middle' : 'end'}>now</text>
        {order.map(({ one, at }) => {
          const left = x(at);
          const length = Math.max(6, x(Math.min(at + one.duration_seconds * 1000, now)) - left);
          const free = ends.findIndex((end) => end <= left);
          const lane = free === -1 ? LANES - 1 : free;
          ends[lane] = left + length + 1;
          const said = `${one.task_name}: ${stateWord(one.status)}, ${ago(one.queued_at, now)}, ${duration(one.duration_seconds)}`;
          return (
            <Link key={one.id} to={`/runs/${one.id}`} aria-label={said} tabIndex={-1}>
              <title>{said}</title>
              <rect className={LOOK[one.status] ?? 'other'} x={left} y={BASE - 12 - lane * 14} width={length} height={12} rx={2} />
              {one.status === 'FAILED' && <path d={`M${left + 1.5} ${BASE - 10 - lane * 14}l3 8`} stroke="var(--surface)" strokeWidth={1.2} />}
            </Link>
          );
        })}
        {coming.map((one, index) => {
          const at = here + gap * (index + 0.5);
          const said = `${one.task_name}: planned for ${moment(one.at)}`;
          return (
            <Link key={`${one.task_id} ${one.at}`} to={`/tasks/${one.task_id}?tab=schedule`} aria-label={said} tabIndex={-1}>
              <title>{said}</title>
              <circle className="planned" cx={at} cy={BASE - 8} r={5} />
              {(index === 0 || gap > 90) && <text x={at} y={HEIGHT - 4} textAnchor="middle">{ago(one.at, now)}</text>}
            </Link>
          );
        })}
      </svg>
    </figure>
  );
}
