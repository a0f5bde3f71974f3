import { fieldErrors, sentence } from '@/lib/problems';
import { SAMPLE_ROWS } from '../data';
import { resultOf, usePlan } from '../plan';
import type { StepProps } from '../context';

/** How the new table will be made, by the server's own plan of the first rows. */
export function DdlView({ draft, project, task }: StepProps) {
  const plan = usePlan(project, task?.id);
  const ddl = plan.data && resultOf(plan.data).plan?.ddl;
  return (
    <div className="stack" style={{ gap: 8 }}>
      <div className="row">
        <button type="button" className="button" disabled={plan.isPending} onClick={() => plan.mutate({ draft, rows: SAMPLE_ROWS })}>{plan.isPending ? 'Asking the database …' : 'Show how the table is made'}</button>
        <span className="muted small">Nothing is written.</span>
      </div>
      <div role="status">
        {plan.error ? <p className="note error">{sentence(plan.error)} {Object.keys(fieldErrors(plan.error)).map((path) => <code key={path}>{path} </code>)}</p> : null}
        {ddl && (ddl.length ? <pre className="ddl" tabIndex={0} role="region" aria-label="Statement that makes the table">{ddl.join(';\n\n')}</pre> : <p className="muted">Nothing has to be made.</p>)}
      </div>
    </div>
  );
}
