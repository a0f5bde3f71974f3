import './filters.css';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { useNarrow } from '@/lib/useMedia';
import { FilterField, type Filter } from './FilterField';
import { Icon } from './icons';

export type { Filter } from './FilterField';

// Only phones need it.
const FilterSheet = lazy(() => import('./FilterSheet'));

interface Props<K extends string> {
  /** What is filtered, for screen readers: "Filter runs". */
  label: string;
  filters: readonly Filter<K>[];
  values: Record<K, string>;
  set: (next: Partial<Record<K, string>>) => void;
  /** More at the end of the bar: saved views. */
  children?: ReactNode;
}

/** The filters of a list, kept in the address by `useUrlFilters`; on a phone all but the search are in a sheet. */
export function FilterBar<K extends string>({ label, filters, values, set, children }: Props<K>) {
  const isNarrow = useNarrow();
  const [isOpen, setOpen] = useState(false);
  const [wasOpened, setOpened] = useState(false);
  const active = filters.filter((one) => values[one.key] !== '');
  const text = filters.find((one) => one.kind === 'text');
  const rest = filters.filter((one) => one.kind !== 'text');
  const hidden = rest.filter((one) => values[one.key] !== '').length;
  const clear = () => set(Object.fromEntries(filters.map((one) => [one.key, ''])) as Record<K, string>);
  const fields = rest.map((one) => <FilterField key={one.key} filter={one} value={values[one.key]} set={(value) => set({ [one.key]: value } as Record<K, string>)} isTall={isNarrow} />);
  return (
    <div className="filters" role="search" aria-label={label}>
      {text && <SearchField label={text.label} value={values[text.key]} set={(value) => set({ [text.key]: value } as Record<K, string>)} />}
      {isNarrow ? (
        <>
          <button type="button" className="button" onClick={() => { setOpened(true); setOpen(true); }} aria-haspopup="dialog" aria-expanded={isOpen}>
            Filters{hidden > 0 ? ` (${hidden})` : ''}
          </button>
          {wasOpened && (
            <Suspense>
              <FilterSheet isOpen={isOpen} close={() => setOpen(false)} clear={clear} isClear={active.length === 0}>{fields}</FilterSheet>
            </Suspense>
          )}
        </>
      ) : (
        <>
          {fields}
          {active.length > 0 && (
            <button type="button" className="button quiet" onClick={clear}>
              Clear filters
            </button>
          )}
        </>
      )}
      {children}
    </div>
  );
}

const REST = 300;

/** A search that is asked for when typing pauses; Enter asks at once. */
export function SearchField({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const latest = useRef({ set, sent: value });
  latest.current.set = set;
  useEffect(() => {
    // The address has changed by itself: Back, or "Clear filters".
    if (value !== latest.current.sent) setTyped(value);
    latest.current.sent = value;
  }, [value]);
  const send = (next: string) => {
    latest.current.sent = next.trim();
    latest.current.set(next.trim());
  };
  useEffect(() => {
    if (typed.trim() === latest.current.sent) return;
    const timer = setTimeout(() => send(typed), REST);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="search">
      <Icon name="search" size={16} />
      <input
        type="search" className="input" aria-label={label} placeholder={label} value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && send(typed)}
      />
    </div>
  );
}
