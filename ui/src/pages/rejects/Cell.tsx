import { useId, useRef, useState, type KeyboardEvent } from 'react';
import type { FieldHint } from './fields';

/** A value as it is; that there is none is said in a word. */
export function Value({ value }: { value: string | null }) {
  if (value === null) return <em className="muted">none</em>;
  if (value === '') return <em className="muted">empty text</em>;
  return <span className="reject-value">{value}</span>;
}

interface Props {
  label: string;
  value: string | null;
  /** What was read, when it has been changed. */
  original: string | null | undefined;
  hint: FieldHint;
  suggestion: string | null | undefined;
  save: (value: string | null, then: 'stay' | 'next' | 'previous' | 'leave') => void;
  cancel: () => void;
}

/** Changes a value: Enter saves, Escape leaves it, Tab saves and goes on. */
export function CellEditor({ label, value, original, hint, suggestion, save, cancel }: Props) {
  const id = useId();
  const [text, setText] = useState(value ?? '');
  const isOver = useRef(false);
  // An empty text that was there stays one; an emptied field has no value.
  const given = () => (text === '' && value !== '' ? null : text);
  const end = (then: Parameters<Props['save']>[1], next = given()) => {
    if (isOver.current) return;
    isOver.current = true;
    save(next, then);
  };
  const press = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') {
      isOver.current = true;
      cancel();
    } else if (event.key === 'Enter' && !event.shiftKey) end('stay');
    else if (event.key === 'Tab') end(event.shiftKey ? 'previous' : 'next');
    else return;
    event.preventDefault();
  };
  const common = {
    className: 'input reject-input', value: text, autoFocus: true, 'aria-label': label, 'aria-describedby': `${id}-help`,
    onKeyDown: press, spellCheck: false, autoComplete: 'off',
    onChange: (event: { target: { value: string } }) => setText(event.target.value),
    onFocus: (event: { target: { select: () => void } }) => event.target.select(),
    onBlur: () => end('leave'),
  } as const;
  const isLong = text.includes('\n') || text.length > 80;
  return (
    <div className="reject-editor">
      {isLong ? (
        <textarea {...common} rows={3} />
      ) : (
        <input
          {...common} list={hint.allowed.length > 0 || hint.kind === 'boolean' ? `${id}-list` : undefined}
          inputMode={hint.kind === 'integer' ? 'numeric' : hint.kind === 'number' ? 'decimal' : undefined}
        />
      )}
      {(hint.allowed.length > 0 || hint.kind === 'boolean') && (
        <datalist id={`${id}-list`}>
          {(hint.allowed.length > 0 ? hint.allowed : ['true', 'false']).map((one) => <option key={one} value={one} />)}
        </datalist>
      )}
      <small id={`${id}-help`} className="reject-help">
        {original !== undefined && <>Was <Value value={original} />. </>}
        {hint.words} {text === '' && value !== '' && 'Empty: no value.'}
      </small>
      {suggestion !== undefined && suggestion !== text && (
        <button type="button" className="button" onMouseDown={(event) => event.preventDefault()} onClick={() => end('stay', suggestion)} tabIndex={-1}>
          Use “{suggestion ?? 'no value'}” as before
        </button>
      )}
    </div>
  );
}
