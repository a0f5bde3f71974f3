import { useEffect, useRef } from 'react';
import { SPANS, localInput } from '@/lib/times';

export type Option = [value: string, label: string];

export type Filter<K extends string> = { key: K; label: string } & (
  | { kind: 'text' | 'time' }
  /** `many`: several of them, with commas between in the address. */
  | { kind: 'one' | 'many'; options: readonly Option[] }
);

interface Props {
  filter: Filter<string>;
  value: string;
  set: (value: string) => void;
  /** One below the other with visible labels, as in a sheet. */
  isTall: boolean;
}

/** One filter: a choice, several choices, or a span of time. */
export function FilterField({ filter, value, set, isTall }: Props) {
  if (filter.kind === 'time') return <TimeField label={filter.label} value={value} set={set} isTall={isTall} />;
  if (filter.kind === 'many') return <ManyField label={filter.label} options={filter.options} value={value} set={set} isTall={isTall} />;
  if (filter.kind === 'one') return <OneField label={filter.label} options={filter.options} value={value} set={set} isTall={isTall} />;
  return null;
}

type One = Omit<Props, 'filter'> & { label: string };

function OneField({ label, options, value, set, isTall }: One & { options: readonly Option[] }) {
  const known = value === '' || options.some(([one]) => one === value);
  const select = (
    <select className={value ? 'select active' : 'select'} aria-label={label} value={value} onChange={(event) => set(event.target.value)}>
      <option value="">{isTall ? 'Any' : `${label}: any`}</option>
      {known || <option value={value}>{value}</option>}
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
  return isTall ? <label className="field"><span>{label}</span>{select}</label> : select;
}

function ManyField({ label, options, value, set, isTall }: One & { options: readonly Option[] }) {
  const details = useRef<HTMLDetailsElement>(null);
  const chosen = value ? value.split(',') : [];
  useEffect(() => {
    const close = (event: Event) => {
      const open = details.current;
      if (!open?.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        open.querySelector('summary')?.focus();
      } else if (open.contains(event.target as Node)) return;
      open.open = false;
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('keydown', close);
    };
  }, []);
  const boxes = options.map(([one, text]) => (
    <label key={one} className="filter-choice">
      <input
        type="checkbox" checked={chosen.includes(one)}
        onChange={(event) => set((event.target.checked ? [...chosen, one] : chosen.filter((other) => other !== one)).join(','))}
      />
      {text}
    </label>
  ));
  if (isTall) {
    return (
      <fieldset>
        <legend>{label}</legend>
        {boxes}
      </fieldset>
    );
  }
  const names = options.filter(([one]) => chosen.includes(one)).map(([, text]) => text);
  return (
    <details className="filter-many" ref={details}>
      <summary className={names.length ? 'button active' : 'button'}>
        {label}: {names.length === 0 ? 'any' : names.length > 2 ? `${names.length} chosen` : names.join(', ')}
      </summary>
      <div className="filter-choices" role="group" aria-label={label}>
        {boxes}
      </div>
    </details>
  );
}

function TimeField({ label, value, set, isTall }: One) {
  const isOwn = value.includes('..');
  const [from = '', to = ''] = isOwn ? value.split('..') : [];
  const select = (
    <select
      className={value ? 'select active' : 'select'} aria-label={label} value={isOwn ? 'own' : value}
      onChange={(event) => set(event.target.value === 'own' ? `${localInput(new Date(Date.now() - 86_400_000))}..` : event.target.value)}
    >
      <option value="">{isTall ? 'Any time' : `${label}: any`}</option>
      {SPANS.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
      <option value="own">From … to …</option>
    </select>
  );
  const fields = isOwn && (
    <>
      <input className="input" style={{ width: 'auto' }} type="datetime-local" aria-label="From" value={from} onChange={(event) => set(`${event.target.value}..${to}`)} />
      <input className="input" style={{ width: 'auto' }} type="datetime-local" aria-label="To" value={to} onChange={(event) => set(`${from}..${event.target.value}`)} />
    </>
  );
  if (!isTall) return <>{select}{fields}</>;
  return (
    <div className="field">
      <span>{label}</span>
      {select}
      {fields}
    </div>
  );
}
