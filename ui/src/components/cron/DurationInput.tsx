import { useId, useState } from 'react';

const UNITS: [number, string][] = [[1, 'seconds'], [60, 'minutes'], [3600, 'hours'], [86_400, 'days']];
/** The greatest unit that the duration is a whole number of. */
const unitOf = (seconds: number): number => UNITS.findLast(([size]) => seconds > 0 && seconds % size === 0)?.[0] ?? 60;

interface Props {
  label: string;
  seconds: number;
  least?: number;
  most: number;
  hint?: string;
  wrong?: string | undefined;
  disabled?: boolean | undefined;
  change: (seconds: number) => void;
}

/** A number and its unit; what is typed half way stays as it is until it is a number. */
export function DurationInput({ label, seconds, least = 0, most, hint, wrong, disabled, change }: Props) {
  const id = useId();
  const [unit, setUnit] = useState(() => unitOf(seconds));
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed !== null && Number(typed) * unit === seconds ? typed : typed === '' ? '' : String(seconds / unit);
  const isOut = seconds < least || seconds > most;
  const said = wrong ?? (isOut ? `Between ${span(least)} and ${span(most)}.` : undefined);
  return (
    <div className="field" role="group" aria-labelledby={id}>
      <span id={id}>{label}</span>
      <div className="cron-duration">
        <input
          className="input" type="number" inputMode="numeric" min={0} step="any" value={text} disabled={disabled} aria-invalid={said !== undefined}
          aria-label={`${label}: how many`} aria-describedby={`${id}-said`}
          onChange={(event) => {
            setTyped(event.target.value);
            const value = Number(event.target.value);
            if (event.target.value !== '' && Number.isFinite(value) && value >= 0) change(Math.round(value * unit));
          }}
        />
        <select
          className="select" value={unit} disabled={disabled} aria-label={`${label}: unit`}
          onChange={(event) => {
            const next = Number(event.target.value);
            setUnit(next);
            setTyped(null);
            change(Math.round((seconds / unit) * next));
          }}
        >
          {UNITS.map(([size, word]) => (
            <option key={size} value={size}>
              {word}
            </option>
          ))}
        </select>
      </div>
      <small id={`${id}-said`}>{said ? <strong className="field-error">{said}</strong> : hint}</small>
    </div>
  );
}

function span(seconds: number): string {
  const unit = unitOf(seconds);
  const count = seconds / unit;
  const word = UNITS.find(([size]) => size === unit)![1];
  return `${count} ${count === 1 ? word.slice(0, -1) : word}`;
}
