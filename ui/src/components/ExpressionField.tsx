import { Suspense, lazy, useId, useRef, useState } from 'react';
import { keepPreviousData } from '@tanstack/react-query';
import { api } from '@/api/client';
import { useDebounced } from '@/lib/useDebounced';
import { sentence } from './ErrorView';
import { Icon } from './icons';

const CodeEditor = lazy(() => import('./CodeEditor'));

interface Props {
  label: string;
  value: string;
  onChange: (next: string) => void;
  /** What it may name, with the types. */
  names: Record<string, string>;
  /** It has to say yes or no. */
  condition?: boolean;
  /** A name as an expression writes it. */
  write: (name: string) => string;
  placeholder?: string;
}

const SHOWN = 40;

/** A formula, checked by the server while it is typed, with the names that it may use. */
export function ExpressionField({ label, value, onChange, names, condition = false, write, placeholder = 'qty * price' }: Props) {
  const id = useId();
  const insert = useRef<(text: string) => void>(() => undefined);
  const [wanted, setWanted] = useState('');
  const settled = useDebounced(value);
  const check = api.useQuery(
    'post', '/api/v1/validate-expression', { body: { expression: settled, fields: names, condition } },
    { enabled: settled.trim() !== '', staleTime: 60_000, retry: false, placeholderData: keepPreviousData },
  );
  const found = settled === value && !check.isPlaceholderData ? check.data : undefined;
  const shown = Object.keys(names).filter((name) => name.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <div className="field">
      <span id={id}>{label}</span>
      <Suspense fallback={<div className="skeleton" style={{ height: 62 }} />}>
        <CodeEditor
          label={label} language="sql" value={value} onChange={onChange} placeholder={placeholder} lines={2}
          wrongAt={found && !found.valid ? (found.position ?? null) : null} onReady={(given) => { insert.current = given; }}
        />
      </Suspense>
      <p role="status" className="small row" style={{ minHeight: 21, flexWrap: 'nowrap', alignItems: 'flex-start' }}>
        <Verdict empty={value.trim() === ''} found={found} error={check.error} condition={condition} />
      </p>
      <details>
        <summary className="small">Fields and columns to put in</summary>
        <div className="stack" style={{ gap: 8, marginTop: 8 }}>
          {Object.keys(names).length > 12 && (
            <input className="input" type="search" placeholder="Find a name" aria-label="Find a name" value={wanted} onChange={(event) => setWanted(event.target.value)} />
          )}
          <div className="row" style={{ gap: 6 }}>
            {shown.slice(0, SHOWN).map((name) => (
              <button key={name} type="button" className="chip" title={names[name]} onClick={() => insert.current(write(name))}>
                {name}
              </button>
            ))}
            {shown.length > SHOWN && <span className="small muted">and {shown.length - SHOWN} more</span>}
          </div>
        </div>
      </details>
      <small>
        As in SQL: <code>+ - * /</code>, <code>||</code> joins texts, <code>CASE WHEN … THEN … ELSE … END</code>, <code>COALESCE</code>, <code>UPPER</code>, <code>ROUND</code>
      </small>
    </div>
  );
}

interface VerdictProps {
  empty: boolean;
  found: { valid: boolean; type?: string | null; error?: string | null; hint?: string | null } | undefined;
  error: unknown;
  condition: boolean;
}

function Verdict({ empty, found, error, condition }: VerdictProps) {
  if (empty) return <span className="muted">{condition ? 'Write what has to be true of each row.' : 'Write how the value is worked out.'}</span>;
  if (error) return <span style={{ color: 'var(--error)' }}>{sentence(error)}</span>;
  if (!found) return <span className="muted">Checking …</span>;
  if (found.valid) {
    return (
      <span style={{ color: 'var(--success)' }}>
        <Icon name="check" size={13} /> {condition ? 'Right.' : <>Right. The result is <code>{found.type}</code>.</>}
      </span>
    );
  }
  return (
    <span style={{ color: 'var(--error)' }}>
      <Icon name="cross" size={13} /> {capital(found.error ?? 'It cannot be read.')} {found.hint}
    </span>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
