import './runs.css';
import { duration } from '@/lib/format';

const ORDER = ['starting', 'reading', 'loading', 'publishing'];
const WORDS: Record<string, string> = { starting: 'Starting', reading: 'Reading', loading: 'Loading', publishing: 'Publishing' };

interface Props {
  /** Seconds by phase, as a run has them. */
  phases: Record<string, number>;
  /** The phase that goes on now. */
  current?: string;
  isRunning?: boolean;
  /** Seconds that the run has taken by now: what no phase has is the current one's. */
  elapsed?: number;
}

/** The phases of a run one after the other: each begins where the one before it ended. */
export function PhaseTimeline({ phases, current = '', isRunning = false, elapsed = 0 }: Props) {
  const known = Object.keys(phases);
  const names = [...ORDER.filter((name) => known.includes(name) || (isRunning && known.length > 0)), ...known.filter((name) => !ORDER.includes(name))];
  if (names.length === 0) return <p className="muted">The run has not begun yet.</p>;
  const others = known.reduce((sum, name) => sum + (name === current ? 0 : (phases[name] ?? 0)), 0);
  const seconds = (name: string) => (isRunning && name === current ? Math.max(phases[name] ?? 0, elapsed - others) : (phases[name] ?? 0));
  const total = Math.max(names.reduce((sum, name) => sum + seconds(name), 0), 0.001);
  let from = 0;
  return (
    <ol className="phases">
      {names.map((name) => {
        const left = from;
        const took = seconds(name);
        from += took;
        const isGoing = isRunning && name === current;
        const waits = isRunning && !isGoing && !(name in phases);
        return (
          <li key={name} className={isGoing ? 'going' : undefined}>
            <span className={waits ? 'waits' : undefined}>{WORDS[name] ?? name}</span>
            <span className="track" aria-hidden="true">
              {took > 0 && <i style={{ left: `${(left / total) * 100}%`, width: `${(took / total) * 100}%` }} />}
            </span>
            <span className="number">{waits ? <span className="waits">waits</span> : duration(took)}</span>
          </li>
        );
      })}
    </ol>
  );
}
