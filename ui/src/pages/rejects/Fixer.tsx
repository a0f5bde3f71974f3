import { useMemo, useRef, useState } from 'react';
import type { S } from '@/api/client';
import { ErrorView } from '@/components/ErrorView';
import { Skeleton } from '@/components/QueryBoundary';
import { count, plural } from '@/lib/format';
import { useShortcuts } from '@/lib/keys';
import { useNarrow } from '@/lib/useMedia';
import { Actions } from './Actions';
import { PAGE, useEdits, useRows, type Filters } from './data';
import { badFields, fieldsByColumn, hintOf, inOrder, type Definition } from './fields';
import { Grid } from './Grid';
import { Offers } from './Offers';
import { RowCards } from './RowCards';
import { RowDrawer } from './RowDrawer';
import { Toolbar } from './Toolbar';
import { useFix } from './useFix';

interface Props {
  run: S['RunView'];
  groups: S['RejectGroups'];
  filters: Filters;
  set: (next: Partial<{ cause: string; search: string; state: Filters['state'] }>) => void;
  /** Why nothing may be changed; empty when it may. */
  why: string;
  places: string[];
  goTo: (places: string[]) => void;
}

/** The rows of a cause: looked through, changed, checked, loaded again. */
export function Fixer({ run, groups, filters, set, why, places, goTo }: Props) {
  const isNarrow = useNarrow();
  const rows = useRows(run.id, filters);
  const edits = useEdits(run.id, groups.edits > 0);
  const fix = useFix(run.id);
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set());
  const [opened, setOpened] = useState<number | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const definition = run.spec as Definition;
  const about = useMemo(() => {
    const columns = fieldsByColumn(definition, groups.fields);
    const named = new Set(groups.items.flatMap((one) => one.column.split(', ').flatMap((column) => columns.get(column) ?? [column])));
    return {
      fields: inOrder(groups.fields, named),
      bad: (reject: S['Reject']) => badFields(reject, columns, groups.fields),
      hint: (field: string) => hintOf(field, definition, columns),
      /** A value that somebody gave to the same one before. */
      suggestion: (field: string, old: string | null) => edits.data?.items.find((one) => one.field === field && one.old === old && one.new !== old)?.new,
    };
  }, [definition, groups, edits.data]);
  useShortcuts({ 'ctrl+z': () => !why && groups.edits > 0 && void fix.undo() });
  const items = rows.data?.items ?? [];
  const shown = items.find((one) => one.row === opened) ?? null;
  const at = items.findIndex((one) => one.row === opened);
  const toggle = (row: number) =>
    setTicked((old) => {
      const next = new Set(old);
      if (!next.delete(row)) next.add(row);
      return next;
    });
  return (
    <div className="stack" style={{ gap: 12 }}>
      {why && <p className="note">{why}</p>}
      <Toolbar run={run} groups={groups} filters={filters} set={set} why={why} fix={fix} edits={edits.data?.items ?? []} />
      {!run.is_dry && <Actions run={run} groups={groups} filters={filters} ticked={ticked} untick={() => setTicked(new Set())} why={why} fix={fix} />}
      <Offers fix={fix} run={run} />
      {rows.data === undefined ? (
        rows.error ? <ErrorView what="The rejected rows" error={rows.error} retry={() => void rows.refetch()} /> : <Skeleton rows={8} />
      ) : (
        <div aria-busy={rows.isFetching} ref={grid} style={{ minWidth: 0 }}>
          {rows.error ? <ErrorView what="The rejected rows" error={rows.error} retry={() => void rows.refetch()} /> : null}
          {items.length === 0 && rows.data.given_up ? (
            <NothingYet further={() => goTo([...places, String(rows.data.next)])} />
          ) : items.length === 0 ? (
            <NoRows groups={groups} filters={filters} set={set} />
          ) : isNarrow ? (
            <RowCards rows={items} about={about} fix={fix} open={setOpened} />
          ) : (
            <Grid rows={items} about={about} fix={fix} isFixed={why !== ''} ticked={ticked} toggle={toggle} open={setOpened} />
          )}
          <Pages page={rows.data} filters={filters} groups={groups} places={places} goTo={goTo} />
        </div>
      )}
      <RowDrawer
        reject={shown} about={about} fix={fix} isFixed={why !== ''} close={() => setOpened(null)}
        previous={at > 0 ? () => setOpened(items[at - 1]!.row) : undefined}
        next={at >= 0 && at < items.length - 1 ? () => setOpened(items[at + 1]!.row) : undefined}
      />
    </div>
  );
}

export interface About {
  fields: string[];
  bad: (reject: S['Reject']) => Map<string, string>;
  hint: (field: string) => ReturnType<typeof hintOf>;
  suggestion: (field: string, old: string | null) => string | null | undefined;
}

function NoRows({ groups, filters, set }: Pick<Props, 'groups' | 'filters' | 'set'>) {
  const { counts } = groups;
  const isAllDone = filters.state === 'open' && !filters.search && !filters.cause && counts.open === 0;
  return (
    <div className="card" style={{ padding: '32px 20px', textAlign: 'center' }} role="status">
      <h2>{isAllDone ? 'No rejected row is open' : 'No rejected row matches'}</h2>
      {isAllDone && (
        <p className="muted">
          {[[counts.replayed, 'replayed'], [counts.replaying, 'being replayed'], [counts.discarded, 'discarded']]
            .filter(([n]) => n).map(([n, word]) => `${count(Number(n))} ${word}`).join(', ')}
        </p>
      )}
      <button type="button" className="button" style={{ marginTop: 12 }} onClick={() => set(isAllDone ? { state: 'all' } : { cause: '', search: '', state: 'open' })}>
        {isAllDone ? 'Show all rows' : 'Clear filters'}
      </button>
    </div>
  );
}

function NothingYet({ further }: { further: () => void }) {
  return (
    <div className="card" style={{ padding: '32px 20px', textAlign: 'center' }} role="status">
      <h2>Nothing found so far</h2>
      <p className="muted">Millions of rows have been looked through, and there are more.</p>
      <button type="button" className="button" style={{ marginTop: 12 }} onClick={further}>Look further</button>
    </div>
  );
}

function Pages({ page, filters, groups, places, goTo }: { page: S['RejectPage']; filters: Filters; groups: S['RejectGroups']; places: string[]; goTo: (places: string[]) => void }) {
  const group = groups.items.find((one) => one.id === filters.cause);
  const counts = group?.counts ?? groups.counts;
  const total = filters.search || filters.state === 'all' ? page.total : counts[filters.state];
  if (places.length === 0 && page.next === null) {
    return <p className="muted small" style={{ marginTop: 8 }}>{page.items.length > 0 && plural(page.items.length, 'row')}</p>;
  }
  return (
    <nav className="row" aria-label="Pages of rejected rows" style={{ marginTop: 10 }}>
      <span className="muted small" style={{ marginRight: 'auto' }}>
        {PAGE} rows at a time{total != null && `, ${count(total)} in all`}
      </span>
      <button type="button" className="button" disabled={places.length === 0} onClick={() => goTo([])}>First</button>
      <button type="button" className="button" disabled={places.length === 0} onClick={() => goTo(places.slice(0, -1))}>Previous</button>
      <button type="button" className="button" disabled={page.next === null} onClick={() => goTo([...places, String(page.next)])}>Next</button>
    </nav>
  );
}
