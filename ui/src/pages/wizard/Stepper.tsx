import { Icon } from '@/components/icons';
import { useNarrow } from '@/lib/useMedia';
import { mayGoTo, STEPS, type Step } from './draft';

export const STEP_WORDS: Record<Step, string> = {
  source: 'Source', preview: 'Preview', mapping: 'Mapping', cleaning: 'Cleaning', destination: 'Destination', schedule: 'Schedule', review: 'Review',
};

interface Props {
  step: Step;
  problems: Record<Step, string[]>;
  go: (step: Step) => void;
}

/** The seven steps: back to any, forward past those that are done. */
export function Stepper({ step, problems, go }: Props) {
  const isNarrow = useNarrow();
  const at = STEPS.indexOf(step);
  if (isNarrow) {
    return (
      <nav aria-label="Steps" className="row" style={{ flexWrap: 'nowrap' }}>
        <span className="nowrap muted">{at + 1} of {STEPS.length}</span>
        <select className="select" aria-label="Step" value={step} onChange={(event) => go(event.target.value as Step)}>
          {STEPS.map((one) => <option key={one} value={one} disabled={!mayGoTo(one, problems)}>{STEP_WORDS[one]}</option>)}
        </select>
      </nav>
    );
  }
  return (
    <nav aria-label="Steps">
      <ol className="stepper">
        {STEPS.map((one, index) => {
          const may = mayGoTo(one, problems);
          const isDone = index < at && problems[one].length === 0;
          return (
            <li key={one}>
              <button
                type="button" aria-current={one === step ? 'step' : undefined} disabled={!may} title={may ? undefined : 'Finish the steps before it first'} onClick={() => go(one)}
              >
                <span className="dot" aria-hidden="true">{isDone ? <Icon name="check" size={13} /> : index + 1}</span>
                {STEP_WORDS[one]}
                {isDone && <span className="sr-only"> (done)</span>}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
