import { useEffect, useState } from 'react';
import { isRequired, type DestinationColumn } from '@/lib/definition';
import { Icon } from '@/components/icons';
import type { Actions } from './actions';

/** The types that a column can be made with. */
export const TYPES = ['text', 'integer', 'decimal(18,2)', 'float', 'boolean', 'date', 'time', 'timestamp', 'timestamptz', 'json', 'uuid'];

interface Props {
  column: DestinationColumn;
  isNew: boolean;
  isExtra: boolean;
  actions: Actions;
}

/** The column's name and type; to be changed where it is not made yet. */
export function ColumnHead({ column, isNew, isExtra, actions }: Props) {
  const { name, type } = column;
  if (isNew) return <NewHead name={name} type={type} actions={actions} />;
  return (
    <div className="map-to">
      <span className="map-name">
        <strong className="ellipsis" title={name}>{name}</strong>
        {isRequired(column) && (
          <span className="map-required" title="Needs a value">
            *<span className="sr-only"> needs a value</span>
          </span>
        )}
      </span>
      <span className="small muted">
        {type || 'new column'} {column.primary_key ? '· key' : ''} {isExtra && type !== '' ? '· new column' : ''}
      </span>
    </div>
  );
}

function NewHead({ name, type, actions }: { name: string; type: string; actions: Actions }) {
  const [text, setText] = useState(name);
  useEffect(() => setText(name), [name]);
  const keep = () => {
    const next = text.trim();
    if (next === '' || next === name) setText(name);
    else actions.rename(name, next);
  };
  return (
    <div className="map-to">
      <span className="map-name">
        <input
          className="input" aria-label={`Name of column ${name}`} value={text} spellCheck={false} autoComplete="off"
          onChange={(event) => setText(event.target.value)} onBlur={keep}
          onKeyDown={(event) => {
            if (event.key === 'Enter') keep();
            if (event.key === 'Escape') setText(name);
          }}
        />
        <button type="button" className="button quiet icon" aria-label={`Remove column ${name}`} title="Remove this column" onClick={() => actions.remove(name)}>
          <Icon name="cross" size={14} />
        </button>
      </span>
      <select className="select small" aria-label={`Type of column ${name}`} value={type} onChange={(event) => actions.setType(name, event.target.value)}>
        <option value="">Type from the values</option>
        {type !== '' && !TYPES.includes(type) && <option value={type}>{type}</option>}
        {TYPES.map((one) => (
          <option key={one} value={one}>{one}</option>
        ))}
      </select>
    </div>
  );
}
