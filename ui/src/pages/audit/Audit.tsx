import './audit.css';
import { keepPreviousData } from '@tanstack/react-query';
import { Pagination } from 'antd';
import { api, type S } from '@/api/client';
import { useCan, useMe, useProject } from '@/api/session';
import { url } from '@/base';
import { usePage } from '@/components/DataList';
import { PageHeader } from '@/components/PageHeader';
import { Empty, QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { moment, plural } from '@/lib/format';
import { useUrlFilters } from '@/lib/url';
import { useNarrow } from '@/lib/useMedia';
import { Diff, differences } from './Diff';
import { Filters, KEYS, NONE, type Filter } from './Filters';
import { aNoun, actionWord, anAction, nounWord } from './words';

const midnight = (day: string, after = 0): string | undefined => {
  const [year, month, date] = day.split('-').map(Number);
  const at = new Date(year ?? NaN, (month ?? NaN) - 1, (date ?? NaN) + after);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
};

/** The filters as the API takes them; days are those of the reader. */
function asked(filters: Filter, project: string, isAdmin: boolean) {
  const since = filters.since ? midnight(filters.since) : undefined;
  const until = filters.until ? midnight(filters.until, 1) : undefined;
  const noun = aNoun(filters.noun);
  const action = anAction(filters.action);
  return {
    ...(isAdmin && filters.scope !== 'project' ? {} : { project }),
    ...(filters.user ? { user: filters.user } : {}),
    ...(noun ? { noun } : {}),
    ...(action ? { action } : {}),
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
  };
}

/** Who changed what, when and from where. */
export default function Audit() {
  const project = useProject();
  const maySee = useCan('admin');
  const isNarrow = useNarrow();
  const [filters, setFilters] = useUrlFilters(KEYS);
  const { page, limit, offset, setPage } = usePage();
  const wanted = asked(filters, project, useMe().user.is_admin);
  const isFiltered = KEYS.some((key) => filters[key] !== '');
  const query = api.useQuery('get', '/api/v1/audit', { params: { query: { ...wanted, limit, offset } } }, { placeholderData: keepPreviousData, enabled: maySee });
  if (!maySee) {
    return (
      <>
        <PageHeader title="Audit log" />
        <Empty title="Only admins of a project see its audit log">Ask one of them if you need to know who changed something.</Empty>
      </>
    );
  }
  const exported = (format: 'csv' | 'jsonl') => url(`/api/v1/audit/export?${new URLSearchParams({ ...wanted, format })}`);
  const clear = () => setFilters(NONE);
  return (
    <>
      <PageHeader
        title="Audit log"
        actions={
          <>
            <a className="button" href={exported('csv')} download="audit.csv">
              Export CSV
            </a>
            <a className="button" href={exported('jsonl')} download="audit.jsonl">
              Export JSON lines
            </a>
          </>
        }
      >
        Who changed what, when and from where. Entries are never changed.
      </PageHeader>
      <div className="stack">
        <Filters filters={filters} set={setFilters} />
        <QueryBoundary what="The audit log" query={query} skeleton={<Skeleton rows={8} height={44} />}>
          {(found) =>
            found.items.length === 0 ? (
              isFiltered ? (
                <Empty title="No entry matches" action={<button type="button" className="button" onClick={clear}>Clear filters</button>} />
              ) : (
                <Empty title="Nothing has been changed yet">Whatever somebody makes, changes or deletes is listed here.</Empty>
              )
            ) : (
              <>
                <p role="status" className="muted small" style={{ marginBottom: 8 }}>
                  {plural(found.total, 'entry', 'entries')}
                </p>
                <div className="card" style={{ padding: 0, overflow: 'hidden' }} role="list" aria-label="Audit log">
                  {found.items.map((entry) => (
                    <div key={entry.id} role="listitem" className="audit-entry">
                      <Entry entry={entry} />
                    </div>
                  ))}
                </div>
                {found.total > limit && (
                  <Pagination style={{ marginTop: 16 }} align="end" simple={isNarrow} showSizeChanger={false} current={page} pageSize={limit} total={found.total} onChange={setPage} />
                )}
              </>
            )
          }
        </QueryBoundary>
      </div>
    </>
  );
}

function Entry({ entry }: { entry: S['AuditView'] }) {
  const changes = entry.before && entry.after ? differences(entry.before, entry.after) : [];
  return (
    <details>
      <summary>
        <span className="audit-what">
          <strong>{entry.user_name || 'The gateway'}</strong> {actionWord(entry.action)}{' '}
          <span className="muted">{nounWord(entry.noun).toLowerCase()}</span> {entry.noun_name || entry.noun_id}
          {changes.length > 0 && <span className="muted small"> ({changes.slice(0, 3).map((line) => line.path).join(', ')}{changes.length > 3 ? ', …' : ''})</span>}
        </span>
        <span className="muted small">
          <RelativeTime at={entry.at} />
        </span>
      </summary>
      <div className="audit-detail small">
        <p className="muted">
          {moment(entry.at)}
          {entry.ip ? `, from ${entry.ip}` : ''}
        </p>
        <Diff before={entry.before} after={entry.after} />
      </div>
    </details>
  );
}
