import { useId, useState, type ReactNode } from 'react';

interface Props {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
  children: (common: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': true | undefined }) => ReactNode;
}

/** A labelled control with its help and what is wrong with it. */
export function Field({ label, help, error, children }: Props) {
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined })}
      {help && <small id={`${id}-help`}>{help}</small>}
      {error && <small id={`${id}-error`} className="bad">{error}</small>}
    </div>
  );
}

interface TextProps extends Omit<Props, 'children'> {
  value: string | number | null | undefined;
  onChange: (next: string) => void;
  placeholder?: string;
  type?: 'text' | 'number' | 'password';
  list?: string;
  min?: number;
}

export function TextField({ value, onChange, placeholder, type = 'text', list, min, ...rest }: TextProps) {
  return (
    <Field {...rest}>
      {(common) => (
        <input className="input" {...common} type={type} list={list} min={min} autoComplete="off" spellCheck={false} placeholder={placeholder} value={value ?? ''} onChange={(event) => onChange(event.target.value)} />
      )}
    </Field>
  );
}

interface ChoiceProps extends Omit<Props, 'children'> {
  value: string;
  onChange: (next: string) => void;
  choices: Record<string, string> | [string, string][];
}

export function Choice({ value, onChange, choices, ...rest }: ChoiceProps) {
  const all = Array.isArray(choices) ? choices : Object.entries(choices);
  return (
    <Field {...rest}>
      {(common) => (
        <select className="select" {...common} value={value} onChange={(event) => onChange(event.target.value)}>
          {all.map(([one, word]) => <option key={one} value={one}>{word}</option>)}
          {!all.some(([one]) => one === value) && <option value={value}>{value}</option>}
        </select>
      )}
    </Field>
  );
}

interface TilesProps {
  label: string;
  name: string;
  value: string;
  onChange: (next: string) => void;
  tiles: { value: string; title: string; words: string; off?: string | undefined }[];
}

/** A choice of a few, each with a sentence; arrow keys move between them. */
export function Tiles({ label, name, value, onChange, tiles }: TilesProps) {
  return (
    <fieldset className="plain-set">
      <legend>{label}</legend>
      <div className="tiles">
        {tiles.map((tile) => (
          <label key={tile.value} className="tile" data-off={tile.off ? true : undefined}>
            <span className="row" style={{ flexWrap: 'nowrap' }}>
              <input type="radio" name={name} value={tile.value} checked={value === tile.value} disabled={tile.off !== undefined} onChange={() => onChange(tile.value)} />
              <strong>{tile.title}</strong>
            </span>
            <span className="muted small">{tile.off ?? tile.words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface ListProps extends Omit<Props, 'children'> {
  value: string[];
  onChange: (next: string[]) => void;
  placeholder?: string;
}

/** Several texts, separated by commas; what is being typed stays as it is typed. */
export function ListField({ value, onChange, placeholder, ...rest }: ListProps) {
  const [text, setText] = useState(() => value.join(', '));
  return (
    <Field {...rest}>
      {(common) => (
        <input
          className="input" {...common} autoComplete="off" spellCheck={false} placeholder={placeholder} value={text}
          onChange={(event) => { setText(event.target.value); onChange(event.target.value.split(',').map((one) => one.trim()).filter(Boolean)); }}
        />
      )}
    </Field>
  );
}
