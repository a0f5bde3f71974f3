import { useId } from 'react';
import { plural } from '@/lib/format';
import { HOUR_STEPS, LEAST_SECONDS, MINUTE_STEPS, MOST_SECONDS, hasBothDays, type Plan } from './cron';
import { DurationInput } from './DurationInput';

const DAYS: [number, string][] = [[1, 'Monday'], [2, 'Tuesday'], [3, 'Wednesday'], [4, 'Thursday'], [5, 'Friday'], [6, 'Saturday'], [0, 'Sunday']];
const two = (value: number) => String(value).padStart(2, '0');

interface Props {
  plan: Plan;
  change: (next: Plan) => void;
  disabled: boolean | undefined;
  /** What the server says against the expression or the interval. */
  wrong: string | undefined;
}

/** The questions that belong to a way of saying when. */
export function PlanFields({ plan, change, disabled, wrong }: Props) {
  switch (plan.mode) {
    case 'minutes':
      return (
        <Choice
          label="Every" value={plan.step} disabled={disabled} pick={(step) => change({ ...plan, step })}
          options={MINUTE_STEPS.map((step) => [step, plural(step, 'minute')])}
        />
      );
    case 'hourly':
      return (
        <div className="cron-fields">
          <Choice
            label="Every" value={plan.step} disabled={disabled} pick={(step) => change({ ...plan, step })}
            options={HOUR_STEPS.map((step) => [step, plural(step, 'hour')])}
          />
          <Choice
            label="At minute" value={plan.minute} disabled={disabled} pick={(minute) => change({ ...plan, minute })}
            options={Array.from({ length: 60 }, (_, minute) => [minute, `:${two(minute)}`])}
          />
        </div>
      );
    case 'daily':
      return <TimeOfDay plan={plan} change={change} disabled={disabled} />;
    case 'weekly':
      return (
        <div className="stack">
          <Weekdays days={plan.days} disabled={disabled} change={(days) => change({ ...plan, days })} />
          <TimeOfDay plan={plan} change={change} disabled={disabled} />
        </div>
      );
    case 'monthly':
      return (
        <div className="stack" style={{ gap: 8 }}>
          <div className="cron-fields">
            <Choice
              label="On day" value={plan.day} disabled={disabled} pick={(day) => change({ ...plan, day })}
              options={[
                ...Array.from({ length: 31 }, (_, day): [number, string] => [day + 1, `${day + 1}.`]),
                ['L', 'Last day of the month'], ['LW', 'Last weekday of the month'],
              ]}
            />
            <TimeOfDay plan={plan} change={change} disabled={disabled} />
          </div>
          {typeof plan.day === 'number' && plan.day > 28 && (
            <p className="note warning small">
              Months without a day {plan.day} are left out. For the end of every month, choose “Last day of the month”.
            </p>
          )}
        </div>
      );
    case 'interval':
      return (
        <DurationInput
          label="Every" seconds={plan.seconds} least={LEAST_SECONDS} most={MOST_SECONDS} disabled={disabled} wrong={wrong}
          hint="Counted in elapsed time: changes of the clocks do not matter." change={(seconds) => change({ ...plan, seconds })}
        />
      );
    case 'cron':
      return <CronField cron={plan.cron} change={(cron) => change({ mode: 'cron', cron })} disabled={disabled} wrong={wrong} />;
  }
}

interface ChoiceProps<T> {
  label: string;
  value: T;
  options: [T, string][];
  pick: (value: T) => void;
  disabled: boolean | undefined;
}

function Choice<T extends string | number>({ label, value, options, pick, disabled }: ChoiceProps<T>) {
  return (
    <label className="field">
      <span>{label}</span>
      <select
        className="select" value={String(value)} disabled={disabled}
        onChange={(event) => pick(options.find(([option]) => String(option) === event.target.value)![0])}
      >
        {options.map(([option, words]) => (
          <option key={option} value={String(option)}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function TimeOfDay<P extends Plan & { hour: number; minute: number }>({ plan, change, disabled }: { plan: P; change: (next: P) => void; disabled: boolean | undefined }) {
  return (
    <label className="field">
      <span>At</span>
      <input
        className="input" type="time" step={60} required disabled={disabled} value={`${two(plan.hour)}:${two(plan.minute)}`}
        onChange={(event) => {
          const [hour, minute] = event.target.value.split(':').map(Number);
          if (hour !== undefined && minute !== undefined) change({ ...plan, hour, minute });
        }}
      />
    </label>
  );
}

function Weekdays({ days, change, disabled }: { days: number[]; change: (days: number[]) => void; disabled: boolean | undefined }) {
  return (
    <fieldset className="cron-set">
      <legend>On</legend>
      <div className="row" style={{ gap: 6 }}>
        {DAYS.map(([day, name]) => {
          const isOn = days.includes(day);
          return (
            <label key={day} className="pill">
              <input
                type="checkbox" checked={isOn} disabled={disabled || (isOn && days.length === 1)}
                onChange={() => change(isOn ? days.filter((one) => one !== day) : [...days, day])}
              />
              <span aria-hidden="true">{name.slice(0, 3)}</span>
              <span className="sr-only">{name}</span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

function CronField({ cron, change, disabled, wrong }: { cron: string; change: (cron: string) => void; disabled: boolean | undefined; wrong: string | undefined }) {
  const id = useId();
  return (
    <div className="stack" style={{ gap: 8 }}>
      <label className="field">
        <span>Cron expression</span>
        <input
          className="input mono" value={cron} disabled={disabled} spellCheck={false} autoCapitalize="off" autoComplete="off" maxLength={200}
          aria-invalid={wrong !== undefined} aria-describedby={`${id}-help`} onChange={(event) => change(event.target.value)}
        />
        <small id={`${id}-help`}>
          {wrong ? <strong className="field-error">{wrong}</strong> : 'Five parts: minute, hour, day of the month, month, day of the week. L is the last day, 5L the last Friday, 1#2 the second Monday.'}
        </small>
      </label>
      {hasBothDays(cron) && (
        <p className="note warning small">
          Both the day of the month and the day of the week are set. It then runs on every day that fits either of them, not only on days that fit both.
        </p>
      )}
    </div>
  );
}
