import { Link } from 'react-router';
import { App } from 'antd';
import { keepPreviousData } from '@tanstack/react-query';
import { api, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { Icon } from '@/components/icons';
import { PageHeader } from '@/components/PageHeader';
import { Empty, QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { plural } from '@/lib/format';
import { sentence } from '@/lib/problems';
import { useUrlFilters } from '@/lib/url';
import { groupWord, STATES, stateOf, type State, useWord } from './words';

/** How many tasks read from or load into each connection. */
export function useUses(project: string): (one: S['ConnectionView']) => S['TaskSummary'][] | undefined {
  const tasks = api.useQuery('get', '/api/v1/tasks', { params: { query: { project, limit: 500 } } }, { placeholderData: keepPreviousData });
  return (one) =>
    tasks.data?.items.filter((task) => task.source_connection === one.name || task.connection === one.name || (one.is_active && task.connection === ''));
}

/** All connections of the project, by what they are. */
export function ConnectionList() {
  const project = useProject();
  const mayEdit = useCan('editor');
  const [filters, setFilters] = useUrlFilters(['search', 'state'] as const);
  const found = api.useQuery('get', '/api/v1/connections', { params: { query: { project, limit: 500 } } }, { placeholderData: keepPreviousData });
  const connectors = api.useQuery('get', '/api/v1/connectors', {}, { staleTime: Infinity });
  const usesOf = useUses(project);
  const groupOf = (kind: string) => connectors.data?.find((one) => one.kind === kind)?.group ?? 'other';
  const matches = (one: S['ConnectionView']) =>
    (!filters.state || stateOf(one) === filters.state) &&
    [one.name, one.title, one.address, one.description].join(' ').toLowerCase().includes(filters.search.toLowerCase());
  const create = mayEdit && <Link className="button primary" to="/connections?new=1"><Icon name="plus" size={16} /> New connection</Link>;
  return (
    <>
      <PageHeader title="Connections" actions={create}>The databases, APIs and folders that tasks read from and load into.</PageHeader>
      <QueryBoundary
        what="The connections" query={found} isEmpty={(page) => page.total === 0}
        skeleton={<div className="tiles"><Skeleton height={130} /><Skeleton height={130} /><Skeleton height={130} /></div>}
        empty={<Empty title="No connections yet" action={create}>A connection says how to reach a database, an API or a folder. Tasks read through one and load through one.</Empty>}
      >
        {(page) => {
          const shown = page.items.filter(matches);
          const groups = [...new Set(shown.map((one) => groupOf(one.kind)))];
          return (
            <div className="stack">
              <div className="row" role="search">
                <input
                  className="input" type="search" aria-label="Search connections" placeholder="Search by name or address" style={{ maxWidth: 320 }}
                  value={filters.search} onChange={(event) => setFilters({ search: event.target.value })}
                />
                <select className="select" aria-label="State" style={{ width: 'auto' }} value={filters.state} onChange={(event) => setFilters({ state: event.target.value })}>
                  <option value="">Any state</option>
                  {(Object.keys(STATES) as State[]).map((state) => <option key={state} value={state}>{STATES[state][0]}</option>)}
                </select>
              </div>
              {shown.length === 0 && (
                <Empty title="No connection matches" action={<button type="button" className="button" onClick={() => setFilters({ search: '', state: '' })}>Clear filters</button>} />
              )}
              {groups.map((group) => (
                <section key={group} aria-label={groupWord(group)} className="stack" style={{ gap: 8 }}>
                  <h2>{groupWord(group)}</h2>
                  <ul className="tiles" style={{ listStyle: 'none', margin: 0, padding: 0, gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 300px), 1fr))' }}>
                    {shown.filter((one) => groupOf(one.kind) === group).map((one) => (
                      <ConnectionCard key={one.id} one={one} uses={usesOf(one)?.length} />
                    ))}
                  </ul>
                </section>
              ))}
            </div>
          );
        }}
      </QueryBoundary>
    </>
  );
}

function ConnectionCard({ one, uses }: { one: S['ConnectionView']; uses: number | undefined }) {
  const project = useProject();
  const mayTest = useCan('operator');
  const { message } = App.useApp();
  const test = api.useMutation('post', '/api/v1/connections/{connection}/test');
  const current = test.data ? { test: test.data } : one;
  const [word, tone, icon] = STATES[stateOf(current)];
  return (
    <li className="card connection-card">
      <div className="spread" style={{ flexWrap: 'nowrap', alignItems: 'start' }}>
        <h3 style={{ minWidth: 0 }}><Link to={`/connections/${one.id}`}>{one.name}</Link></h3>
        {one.is_active && <Tag tone="info" icon="arrow">Default destination</Tag>}
      </div>
      <span className="muted">{one.title} · {useWord(one)}{uses === undefined ? '' : uses === 0 ? ' · not used' : ` · used by ${plural(uses, 'task')}`}</span>
      <code className="ellipsis" title={one.address}>{one.address}</code>
      <div className="spread" style={{ marginTop: 4 }}>
        <span className="row small" role="status">
          <Tag tone={tone} icon={icon}>{word}</Tag>
          {current.test && <span className="muted">tested <RelativeTime at={current.test.at} /></span>}
        </span>
        {mayTest && (
          <button
            type="button" className="button above" disabled={test.isPending} aria-label={`Test ${one.name}`}
            onClick={() => test.mutate({ params: { path: { connection: one.id }, query: { project } } }, { onError: (error) => void message.error(sentence(error)) })}
          >
            {test.isPending ? 'Testing …' : 'Test'}
          </button>
        )}
      </div>
      {current.test?.ok === false && <p className="small" style={{ color: 'var(--error)' }}>{current.test.message}</p>}
    </li>
  );
}
