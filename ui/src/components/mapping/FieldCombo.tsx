import { useId, useRef, useState } from 'react';
import { Icon } from '@/components/icons';

export interface Choice {
  path: string;
  type: string;
  sample: string;
}

interface Props {
  label: string;
  value: string;
  choices: Choice[];
  pick: (path: string) => void;
  /** Takes the field away; left out where there has to be one. */
  clear?: () => void;
  disabled?: boolean;
  placeholder?: string;
}

const MOST = 60;

/** A field by typing a part of its name. Its list is made only while it is open: there may be hundreds on a page. */
export function FieldCombo({ label, value, choices, pick, clear, disabled = false, placeholder = 'Choose a field' }: Props) {
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const isOpen = text !== null;
  const low = (text ?? '').trim().toLowerCase();
  const found = isOpen ? choices.filter((one) => one.path.toLowerCase().includes(low)) : [];
  const items = found.slice(0, MOST);
  const current = Math.min(at, items.length - 1);
  const close = () => {
    setText(null);
    setAt(0);
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    pick(choice.path);
    close();
  };
  return (
    <div className="combo">
      <input
        ref={input} className="input" role="combobox" aria-label={label} aria-expanded={isOpen} aria-controls={`${id}-list`} aria-autocomplete="list"
        aria-activedescendant={isOpen && items.length ? `${id}-${current}` : undefined} autoComplete="off" spellCheck={false}
        placeholder={placeholder} disabled={disabled} value={text ?? value}
        onFocus={(event) => event.target.select()} onClick={() => text === null && setText('')} onBlur={close}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') { if (isOpen) setAt((current + 1) % Math.max(items.length, 1)); else setText(''); }
          else if (event.key === 'ArrowUp' && isOpen) setAt((current - 1 + items.length) % Math.max(items.length, 1));
          else if (event.key === 'Enter' && isOpen) take(items[current]);
          else if (event.key === 'Escape' && isOpen) { event.stopPropagation(); close(); }
          else return;
          event.preventDefault();
        }}
      />
      {value !== '' && clear && !disabled && !isOpen && (
        <button type="button" className="combo-clear" aria-label={`Take ${value} away`} onClick={() => { clear(); input.current?.focus(); }}>
          <Icon name="cross" size={12} />
        </button>
      )}
      {isOpen && (
        <ul id={`${id}-list`} role="listbox" aria-label="Fields" className="combo-list">
          {items.map((choice, index) => (
            <li
              key={choice.path} id={`${id}-${index}`} role="option" aria-selected={index === current}
              onPointerDown={(event) => event.preventDefault()} onPointerMove={() => setAt(index)} onClick={() => take(choice)}
            >
              <span className="ellipsis">{choice.path}</span>
              <small className="ellipsis">{choice.sample || choice.type}</small>
            </li>
          ))}
          {items.length === 0 && <li className="muted">No field matches</li>}
          {found.length > MOST && <li className="muted">{found.length - MOST} more: type a part of the name</li>}
        </ul>
      )}
    </div>
  );
}
