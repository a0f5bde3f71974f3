import type { S } from '@/api/client';
import { Icon } from '@/components/icons';
import type { DestinationColumn, TaskDefinition } from '@/lib/definition';
import { plural } from '@/lib/format';
import { fitsExactly, matchTable, type Step } from '../draft';

interface Props {
  definition: TaskDefinition;
  fields: S['FieldView'][];
  columns: DestinationColumn[];
  go: (step: Step) => void;
}

/** How what comes fits the table that is there, as a checklist. */
export function TableFit({ definition, fields, columns, go }: Props) {
  const match = matchTable(fields, definition.mapping, columns);
  if (fields.length === 0 && !definition.mapping?.length) return null;
  const required = match.emptyColumns.filter((one) => one.required);
  const empty = match.emptyColumns.filter((one) => !one.required);
  const drift = definition.load.drift ?? 'freeze';
  return (
    <section aria-label="How it fits the table">
      <ul className="fit">
        <li className="good"><Icon name="check" size={16} /><span>{fitsExactly(match) ? `All ${plural(match.same.length, 'column')} are filled, by name and type. Nothing is left to map.` : `${plural(match.same.length, 'column')} of ${columns.length} are filled.`}</span></li>
        {match.otherType.map((one) => <li key={one.name} className="doubt"><Icon name="warning" size={16} /><span><code>{one.name}</code> holds {one.column}, and {one.field} comes. Values that do not fit are rejected.</span></li>)}
        {match.unusedFields.length > 0 && (
          <li className="doubt"><Icon name="warning" size={16} /><span><code>{match.unusedFields.join(', ')}</code> {match.unusedFields.length === 1 ? 'has' : 'have'} no column: {drift === 'evolve' ? 'they are added to the table' : drift === 'reject' ? 'the run refuses them' : 'they are left out and reported'}.</span></li>
        )}
        {required.map((one) => <li key={one.name} className="bad"><Icon name="cross" size={16} /><span><code>{one.name}</code> must have a value, and nothing fills it: every row would be rejected.</span></li>)}
        {empty.length > 0 && <li><Icon name="dots" size={16} /><span><code>{empty.map((one) => one.name).join(', ')}</code> stay{empty.length === 1 ? 's' : ''} empty.</span></li>}
      </ul>
      {!fitsExactly(match) && <button type="button" className="button" onClick={() => go('mapping')}>Go to the mapping</button>}
    </section>
  );
}
