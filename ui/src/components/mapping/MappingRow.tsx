import { memo, useState, type DragEvent } from 'react';
import { isRequired, targetsOf, type DestinationColumn, type MappingItem } from '@/lib/definition';
import { Icon } from '@/components/icons';
import { isEmpty } from './edit';
import { Chips } from './Chips';
import { ColumnHead } from './ColumnHead';
import { DRAGGED } from './FieldTree';
import { SourceCell } from './SourceCell';
import type { Choice } from './FieldCombo';
import type { Actions } from './actions';

export interface RowProps {
  column: DestinationColumn;
  item: MappingItem | undefined;
  choices: Choice[];
  before: string;
  after: string | undefined;
  problem: string;
  /** The column is to be made with the table, so its name and type can be changed. */
  isNew: boolean;
  /** The table has no such column yet. */
  isExtra: boolean;
  /** A field is selected, so that it can be used. */
  canUse: boolean;
  readOnly: boolean;
  /** A phone: tapping opens a page of its own. */
  isNarrow: boolean;
  actions: Actions;
}

/** One destination column and what goes there. */
export const MappingRow = memo(function MappingRow({ column, item, choices, before, after, problem, isNew, isExtra, canUse, readOnly, isNarrow, actions }: RowProps) {
  const [isOver, setOver] = useState(false);
  const name = column.name;
  const empty = isEmpty(item);
  const locked = readOnly || column.generated;
  const takes = (event: DragEvent) => !locked && event.dataTransfer.types.includes(DRAGGED);
  const state = problem ? ' bad' : empty && isRequired(column) ? ' missing' : empty ? ' empty' : '';
  return (
    <div
      className={`map-row${state}${isOver ? ' over' : ''}`} data-row={name} role="group" aria-label={`Column ${name}`}
      onPointerEnter={() => actions.point(name)} onPointerLeave={() => actions.point('')} onFocus={() => actions.point(name)}
      onDragOver={(event) => { if (takes(event)) { event.preventDefault(); event.dataTransfer.dropEffect = 'copy'; setOver(true); } }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { setOver(false); if (takes(event)) { event.preventDefault(); actions.setField(name, event.dataTransfer.getData(DRAGGED)); } }}
    >
      <ColumnHead column={column} isNew={isNew && !readOnly} isExtra={isExtra} actions={actions} />
      <div className="map-from">
        {column.generated ? (
          <span className="muted small">The database works it out by itself.</span>
        ) : (
          <>
            <div className="map-source">
              <SourceCell column={name} item={item} choices={choices} readOnly={readOnly} isNarrow={isNarrow} actions={actions} />
              {canUse && !locked && !isNarrow && (
                <button type="button" className="button quiet map-use" aria-label={`Use the selected field for ${name}`} onClick={() => actions.useSelected(name)}>
                  Use selected
                </button>
              )}
            </div>
            {item && !empty && <Chips column={name} item={item} readOnly={readOnly} actions={actions} />}
          </>
        )}
      </div>
      <Values before={before} after={empty ? undefined : after} problem={problem} item={item} />
      {!locked ? (
        <button type="button" className="button quiet icon map-more" aria-label={`More for ${name}`} title="More: join, split, constant, formula, default" onClick={(event) => actions.openRow(name, event.currentTarget)}>
          <Icon name="dots" />
        </button>
      ) : <span />}
    </div>
  );
});

function Values({ before, after, problem, item }: { before: string; after: string | undefined; problem: string; item: MappingItem | undefined }) {
  if (!item) return <div className="map-values" />;
  if (problem) {
    return (
      <div className="map-values bad" title={problem}>
        <Icon name="warning" size={14} /> <span>{problem}</span>
      </div>
    );
  }
  if (after === undefined) return <div className="map-values" />;
  const same = before === after;
  return (
    <div className="map-values">
      <span className="sr-only">In the sample: </span>
      {!same && before !== '' && (
        <>
          <span className="map-before ellipsis" title={before}>{before}</span>
          <span className="map-arrow"><span className="sr-only"> becomes </span><Icon name="arrow" size={12} /></span>
        </>
      )}
      <span className={`map-after ellipsis${after === '' ? ' muted' : ''}`} title={after}>{after === '' ? 'empty' : after}</span>
      {targetsOf(item).length > 1 && <span className="sr-only">part of a split</span>}
    </div>
  );
}
