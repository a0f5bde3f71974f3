import { DiffView } from '@/components/DiffView';
import { spokenTask } from '@/components/places';
import { changes } from '@/lib/difference';
import { fromWords, intoWords, limitWords, mappingWords, rulesWords } from '../sentences';
import type { Step } from '../draft';
import type { StepProps } from '../context';
import { useWhen } from '../when';
import { DryRun } from './DryRun';
import { TextField } from './Field';

interface Props extends StepProps {
  note: string;
  setNote: (text: string) => void;
}

/** The whole plan in sentences, what changed, a dry run, and the name. */
export function ReviewStep(props: Props) {
  const { draft, edit, task, fields, file, connections, errors, note, setNote, go } = props;
  const { definition, schedule } = draft;
  const when = useWhen(schedule);
  const lines: [Step, string, string][] = [
    ['source', 'From', `Rows come from ${fromWords(definition.source, file?.name)}.`],
    ['mapping', 'Mapping', mappingWords(definition, fields.length)],
    ['cleaning', 'Cleaning', rulesWords(definition)],
    ['destination', 'Into', `They are ${intoWords(definition.load, connections.active)}. ${limitWords(definition.load)}`],
    ['schedule', 'When', when],
  ];
  return (
    <div className="stack">
      <div className="card stack">
        <TextField label="Name of the task" value={definition.name} error={errors.name} placeholder="such as orders" onChange={(name) => edit({ ...definition, name })} />
        <TextField label="What it is for" value={definition.description} placeholder="In a sentence, for others" onChange={(description) => edit({ ...definition, description })} />
        {task && <TextField label="What you changed" value={note} help="Kept with this version." placeholder="Not needed, but kind to others" onChange={setNote} />}
      </div>
      <section className="card" aria-label="The plan">
        <dl className="plan-lines">
          {lines.map(([step, word, text]) => (
            <div key={step}>
              <dt>{word}</dt>
              <dd>
                <span>{text}</span>
                <button type="button" className="button quiet" aria-label={`Change: ${word}`} onClick={() => go(step)}>Change</button>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      {task && <Changes before={task.definition} after={definition} number={task.current} />}
      <DryRun {...props} />
    </div>
  );
}

function Changes({ before, after, number }: { before: object; after: object; number: number }) {
  const found = changes(spokenTask(before), spokenTask(after));
  return (
    <section className="card stack" style={{ gap: 8 }} aria-label="Changes">
      <h3>{found.length ? `Changes to version ${number}` : `Nothing differs from version ${number}`}</h3>
      {found.length > 0 && (
        <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Table of differences">
          <DiffView label={`Version ${number} and what is to be saved`} changes={found} before="Before" after="Now" place={(words) => words} />
        </div>
      )}
    </section>
  );
}
