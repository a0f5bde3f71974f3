import { useEffect, useState } from 'react';
import type { S } from '@/api/client';
import { count } from '@/lib/format';
import { useDebounced } from '@/lib/useDebounced';
import { Changes } from './Changes';
import type { Filters } from './data';
import { Export, Import } from './Files';
import type { Fix } from './useFix';

interface Props {
  run: S['RunView'];
  groups: S['RejectGroups'];
  filters: Filters;
  set: (next: Partial<{ cause: string; search: string; state: Filters['state'] }>) => void;
  why: string;
  fix: Fix;
  edits: S['EditView'][];
}

/** Which rows are shown, what was changed, and files out and in. */
export function Toolbar({ run, groups, filters, set, why, fix, edits }: Props) {
  const counts = groups.items.find((one) => one.id === filters.cause)?.counts ?? groups.counts;
  const states: [Filters['state'], string][] = [
    ['open', `Open (${count(counts.open)})`], ['replaying', `Being replayed (${count(counts.replaying)})`],
    ['replayed', `Replayed (${count(counts.replayed)})`], ['discarded', `Discarded (${count(counts.discarded)})`], ['all', `All (${count(counts.total)})`],
  ];
  return (
    <div className="reject-tools">
      <Search value={filters.search} change={(search) => set({ search })} />
      <select className="select" aria-label="State of the rows" value={filters.state} onChange={(event) => set({ state: event.target.value as Filters['state'] })}>
        {states.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </select>
      <Changes run={run} edits={edits} total={groups.edits} fix={fix} why={why} />
      <Export run={run} filters={filters} />
      {!why && <Import run={run} fix={fix} />}
    </div>
  );
}

function Search({ value, change }: { value: string; change: (next: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const late = useDebounced(typed, 400);
  useEffect(() => {
    if (late === null || late !== typed) return;
    setTyped(null);
    if (late !== value) change(late);
  }, [late, typed, value, change]);
  return (
    <input
      className="input" type="search" aria-label="Search in places, reasons and values" placeholder="Search in places, reasons and values"
      value={typed ?? value} maxLength={200} onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => event.key === 'Enter' && change(typed ?? value)}
    />
  );
}
