import './mapping.css';
import { useMemo, useRef, useState } from 'react';
import type { S } from '@/api/client';
import { Empty } from '@/components/QueryBoundary';
import { useShortcuts } from '@/lib/keys';
import { plural } from '@/lib/format';
import { useMedia } from '@/lib/useMedia';
import { fieldsOf, isRequired, treeOf, type DestinationColumn, type TaskDefinition } from '@/lib/definition';
import * as edit from './edit';
import { FieldPane } from './FieldPane';
import { Line } from './Line';
import { MappingRow } from './MappingRow';
import { Popups, type Opened } from './Popups';
import { SampleStep } from './SampleStep';
import { Toolbar } from './Toolbar';
import { Warnings } from './Warnings';
import { allNodes, flatTree } from './treeItems';
import { inputOf, shown, type Row } from './trying';
import { useActions } from './useActions';
import { useHistory } from './useHistory';
import { useTried } from './useTried';

export interface MappingEditorProps {
  definition: TaskDefinition;
  fields: S['FieldView'][];
  tree: S['PreviewView']['tree'];
  /** The rows that were fetched once; arrays exploded. */
  sample: Record<string, unknown>[];
  /** Those of the table; null: it is made by the load. */
  columns: DestinationColumn[] | null;
  project: string;
  onChange: (next: TaskDefinition) => void;
  readOnly?: boolean;
}

/** Which fields become which columns: fields at the left, a row for each column at the right. */
export default function MappingEditor({ definition, fields, tree, sample, columns, project, onChange, readOnly = false }: MappingEditorProps) {
  const isNarrow = useMedia('(max-width: 991.98px)');
  const frame = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState('');
  const [filter, setFilter] = useState('');
  const [pointed, setPointed] = useState('');
  const [opened, setOpened] = useState<Opened | null>(null);
  const [said, say] = useState('');
  const edits = useHistory(definition, onChange);
  const actions = useActions(edits.edit, selected, setOpened, setPointed);
  const nodes = useMemo(() => (tree.length ? treeOf(tree) : flatTree(fields)), [tree, fields]);
  const choices = useMemo(() => allNodes(nodes).map((node) => ({ path: node.path, type: node.is_array ? 'array' : node.type, sample: node.samples[0] ?? '' })), [nodes]);
  const used = useMemo(() => edit.usage(definition), [definition]);
  const rows = useMemo(() => edit.rowsOf(definition, columns), [definition, columns]);
  const known = useMemo(() => new Set(columns?.map((one) => one.name)), [columns]);
  const { row, at, setAt, tried, error } = useTried(definition, columns, sample as Row[], fields);
  useShortcuts(readOnly ? {} : { 'ctrl+z': (event) => (event.shiftKey ? edits.redo() : edits.undo()), 'ctrl+y': edits.redo });

  const unmapped = fields.filter((one) => !used.has(one.name)).map((one) => one.name);
  const unfilled = rows.filter((one) => !one.generated && edit.isEmpty(edit.itemOf(definition, one.name)));
  const fillable = rows.filter((one) => !one.generated).length;
  const missing = unfilled.filter(isRequired).length;
  const take = (path: string) => {
    const target = unfilled[0]?.name;
    if (columns === null) edits.edit((now) => edit.addColumn(now, path));
    else if (target) edits.edit((now) => edit.setField(now, target, path));
    say(columns === null || target ? `${path} goes to ${target ?? 'a new column'}.` : 'Every column has a value.');
  };
  const go = ({ column, field }: { column?: string; field?: string }) => {
    const place = column === undefined ? null : frame.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(column)}"]`);
    if (place) {
      place.scrollIntoView({ block: 'center' });
      place.querySelector<HTMLElement>('input, button')?.focus();
    } else if (field !== undefined) {
      setFilter('');
      setSelected(field);
      requestAnimationFrame(() => {
        const item = frame.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(field)}"]`);
        item?.scrollIntoView({ block: 'center' });
        item?.focus();
      });
    }
  };
  const item = pointed ? edit.itemOf(definition, pointed) : undefined;

  return (
    <div className="stack mapping" style={{ gap: 12 }}>
      {!readOnly && (
        <Toolbar
          canUndo={edits.canUndo} canRedo={edits.canRedo} undo={edits.undo} redo={edits.redo} isNew={columns === null} unmapped={unmapped.length}
          open={(tool, anchor) => setOpened({ what: tool, anchor })} isEmpty={edit.mappingOf(definition).length === 0} canMatch={unfilled.length > 0 && unmapped.length > 0}
          mapAll={() => { edits.edit((now) => edit.mapAll(now, fields.map((one) => one.name))); say(`${plural(unmapped.length, 'field')} mapped.`); }}
          addColumn={() => edits.edit((now) => edit.addColumn(now))}
          clearAll={() => { edits.edit(edit.clearAll); say('The mapping was cleared. Undo brings it back.'); }}
        />
      )}
      <p role="status" className="sr-only">{said}</p>
      <Warnings definition={definition} fields={fields} columns={columns} go={go} />
      <div ref={frame} className={`map-frame${isNarrow ? ' narrow' : ''}`}>
        {!isNarrow && (
          <FieldPane
            nodes={nodes} fields={fields} definition={definition} used={used} selected={selected} select={setSelected} take={take} filter={filter} setFilter={setFilter}
            readOnly={readOnly} change={edits.edit} isNew={columns === null}
          />
        )}
        <section className="map-main" aria-label="Columns">
          <div className="spread map-head">
            <h2>
              Columns <span className="small muted">{fillable - unfilled.length} of {fillable} filled{missing > 0 ? `, ${missing} still needed` : ''}</span>
            </h2>
            <SampleStep at={at} count={sample.length} go={setAt} />
          </div>
          {error ? <p className="small" role="alert" style={{ color: 'var(--error)' }}>The sample values could not be worked out just now.</p> : null}
          {rows.length === 0 && (
            <Empty title="No column yet" action={!readOnly && <button type="button" className="button primary" disabled={unmapped.length === 0} onClick={() => edits.edit((now) => edit.mapAll(now, fields.map((one) => one.name)))}>Map all fields</button>}>
              The table will be made by the first load. Take all fields as they are, or add the columns that you want.
            </Empty>
          )}
          <div className="map-rows">
            {rows.map((column, index) => {
              const mapped = edit.itemOf(definition, column.name);
              const isNew = columns === null;
              return (
                <MappingRow
                  key={isNew ? `new ${index}` : column.name} column={known.has(column.name) ? column : stable(column)} item={mapped} choices={choices} before={inputOf(mapped, row)}
                  after={column.name in tried.after ? shown(tried.after[column.name]) : undefined} problem={tried.problems[column.name] ?? ''}
                  isNew={isNew} isExtra={!known.has(column.name)} canUse={selected !== ''} readOnly={readOnly} isNarrow={isNarrow} actions={actions}
                />
              );
            })}
          </div>
        </section>
        {!isNarrow && <Line frame={frame} column={pointed} fields={item ? fieldsOf(item) : []} />}
      </div>
      {opened && (
        <Popups
          opened={opened} open={setOpened} definition={definition} rows={rows} fields={fields} choices={choices} used={used} sample={sample as Row[]} project={project}
          change={edits.edit} say={say} unmapped={unmapped} unfilled={unfilled.map((one) => one.name)}
        />
      )}
    </div>
  );
}

const made = new Map<string, DestinationColumn>();
/** A column that is only in the mapping, as the same object each time, so that its row is not drawn anew. */
function stable(column: DestinationColumn): DestinationColumn {
  const key = `${column.name}\n${column.type}`;
  const old = made.get(key);
  if (old) return old;
  made.set(key, column);
  return column;
}
