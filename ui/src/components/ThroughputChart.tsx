import { useId, useState, type KeyboardEvent } from 'react';
import { count, plural, short } from '@/lib/format';
import './throughput.css';

export interface Throughput {
  at: string;
  loaded: number;
  rejected: number;
  runs: number;
  failed: number;
}

interface Props {
  /** What is shown, for screen readers: "Rows of the last 24 hours". */
  label: string;
  points: Throughput[];
  /** The time of a bar in words. */
  name: (at: string) => string;
  /** The same, short enough to stand below a bar. */
  tick: (at: string) => string;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [720, 220, 44, 22, 8];

/** Rows over time: loaded and rejected, one bar on the other. Arrow keys read the values. */
export function ThroughputChart({ label, points, name, tick }: Props) {
  const id = useId();
  const [at, setAt] = useState<number | null>(null);
  const top = ceiling(Math.max(...points.map((one) => one.loaded + one.rejected), 1));
  const step = (WIDTH - LEFT) / Math.max(points.length, 1);
  const scale = (rows: number) => (rows / top) * (HEIGHT - BOTTOM - TOP);
  const every = Math.ceil(points.length / 8);
  const current = at === null ? undefined : points[Math.min(at, points.length - 1)];

  function move(event: KeyboardEvent) {
    const last = points.length - 1;
    const next = { ArrowRight: at === null ? 0 : Math.min(at + 1, last), ArrowLeft: at === null ? last : Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (event.key === 'Escape') setAt(null);
    else if (next !== undefined) setAt(next);
    else return;
    event.preventDefault();
  }

  return (
    <figure className="throughput">
      <div
        className="throughput-plot" role="slider" tabIndex={0} aria-label={label} aria-orientation="horizontal"
        aria-readonly="true" aria-valuemin={1} aria-valuemax={points.length} aria-valuenow={at === null ? points.length : at + 1}
        aria-valuetext={current ? said(current, name) : 'Use the arrow keys to read the bars'} aria-describedby={`${id}-legend`}
        onKeyDown={move} onBlur={() => setAt(null)} onPointerLeave={() => setAt(null)}
      >
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width="100%" aria-hidden="true" focusable="false">
          {[0, top / 2, top].map((rows) => (
            <g key={rows}>
              <line x1={LEFT} x2={WIDTH} y1={HEIGHT - BOTTOM - scale(rows)} y2={HEIGHT - BOTTOM - scale(rows)} className="throughput-line" />
              <text x={LEFT - 8} y={HEIGHT - BOTTOM - scale(rows) + 4} textAnchor="end">
                {short(rows)}
              </text>
            </g>
          ))}
          {points.map((one, index) => {
            const [x, width] = [LEFT + index * step + step * 0.15, Math.max(step * 0.7, 1)];
            const base = HEIGHT - BOTTOM;
            // Few rejected rows beside many loaded ones must still be seen.
            const bad = one.rejected > 0 ? Math.max(scale(one.rejected), 3) : 0;
            const good = one.loaded > 0 ? Math.max(scale(one.loaded), 2) : 0;
            return (
              <g key={one.at} onPointerEnter={() => setAt(index)} onPointerDown={() => setAt(index)}>
                <rect x={LEFT + index * step} y={0} width={step} height={HEIGHT} className={at === index ? 'throughput-at' : 'throughput-hit'} />
                <rect x={x} y={base - good} width={width} height={good} rx={1.5} className="throughput-ok" />
                <rect x={x} y={base - good - bad} width={width} height={bad} rx={1.5} className="throughput-bad" />
                {index % every === 0 && (
                  <text x={x + width / 2} y={HEIGHT - 5} textAnchor="middle">
                    {tick(one.at)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <figcaption className="spread small" id={`${id}-legend`}>
        <span className="row">
          <span className="throughput-key">
            <i className="ok" /> Loaded
          </span>
          <span className="throughput-key">
            <i className="bad" /> Rejected
          </span>
        </span>
        <span className="muted number">{current ? said(current, name) : 'Point at a bar, or use the arrow keys.'}</span>
      </figcaption>
    </figure>
  );
}

/** The same as a table. */
export function ThroughputTable({ label, points, name }: Omit<Props, 'tick'>) {
  return (
    <div className="throughput-scroll" role="region" tabIndex={0} aria-label={label}>
      <table className="grid-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="end">Loaded</th>
            <th scope="col" className="end">Rejected</th>
            <th scope="col" className="end">Runs</th>
            <th scope="col" className="end">Failed</th>
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((one) => (
            <tr key={one.at}>
              <th scope="row">{name(one.at)}</th>
              <td className="end number">{count(one.loaded)}</td>
              <td className="end number">{count(one.rejected)}</td>
              <td className="end number">{count(one.runs)}</td>
              <td className="end number">{count(one.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const said = (one: Throughput, name: (at: string) => string): string =>
  `${name(one.at)}: ${count(one.loaded)} loaded, ${count(one.rejected)} rejected, ${plural(one.runs, 'run')}`;

/** The next round number: 1, 2 or 5 times a power of ten. */
function ceiling(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= most) ?? most;
}
