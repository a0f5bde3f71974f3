import type { ReactNode } from 'react';
import { DurationInput } from './DurationInput';
import { secondsOf } from './cron';
import type { Spec } from './NextRuns';
import { toLocal, toMoment } from './zone';

interface Props {
  spec: Spec;
  change: (part: Partial<Spec>) => void;
  disabled: boolean | undefined;
  wrong: Record<string, string>;
}

const OVERLAP: [Spec['overlap'], string][] = [
  ['skip', 'Leave the new run out'],
  ['queue', 'Wait until it has ended'],
  ['parallel', 'Run beside it'],
];
const MISSED: [Spec['missed'], string][] = [
  ['none', 'Leave them out'],
  ['last', 'Make up for the last one'],
  ['all', 'Make up for all of them'],
];

/** What happens when runs meet, are missed or fail, and between which days the schedule holds. */
export function Advanced({ spec, change, disabled, wrong }: Props) {
  const whole = (text: string, most: number) => Math.min(most, Math.max(0, Math.round(Number(text) || 0)));
  const retries = spec.retries;
  return (
    <details className="cron-more">
      <summary>More: overlaps, missed runs, retries, start and end</summary>
      <div className="cron-fields two" style={{ marginTop: 12 }}>
        <Field label="If the task is still running" wrong={wrong.overlap}>
          <select className="select" value={spec.overlap} disabled={disabled} onChange={(event) => change({ overlap: event.target.value as Spec['overlap'] })}>
            {OVERLAP.map(([value, words]) => (
              <option key={value} value={value}>{words}</option>
            ))}
          </select>
        </Field>
        <Field label="Runs missed while the gateway was off" wrong={wrong.missed}>
          <select className="select" value={spec.missed} disabled={disabled} onChange={(event) => change({ missed: event.target.value as Spec['missed'] })}>
            {MISSED.map(([value, words]) => (
              <option key={value} value={value}>{words}</option>
            ))}
          </select>
        </Field>
        <DurationInput
          label="Start up to so much later" seconds={secondsOf(spec.jitter) ?? 0} most={86_400} disabled={disabled} wrong={wrong.jitter}
          hint="At random, so that not all tasks start in the same moment. 0: on time." change={(jitter) => change({ jitter })}
        />
        <Field label="Pause after failures in a row" hint="0: never pause." wrong={wrong.max_failures}>
          <input
            className="input" type="number" inputMode="numeric" min={0} max={1000} value={spec.max_failures} disabled={disabled}
            onChange={(event) => change({ max_failures: whole(event.target.value, 1000) })}
          />
        </Field>
        <Field label="Try a failed run again" hint={retries === 0 ? '0: not by itself.' : `Up to ${retries} ${retries === 1 ? 'time' : 'times'}.`} wrong={wrong.retries}>
          <input
            className="input" type="number" inputMode="numeric" min={0} max={20} value={retries} disabled={disabled}
            onChange={(event) => change({ retries: whole(event.target.value, 20) })}
          />
        </Field>
        {retries > 0 && (
          <DurationInput
            label="Wait before each try" seconds={secondsOf(spec.retry_delay) ?? 60} most={7 * 86_400} disabled={disabled} wrong={wrong.retry_delay}
            change={(delay) => change({ retry_delay: delay })}
          />
        )}
        <Field label="Not before" hint={`Time of ${spec.timezone}. Empty: at once.`} wrong={wrong.starts_at}>
          <input
            className="input" type="datetime-local" value={toLocal(spec.starts_at, spec.timezone)} disabled={disabled}
            onChange={(event) => change({ starts_at: toMoment(event.target.value, spec.timezone) })}
          />
        </Field>
        <Field label="Not after" hint={`Time of ${spec.timezone}. Empty: for ever.`} wrong={wrong.ends_at}>
          <input
            className="input" type="datetime-local" value={toLocal(spec.ends_at, spec.timezone)} disabled={disabled}
            onChange={(event) => change({ ends_at: toMoment(event.target.value, spec.timezone) })}
          />
        </Field>
      </div>
    </details>
  );
}

function Field({ label, hint, wrong, children }: { label: string; hint?: string; wrong?: string | undefined; children: ReactNode }) {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
      <small>{wrong ? <strong className="field-error">{wrong}</strong> : hint}</small>
    </label>
  );
}
