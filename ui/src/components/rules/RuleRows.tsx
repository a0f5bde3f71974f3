import type { S } from '@/api/client';
import { fieldsOf, type RuleItem, type TaskDefinition } from '@/lib/definition';
import { reasonWords } from '@/components/causes';
import { itemOf } from '@/components/mapping/edit';
import { shown } from '@/components/mapping/trying';
import { Popup } from '@/components/Popup';
import { plural } from '@/lib/format';
import { OUTCOMES, partsOf, sentenceOf } from './rules';

interface Props {
  definition: TaskDefinition;
  rule: RuleItem;
  touched: S['TouchedView'];
  trial: S['TrialView'];
  anchor: Element | null;
  close: () => void;
}

const MOST = 100;

/** The rows of the sample that a rule is about, as they came, with the cells that it looked at marked. */
export function RuleRows({ definition, rule, touched, trial, anchor, close }: Props) {
  const { columns } = partsOf(rule);
  const marked = new Set(columns.flatMap((column) => { const item = itemOf(definition, column); return item ? fieldsOf(item) : []; }));
  const rows = touched.rows.slice(0, MOST).flatMap((number) => trial.rows.filter((row) => row.number === number));
  const all = Object.keys(rows[0]?.before ?? {});
  const fields = [...all.filter((field) => marked.has(field)), ...all.filter((field) => !marked.has(field))];
  const [word] = OUTCOMES[touched.outcome];
  return (
    <Popup title={`${plural(touched.rows.length, 'row')} ${word}`} anchor={anchor} close={close} large>
      <p className="small muted">{sentenceOf(rule)}. The rows as they came from the source:</p>
      <div className="rule-rows" tabIndex={0} role="region" aria-label="Rows">
        <table>
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Why</th>
              {fields.map((field) => (
                <th key={field} scope="col">{field}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.number}>
                <th scope="row" className="nowrap">{row.locator}</th>
                <td className="why">{why(row, columns, touched.outcome)}</td>
                {fields.map((field) => (
                  <td key={field} className={marked.has(field) ? `bad ${touched.outcome}` : ''}>
                    {shown(row.before[field]) || <span className="muted">empty</span>}
                    {marked.has(field) && <span className="sr-only"> (this value)</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {touched.rows.length > MOST && <p className="small muted">The first {MOST} of {touched.rows.length} rows.</p>}
    </Popup>
  );
}

function why(row: S['TriedRowView'], columns: string[], outcome: S['TouchedView']['outcome']): string {
  const said = row.problems.find((one) => columns.some((column) => (one.column ?? '').split(',').includes(column))) ?? row.problems[0];
  if (outcome === 'rejected' && said) return reasonWords(said.message ?? '');
  if (outcome === 'changed') return columns.map((column) => `${column} becomes ${shown(row.after?.[column]) || 'empty'}`).join(', ');
  return outcome === 'deduplicated' ? 'Another row with the same values stays' : 'Loaded, and counted as a warning';
}
