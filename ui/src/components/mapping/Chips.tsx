import { useState } from 'react';
import { transformName, type MappingItem } from '@/lib/definition';
import { Icon } from '@/components/icons';
import { moved } from './edit';
import { chipText } from './options';
import type { Actions } from './actions';

const STEP = 'application/x-intake-step';

/** The transforms of a row, in their order; a chip opens its options. */
export function Chips({ column, item, readOnly, actions }: { column: string; item: MappingItem; readOnly: boolean; actions: Actions }) {
  const [over, setOver] = useState(-1);
  const steps = item.transforms ?? [];
  const fallback = item.default;
  return (
    <div className="map-chips" role="list" aria-label={`Transforms of ${column}`}>
      {steps.map((step, index) => (
        <span key={`${index} ${transformName(step)}`} role="listitem">
          <button
            type="button" className={`chip${over === index ? ' over' : ''}`} disabled={readOnly} draggable={!readOnly} title={chipText(step)}
            aria-label={`${chipText(step)}, step ${index + 1} of ${steps.length} for ${column}`}
            onClick={(event) => actions.openStep(column, index, event.currentTarget)}
            onDragStart={(event) => { event.dataTransfer.setData(STEP, JSON.stringify([column, index])); event.dataTransfer.effectAllowed = 'move'; }}
            onDragOver={(event) => { if (event.dataTransfer.types.includes(STEP)) { event.preventDefault(); setOver(index); } }}
            onDragLeave={() => setOver(-1)}
            onDrop={(event) => {
              setOver(-1);
              if (!event.dataTransfer.types.includes(STEP)) return;
              event.preventDefault();
              event.stopPropagation();
              const [from, at] = JSON.parse(event.dataTransfer.getData(STEP)) as [string, number];
              if (from === column) actions.setTransforms(column, (list) => moved(list, at, index));
            }}
          >
            <span className="ellipsis">{chipText(step)}</span>
          </button>
        </span>
      ))}
      {fallback !== undefined && fallback !== null && (
        <span role="listitem" className="chip still">
          If empty: {String(fallback)}
        </span>
      )}
      {!readOnly && (
        <span role="listitem">
          <button type="button" className="chip add" aria-label={`Add a transform to ${column}`} onClick={(event) => actions.addStep(column, event.currentTarget)}>
            <Icon name="plus" size={12} /> Transform
          </button>
        </span>
      )}
    </div>
  );
}
