import type { S } from '@/api/client';
import type { TaskDefinition, TreeNode } from '@/lib/definition';
import { percent } from '@/lib/format';

interface Props {
  node: TreeNode;
  field: S['FieldView'] | undefined;
  definition: TaskDefinition;
  usedFor: string[];
  readOnly: boolean;
  /** New columns can be made. */
  addColumn: (() => void) | null;
  explode: (field: string | null) => void;
  joinArrays: (isJoined: boolean) => void;
}

/** What is known of the field that is selected, and what can be done with it. */
export function FieldDetails({ node, field, definition, usedFor, readOnly, addColumn, explode, joinArrays }: Props) {
  const exploded = definition.source.explode;
  return (
    <div className="field-details" role="region" aria-label={`Field ${node.path}`}>
      <strong>{node.path}</strong>
      <p className="small muted">
        {node.is_array ? 'array' : node.type}, {node.null_share > 0 ? `${percent(node.null_share)} empty` : 'never empty in the sample'}
        {field && field.max_length > 0 ? `, up to ${field.max_length} characters` : ''}
        {field?.date_format ? `, dates as ${field.date_format}` : ''}
      </p>
      {node.samples.length > 0 && <p className="small">{node.samples.join(' · ')}</p>}
      {field?.notes.map((note) => <p key={note} className="small muted">{note}</p>)}
      {usedFor.length > 0 && <p className="small">Used for {usedFor.join(', ')}</p>}
      {!readOnly && (
        <div className="row">
          {addColumn && (
            <button type="button" className="button" onClick={addColumn}>
              New column from it
            </button>
          )}
          {node.is_array && exploded !== node.path && (
            <button type="button" className="button" onClick={() => explode(node.path)}>
              One row for each element
            </button>
          )}
        </div>
      )}
      {!readOnly && node.is_array && exploded !== node.path && (
        <label className="row small">
          <input type="checkbox" checked={definition.source.arrays === 'join'} onChange={(event) => joinArrays(event.target.checked)} /> Lists as text, joined by commas
        </label>
      )}
    </div>
  );
}
