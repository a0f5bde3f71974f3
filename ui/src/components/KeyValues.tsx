import { useId, useState } from 'react';
import { Icon } from './icons';

interface Props {
  label: string;
  value: Record<string, unknown>;
  onChange: (next: Record<string, unknown>) => void;
  /** Names whose values the server keeps and does not show. */
  kept?: string[];
  nameLabel?: string;
  valueLabel?: string;
  describedBy?: string;
}

/** Names with values, a row each. A value that is not a text (a list, a null) is shown as JSON and stays as it is until it is edited. */
export function KeyValues({ label, value, onChange, kept = [], nameLabel = 'Name', valueLabel = 'Value', describedBy }: Props) {
  const id = useId();
  const [rows, setRows] = useState(() => Object.entries(value).filter(([, one]) => one !== null || !kept.length));
  const [removed, setRemoved] = useState<string[]>([]);
  const tell = (next: [string, unknown][], gone = removed) => {
    setRows(next);
    setRemoved(gone);
    const taken = Object.fromEntries(gone.map((name) => [name, null]));
    onChange({ ...taken, ...Object.fromEntries(next.filter(([name]) => name.trim()).map(([name, one]) => [name.trim(), one])) });
  };
  const put = (index: number, name: string, one: unknown) => tell(rows.map((row, at) => (at === index ? [name, one] : row)));
  const shownKept = kept.filter((name) => !rows.some(([own]) => own === name));
  return (
    <div role="group" aria-label={label} aria-describedby={describedBy} className="stack" style={{ gap: 6 }}>
      {shownKept.map((name) => (
        <div key={name} className="row">
          <code>{name}</code>
          {removed.includes(name) ? (
            <>
              <span className="muted">is removed when you save</span>
              <button type="button" className="button quiet" onClick={() => tell(rows, removed.filter((one) => one !== name))}>Keep it</button>
            </>
          ) : (
            <>
              <span className="muted">kept, not shown</span>
              <button type="button" className="button quiet" onClick={() => tell(rows, [...removed, name])}>Remove {name}</button>
            </>
          )}
        </div>
      ))}
      {rows.map(([name, one], index) => (
        <div key={index} className="pair">
          <input className="input" aria-label={`${nameLabel} ${index + 1}`} placeholder={nameLabel} value={name} id={`${id}-${index}`} onChange={(event) => put(index, event.target.value, one)} />
          <input
            className="input" aria-label={`${valueLabel} ${index + 1}`} placeholder={valueLabel}
            value={typeof one === 'string' ? one : JSON.stringify(one)} onChange={(event) => put(index, name, event.target.value)}
          />
          <button type="button" className="button quiet icon" aria-label={`Remove ${name || `row ${index + 1}`}`} onClick={() => tell(rows.filter((_, at) => at !== index))}>
            <Icon name="cross" size={14} />
          </button>
        </div>
      ))}
      <div>
        <button
          type="button" className="button"
          onClick={() => {
            setRows([...rows, ['', '']]);
            requestAnimationFrame(() => document.getElementById(`${id}-${rows.length}`)?.focus());
          }}
        >
          <Icon name="plus" size={14} /> Add
        </button>
      </div>
    </div>
  );
}
