import { useState } from 'react';
import { Popup } from '@/components/Popup';
import type { Choice } from './FieldCombo';

interface Props {
  column: string;
  value: string;
  choices: Choice[];
  used: ReadonlyMap<string, string[]>;
  pick: (field: string) => void;
  clear: () => void;
  more: () => void;
  close: () => void;
}

/** On a phone: one page of fields to tap. */
export function FieldPicker({ column, value, choices, used, pick, clear, more, close }: Props) {
  const [wanted, setWanted] = useState('');
  const low = wanted.trim().toLowerCase();
  const found = choices.filter((one) => `${one.path} ${one.sample}`.toLowerCase().includes(low));
  return (
    <Popup title={`Field for ${column}`} close={close} large>
      <input className="input" type="search" placeholder="Find a field or value" aria-label="Find a field or value" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      <div className="row">
        <button type="button" className="button" onClick={more}>
          Join, split, constant, formula
        </button>
        {value !== '' && (
          <button type="button" className="button" onClick={clear}>
            Clear
          </button>
        )}
      </div>
      <ul className="choices tall" aria-label="Fields">
        {found.map((one) => (
          <li key={one.path}>
            <button type="button" className="choice" aria-pressed={one.path === value} onClick={() => pick(one.path)}>
              <span className="row" style={{ gap: 6 }}>
                <strong>{one.path}</strong>
                <span className="small muted">{one.type}</span>
                {used.has(one.path) && <span className="tag success">used</span>}
              </span>
              <small className="ellipsis">{one.sample || 'no value in the sample'}</small>
            </button>
          </li>
        ))}
        {found.length === 0 && <li className="muted">No field matches.</li>}
      </ul>
    </Popup>
  );
}
