import { useState } from 'react';

interface Props {
  id: string;
  /** Said with its buttons: "Replace the password". */
  title: string;
  /** A text: what will be set; null: will be removed; undefined: as it was. */
  value: string | null | undefined;
  isKept: boolean;
  onChange: (next: string | null | undefined) => void;
  invalid?: boolean;
  describedBy?: string;
  isRequired?: boolean;
}

const isReference = (value: string) => /^\$\{.*\}$/.test(value);

/** Something secret: it can be set, replaced and removed, and is never shown again. `${NAME}` stands for a variable of the server. */
export function SecretInput({ id, title, value, isKept, onChange, invalid, describedBy, isRequired }: Props) {
  const [isReplacing, setReplacing] = useState(false);
  const name = title.toLowerCase();
  if (isKept && value === null) {
    return (
      <div className="row">
        <span>Is removed when you save.</span>
        <button type="button" id={id} className="button quiet" aria-label={`Keep the ${name}`} onClick={() => onChange(undefined)}>Keep it</button>
      </div>
    );
  }
  if (isKept && value === undefined && !isReplacing) {
    return (
      <div className="row">
        <span className="muted"><span aria-hidden="true">••••••••</span> kept, not shown</span>
        <button type="button" id={id} className="button" aria-label={`Replace the ${name}`} onClick={() => setReplacing(true)}>Replace</button>
        <button type="button" className="button quiet" aria-label={`Remove the ${name}`} onClick={() => onChange(null)}>Remove</button>
      </div>
    );
  }
  const text = value ?? '';
  return (
    <div className="row" style={{ flexWrap: 'nowrap' }}>
      <input
        id={id} className="input" type={isReference(text) ? 'text' : 'password'} autoComplete="new-password" spellCheck={false} autoFocus={isReplacing}
        value={text} aria-invalid={invalid} aria-describedby={describedBy} required={isRequired} onChange={(event) => onChange(event.target.value || undefined)}
      />
      {isReplacing && (
        <button type="button" className="button quiet" onClick={() => { setReplacing(false); onChange(undefined); }}>Keep the old</button>
      )}
    </div>
  );
}
