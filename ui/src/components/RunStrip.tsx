import './runs.css';
import { Link } from 'react-router';
import { ago, duration, moment } from '@/lib/format';
import { useMedia } from '@/lib/useMedia';
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
  const isNarrow = useMedia('(max-width: 767.98px)');
  const width = isNarrow ? 360 : 1100;
  const moments = past.map((one) => new Date(one.started_at ?? one.queued_at).getTime());
  const coming = planned.map((one) => new Date(one.at).getTime()).filter((at) => at > now);
  if (moments.length + coming.length === 0) return null;
  const first = Math.min(...moments, now - 3_600_000);
  const past_ = now - first;
  // What comes gets at most a third of the axis, so that a run of next month does not press the rest together.
  const last = Math.max(now + Math.max(past_ * 0.08, 600_000), Math.min(Math.max(...coming, 0), now + past_ / 2));
  const x = (at: number) => 8 + ((at - first) / (last - first)) * (width - 16);
  const ends: number[] = Array.from({ length: LANES }, () => -Infinity);
  const order = past.map((one, index) => ({ one, at: moments[index] ?? now })).sort((a, b) => a.at - b.at);
  const label = last - first > 2 * 86_400_000 ? day : hour;
  const shown = planned.filter((one) => { const at = new Date(one.at).getTime(); return at > now && at <= last; });
  return (
    <figure className="card" style={{ padding: '8px 10px 4px', marginBottom: 14 }}>
      <svg className="run-strip" viewBox={`0 0 ${width} ${HEIGHT}`} role="group" aria-label={`Runs over time: ${past.length} past, ${shown.length} planned`}>
        <line className="axis" x1={0} x2={width} y1={BASE + 4} y2={BASE + 4} />
        {[0, 0.25, 0.5, 0.75].map((share) => (
          <text key={share} x={8 + share * (width - 16)} y={HEIGHT - 4}>{label.format(first + share * (last - first))}</text>
        ))}
        <line className="now" x1={x(now)} x2={x(now)} y1={0} y2={BASE + 4} />
        <text x={Math.min(x(now), width - 30)} y={HEIGHT - 4} textAnchor="middle">now</text>
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
        {shown.map((one) => {
          const said = `${one.task_name}: planned for ${moment(one.at)}`;
          return (
            <Link key={`${one.task_id} ${one.at}`} to={`/tasks/${one.task_id}?tab=schedule`} aria-label={said} tabIndex={-1}>
              <title>{said}</title>
              <circle className="planned" cx={x(new Date(one.at).getTime())} cy={BASE - 6} r={5} />
            </Link>
          );
        })}
      </svg>
    </figure>
  );
}
