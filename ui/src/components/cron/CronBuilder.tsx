import './cron.css';
import { useId, useMemo, useState } from 'react';
import { Select } from 'antd';
import { Advanced } from './Advanced';
import { planOf, secondsOf, switchedTo, timingOf, type Mode, type Plan } from './cron';
import { NextRuns, useNextRuns, wrongWith, type Spec } from './NextRuns';
import { PlanFields } from './PlanFields';
import { ownZone, zones } from './zone';

interface Props {
  value: Spec | null;
  onChange: (next: Spec | null) => void;
  /** Leaves "Only by hand" away, where taking the schedule away is an action of its own. */
  always?: boolean;
  disabled?: boolean;
  /** What the server said against the fields when it was saved. */
  errors?: Record<string, string>;
}

const MODES: [Mode, string][] = [
  ['minutes', 'Minutes'], ['hourly', 'Hourly'], ['daily', 'Daily'], ['weekly', 'Weekly'], ['monthly', 'Monthly'], ['interval', 'Interval'], ['cron', 'Cron'],
];

/** Every day at six, in the zone of this browser: what a new schedule begins with. */
export const newSchedule = (): Spec => ({
  cron: '0 6 * * *', every: null, timezone: ownZone(), enabled: true, overlap: 'skip', missed: 'none', jitter: 0, retries: 0,
  retry_delay: 60, max_failures: 0, starts_at: null, ends_at: null,
});

const read = (spec: Spec): Plan =>
  spec.cron != null ? planOf(spec.cron) : { mode: 'interval', seconds: secondsOf(spec.every) ?? 3600 };
const timingKey = (spec: Spec) => `${spec.cron ?? ''}|${spec.every ?? ''}`;

/** When a task runs by itself: chosen, or written as cron; always with its words and its next runs. */
export default function CronBuilder({ value, onChange, always, disabled, errors }: Props) {
  const name = useId();
  return (
    <div className="stack cron-builder">
      {!always && (
        <div className="row" role="radiogroup" aria-label="How it runs">
          <label className="pill">
            <input type="radio" name={name} checked={value === null} disabled={disabled} onChange={() => onChange(null)} />
            <span>Only by hand</span>
          </label>
          <label className="pill">
            <input type="radio" name={name} checked={value !== null} disabled={disabled} onChange={() => onChange(newSchedule())} />
            <span>By itself, on a schedule</span>
          </label>
        </div>
      )}
      {value === null ? (
        <p className="muted">It runs when somebody starts it, or when a program asks for it. A schedule can be added at any time.</p>
      ) : (
        <Builder value={value} onChange={onChange} disabled={disabled} errors={errors} />
      )}
    </div>
  );
}

function Builder({ value, onChange, disabled, errors }: { value: Spec; onChange: (next: Spec) => void; disabled: boolean | undefined; errors: Record<string, string> | undefined }) {
  const name = useId();
  // A way of saying it that was chosen stays, even when what was chosen could be said more simply.
  const [chosen, setChosen] = useState<{ key: string; plan: Plan }>(() => ({ key: timingKey(value), plan: read(value) }));
  const plan = chosen.key === timingKey(value) ? chosen.plan : read(value);
  const next = useNextRuns(value);
  const wrong = { ...wrongWith(next.isBehind ? null : next.error), ...errors };
  const set = (to: Plan) => {
    const changed = { ...value, ...timingOf(to) };
    setChosen({ key: timingKey(changed), plan: to });
    onChange(changed);
  };
  return (
    <div className="cron-sides">
      <div className="stack">
        <div className="row" role="radiogroup" aria-label="Repeat" style={{ gap: 6 }}>
          {MODES.map(([mode, word]) => (
            <label key={mode} className="pill">
              <input type="radio" name={name} checked={plan.mode === mode} disabled={disabled} onChange={() => set(switchedTo(mode, plan))} />
              <span>{word}</span>
            </label>
          ))}
        </div>
        <PlanFields plan={plan} change={set} disabled={disabled} wrong={wrong.cron ?? wrong.every ?? wrong['']} />
        <ZoneSelect zone={value.timezone} change={(timezone) => onChange({ ...value, timezone })} disabled={disabled} wrong={wrong.timezone} />
        <Advanced spec={value} change={(part) => onChange({ ...value, ...part })} disabled={disabled} wrong={wrong} />
      </div>
      <NextRuns spec={value} next={next} />
    </div>
  );
}

function ZoneSelect({ zone, change, disabled, wrong }: { zone: string; change: (zone: string) => void; disabled: boolean | undefined; wrong: string | undefined }) {
  const id = useId();
  const options = useMemo(
    () => [...new Set([...zones(), zone])].map((value) => ({ value, label: value === ownZone() ? `${value} (yours)` : value.replaceAll('_', ' ') })),
    [zone],
  );
  return (
    <div className="field">
      <label htmlFor={id}>Time zone</label>
      <Select
        id={id} showSearch={{ optionFilterProp: 'label' }} value={zone} options={options} disabled={disabled} onChange={change}
        status={wrong ? 'error' : undefined} aria-label="Time zone"
      />
      <small>{wrong ? <strong className="field-error">{wrong}</strong> : 'The time of day is meant there, in summer and in winter.'}</small>
    </div>
  );
}
