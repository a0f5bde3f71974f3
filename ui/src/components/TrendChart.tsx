import './runs.css';
import { stateWord } from './StateTag';

export interface Point {
  id: string;
  at: string;
  status: string;
  value: number;
}

interface Props {
  /** What is shown: "Duration of the last 20 runs". */
  label: string;
  /** The oldest first. */
  points: Point[];
  format: (value: number) => string;
  kind?: 'line' | 'bars';
}

const WIDTH = 480;
const HEIGHT = 120;
const TOP = 18;
const BOTTOM = 18;

/** How a number went from run to run; the table below it says the same to those who cannot see it. */
export function TrendChart({ label, points, format, kind = 'line' }: Props) {
  if (points.length < 2) return <p className="muted small">Two finished runs are needed for a trend.</p>;
  const most = Math.max(...points.map((one) => one.value), 0.001);
  const step = WIDTH / points.length;
  const x = (index: number) => step * (index + 0.5);
  const y = (value: number) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const last = points.at(-1);
  return (
    <figure style={{ minWidth: 0 }}>
      <svg className="trend" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}: most ${format(most)}, last ${format(last?.value ?? 0)}.`}>
        <line className="axis" x1={0} x2={WIDTH} y1={HEIGHT - BOTTOM} y2={HEIGHT - BOTTOM} />
        <line className="axis" x1={0} x2={WIDTH} y1={TOP} y2={TOP} strokeDasharray="2 4" />
        <text x={0} y={TOP - 5}>{format(most)}</text>
        <text x={0} y={HEIGHT - 4}>oldest</text>
        <text x={WIDTH} y={HEIGHT - 4} textAnchor="end">newest</text>
        {kind === 'line' && <polyline className="line" points={points.map((one, index) => `${x(index)},${y(one.value)}`).join(' ')} />}
        {points.map((one, index) => {
          const said = <title>{`${new Date(one.at).toLocaleString()}: ${format(one.value)} (${stateWord(one.status)})`}</title>;
          const isBad = one.status === 'FAILED';
          return kind === 'line' ? (
            <circle key={one.id} className={isBad ? 'dot bad' : 'dot'} cx={x(index)} cy={y(one.value)} r={3.5}>{said}</circle>
          ) : (
            <rect key={one.id} className={isBad ? 'bar bad' : 'bar'} x={x(index) - Math.min(step * 0.35, 14)} width={Math.min(step * 0.7, 28)} y={y(one.value)} height={HEIGHT - BOTTOM - y(one.value)} rx={2}>
              {said}
            </rect>
          );
        })}
      </svg>
      <table className="sr-only">
        <caption>{label}</caption>
        <tbody>
          {points.map((one) => (
            <tr key={one.id}>
              <th scope="row">{new Date(one.at).toLocaleString()}</th>
              <td>{format(one.value)}</td>
              <td>{stateWord(one.status)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
