import { useEffect, useState } from 'react';
import { useMe, useProject } from '@/api/session';
import FilterSheet from '@/components/FilterSheet';
import { useNarrow } from '@/lib/useMedia';
import { ACTIONS, NOUNS } from './words';

export const KEYS = ['scope', 'user', 'noun', 'action', 'since', 'until'] as const;
export type Filter = Record<(typeof KEYS)[number], string>;
export const NONE = Object.fromEntries(KEYS.map((key) => [key, ''])) as Filter;

interface Props {
  filters: Filter;
  set: (next: Partial<Filter>) => void;
}

/** Which entries; in a sheet on a phone. */
export function Filters(props: Props) {
  const isNarrow = useNarrow();
  const [isOpen, setOpen] = useState(false);
  const used = KEYS.filter((key) => props.filters[key] !== '').length;
  if (!isNarrow) return <div className="card audit-filters" role="search" aria-label="Filters"><Fields {...props} /></div>;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)} aria-haspopup="dialog" aria-expanded={isOpen}>
        Filters{used > 0 ? ` (${used})` : ''}
      </button>
      <FilterSheet isOpen={isOpen} close={() => setOpen(false)} clear={() => props.set(NONE)} isClear={used === 0}>
        <div className="audit-filters"><Fields {...props} /></div>
      </FilterSheet>
    </>
  );
}

function Fields({ filters, set }: Props) {
  const me = useMe();
  const project = useProject();
  return (
    <>
      {me.user.is_admin && (
        <label className="field">
          <span>Where</span>
          <select className="select" value={filters.scope} onChange={(event) => set({ scope: event.target.value })}>
            <option value="">Everywhere</option>
            <option value="project">Project {project}</option>
          </select>
        </label>
      )}
      <Person value={filters.user} set={(user) => set({ user })} />
      <label className="field">
        <span>What</span>
        <select className="select" value={filters.noun} onChange={(event) => set({ noun: event.target.value })}>
          <option value="">All things</option>
          {Object.entries(NOUNS).map(([key, word]) => (
            <option key={key} value={key}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>Action</span>
        <select className="select" value={filters.action} onChange={(event) => set({ action: event.target.value })}>
          <option value="">All actions</option>
          {Object.entries(ACTIONS).map(([key, word]) => (
            <option key={key} value={key}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>From</span>
        <input className="input" type="date" value={filters.since} onChange={(event) => set({ since: event.target.value })} />
      </label>
      <label className="field">
        <span>To</span>
        <input className="input" type="date" value={filters.until} onChange={(event) => set({ until: event.target.value })} />
      </label>
    </>
  );
}

/** The server compares whole addresses: half of one would find nothing, so it is asked when it is complete. */
function Person({ value, set }: { value: string; set: (next: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = () => typed.trim() !== value && set(typed.trim());
  return (
    <label className="field">
      <span>Who</span>
      <input
        className="input" type="search" placeholder="E-mail address" value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} onBlur={take}
        onKeyDown={(event) => event.key === 'Enter' && take()}
      />
    </label>
  );
}
