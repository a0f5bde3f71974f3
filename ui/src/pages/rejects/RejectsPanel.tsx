import './rejects.css';
import { useMemo } from 'react';
import { useCan } from '@/api/session';
import type { S } from '@/api/client';
import { Empty, QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { useUrlFilters } from '@/lib/url';
import { useGroups, type Filters } from './data';
import { Fixer } from './Fixer';
import { Groups } from './Groups';

const KEYS = ['cause', 'search', 'rows', 'after'] as const;
const STATES = ['open', 'replaying', 'replayed', 'discarded', 'all'] as const;

/** The rejected rows of a run: why, which, mended, checked, loaded again. */
export default function RejectsPanel({ run }: { run: S['RunView'] }) {
  const [url, setUrl] = useUrlFilters(KEYS);
  const groups = useGroups(run.id);
  const canEdit = useCan('operator');
  // The places where pages began, so that one can go back although the server only goes on.
  const places = useMemo(() => url.after.split('.').filter((one) => /^\d+$/.test(one)), [url.after]);
  const filters: Filters = {
    cause: url.cause, search: url.search, state: STATES.find((one) => one === url.rows) ?? 'open', after: Number(places.at(-1) ?? -1),
  };
  const set = (next: Partial<{ cause: string; search: string; state: Filters['state'] }>) =>
    setUrl({
      after: '',
      ...('cause' in next ? { cause: next.cause ?? '' } : {}),
      ...('search' in next ? { search: next.search ?? '' } : {}),
      ...('state' in next ? { rows: next.state === 'open' ? '' : (next.state ?? '') } : {}),
    });
  const isOver = run.finished_at !== null;
  const why = !canEdit ? 'Only operators, editors and admins of the project may change rejected rows.'
    : !isOver ? 'Rows can be changed when the run has ended.'
    : run.is_dry ? 'This was a dry run: nothing was loaded, so there is nothing to load again.' : '';
  return (
    <QueryBoundary
      what="The rejected rows" query={groups} skeleton={<Skeleton rows={8} />} isEmpty={(data) => data.counts.total === 0}
      empty={
        <Empty title={isOver ? 'No row was rejected' : 'No row was rejected so far'}>
          Rows that cannot be loaded are kept here with their reason, so that they can be mended and loaded after all.
        </Empty>
      }
    >
      {(data) => (
        <div className="rejects">
          <Groups groups={data} chosen={filters.cause} choose={(cause) => set({ cause })} />
          <Fixer
            run={run} groups={data} filters={filters} set={set} why={why} places={places}
            goTo={(next) => setUrl({ after: next.slice(-20).join('.') })}
          />
        </div>
      )}
    </QueryBoundary>
  );
}
