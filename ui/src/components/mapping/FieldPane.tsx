import type { S } from '@/api/client';
import type { TaskDefinition, TreeNode } from '@/lib/definition';
import { addColumn, setArrays, setExplode } from './edit';
import { FieldDetails } from './FieldDetails';
import { FieldTree } from './FieldTree';
import { allNodes } from './treeItems';

interface Props {
  nodes: TreeNode[];
  fields: S['FieldView'][];
  definition: TaskDefinition;
  used: ReadonlyMap<string, string[]>;
  selected: string;
  select: (path: string) => void;
  take: (path: string) => void;
  filter: string;
  setFilter: (filter: string) => void;
  readOnly: boolean;
  change: (make: (now: TaskDefinition) => TaskDefinition) => void;
  isNew: boolean;
}

/** The source at the left: its fields, and what is known of the one that is selected. */
export function FieldPane({ nodes, fields, definition, used, selected, select, take, filter, setFilter, readOnly, change, isNew }: Props) {
  const node = allNodes(nodes).find((one) => one.path === selected);
  const exploded = definition.source.explode;
  return (
    <section className="map-fields" aria-label="Source">
      <h2>
        Fields <span className="small muted">{fields.filter((one) => used.has(one.name)).length} of {fields.length} used</span>
      </h2>
      {exploded && (
        <div className="note small spread">
          <span>
            One row for each element of <code>{exploded}</code>
          </span>
          {!readOnly && (
            <button type="button" className="button" onClick={() => change((now) => setExplode(now, null))}>
              Stop
            </button>
          )}
        </div>
      )}
      <FieldTree tree={nodes} used={used} selected={selected} select={select} take={take} filter={filter} setFilter={setFilter} readOnly={readOnly} />
      {node ? (
        <FieldDetails
          node={node} field={fields.find((one) => one.name === node.path)} definition={definition} usedFor={used.get(node.path) ?? []} readOnly={readOnly}
          addColumn={isNew ? () => change((now) => addColumn(now, node.path)) : null} explode={(field) => change((now) => setExplode(now, field))} joinArrays={(isJoined) => change((now) => setArrays(now, isJoined))}
        />
      ) : (
        !readOnly && <p className="small muted">Drag a field to a column, or select it here and choose “Use selected” at a column.</p>
      )}
    </section>
  );
}
