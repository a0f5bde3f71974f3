import { useId, useState, type InputHTMLAttributes } from 'react';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string;
  wrong?: string | undefined;
}

/** A labelled field; what is wrong with it stands below it. */
export function Field({ label, hint, wrong, ...rest }: Props) {
  const id = useId();
  const notes = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input className="input" id={id} aria-invalid={wrong ? true : undefined} aria-describedby={notes || undefined} {...rest} />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
      {wrong && (
        <small id={`${id}-wrong`} className="field-wrong">
          {wrong}
        </small>
      )}
    </div>
  );
}

/** A password that can be looked at while it is typed. */
export function PasswordField({ label, wrong, children, ...rest }: Props) {
  const id = useId();
  const [isShown, show] = useState(false);
  const notes = [children && `${id}-more`, wrong && `${id}-wrong`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="password">
        <input
          className="input" id={id} type={isShown ? 'text' : 'password'} autoCapitalize="none" spellCheck={false}
          aria-invalid={wrong ? true : undefined} aria-describedby={notes || undefined} {...rest}
        />
        <button type="button" className="button quiet" aria-pressed={isShown} onClick={() => show(!isShown)}>
          {isShown ? 'Hide' : 'Show'}
          <span className="sr-only"> the typed characters</span>
        </button>
      </div>
      {wrong && (
        <small id={`${id}-wrong`} className="field-wrong">
          {wrong}
        </small>
      )}
      {children && <div id={`${id}-more`}>{children}</div>}
    </div>
  );
}

const LEAST = 10;
const FEWEST = 5;

/** A new password with what it must have, ticked while it is typed. */
export function NewPassword({ wrong, label = 'Password' }: { wrong?: string | undefined; label?: string }) {
  const [typed, setTyped] = useState('');
  const checks: [boolean, string][] = [
    [typed.length >= LEAST, `at least ${LEAST} characters`],
    [new Set(typed).size >= FEWEST, `at least ${FEWEST} different ones`],
  ];
  return (
    <PasswordField
      label={label} name="password" autoComplete="new-password" required minLength={LEAST} maxLength={256} wrong={wrong}
      value={typed} onChange={(event) => setTyped(event.target.value)}
    >
      <ul className="checks small">
        {checks.map(([is, what]) => (
          <li key={what} className={is ? 'is' : undefined}>
            <span aria-hidden="true">{is ? '✓' : '○'}</span> {what}
            <span className="sr-only">{is ? ', yes' : ', not yet'}</span>
          </li>
        ))}
        <li>
          <span aria-hidden="true">○</span> no common password, and not your name or address
        </li>
      </ul>
    </PasswordField>
  );
}
