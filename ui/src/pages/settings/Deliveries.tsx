import { keepPreviousData } from '@tanstack/react-query';
import { App } from 'antd';
import { Link } from 'react-router';
import { api, client, type S } from '@/api/client';
import { useCan } from '@/api/session';
import { sentence } from '@/components/ErrorView';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { plural } from '@/lib/format';
import { useUrlFilters, useUrlState } from '@/lib/url';
import { answerOf } from './channels';
import { useRefresh } from './refresh';

type Delivery = S['DeliveryView'];
const KEYS = ['status', 'channel'] as const;
const STATES = { pending: 'Waiting', sending: 'Being sent', delivered: 'Delivered', failed: 'Failed' } as const;

/** What was sent, and what came back. */
export default function Deliveries({ project, channels }: { project: string; channels: S['NotificationView'][] }) {
  const [given, setPage] = useUrlState('page', '1');
  const current = Math.max(1, Number.parseInt(given, 10) || 1);
  const limit = 10;
  const offset = (current - 1) * limit;
  const [filters, setFilters] = useUrlFilters(KEYS);
  const status = filters.status in STATES ? (filters.status as Delivery['status']) : undefined;
  const query = api.useQuery(
    'get', '/api/v1/deliveries',
    { params: { query: { project, limit, offset, ...(status ? { status } : {}), ...(filters.channel ? { notification: filters.channel } : {}) } } },
    { placeholderData: keepPreviousData },
  );
  const isFiltered = filters.status !== '' || filters.channel !== '';
  if (query.data?.total === 0 && !isFiltered) return null;
  const names = new Map(channels.map((one) => [one.id, one.name]));
  const where = (one: Delivery) => (one.notification_id && names.get(one.notification_id)) || one.target;
  return (
    <section className="stack" aria-labelledby="deliveries" style={{ marginTop: 12 }}>
      <div className="spread">
        <h2 id="deliveries">What was sent</h2>
        <div className="row">
          <select className="select" style={{ width: 'auto' }} aria-label="Channel" value={filters.channel} onChange={(event) => setFilters({ channel: event.target.value })}>
            <option value="">All channels</option>
            {channels.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
          <select className="select" style={{ width: 'auto' }} aria-label="State" value={filters.status} onChange={(event) => setFilters({ status: event.target.value })}>
            <option value="">All states</option>
            {Object.entries(STATES).map(([key, word]) => (
              <option key={key} value={key}>
                {word}
              </option>
            ))}
          </select>
        </div>
      </div>
      <QueryBoundary what="What was sent" query={query}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="Nothing matches" action={<button type="button" className="button" onClick={() => setFilters({ status: '', channel: '' })}>Clear filters</button>} />
          ) : (
            <div className="card" style={{ paddingBlock: 4 }}>
              <ul className="rows" style={{ margin: 0 }} aria-label="Deliveries" aria-busy={query.isFetching}>
                {page.items.map((one) => (
                  <li key={one.id} className="spread">
                    <div style={{ minWidth: 0, flex: '1 1 260px' }}>
                      <div className="row">
                        <State one={one} />
                        <span>
                          {where(one)}: <About one={one} />
                        </span>
                      </div>
                      <div className="muted small">
                        <RelativeTime at={one.created_at} />
                        {answerOf(one) && `, answer: ${answerOf(one)}`}
                      </div>
                    </div>
                    <Resend one={one} project={project} />
                  </li>
                ))}
              </ul>
              <Pages page={current} last={Math.ceil(page.total / limit)} set={setPage} />
            </div>
          )
        }
      </QueryBoundary>
    </section>
  );
}

function State({ one }: { one: Delivery }) {
  const tone = one.status === 'delivered' ? 'success' : one.status === 'failed' ? 'error' : 'info';
  const icon = one.status === 'delivered' ? 'check' : one.status === 'failed' ? 'cross' : 'clock';
  return (
    <span className="row">
      <Tag tone={tone} icon={icon}>
        {STATES[one.status]}
      </Tag>
      {one.attempts > 1 && <span className="muted small">{plural(one.attempts, 'try', 'tries')}</span>}
    </span>
  );
}

const About = ({ one }: { one: Delivery }) => (one.run_id ? <Link to={`/runs/${one.run_id}`}>{one.event}</Link> : <>{one.event === 'test' ? 'a test message' : one.event}</>);

function Resend({ one, project }: { one: Delivery; project: string }) {
  const canRun = useCan('operator');
  const refresh = useRefresh();
  const { message } = App.useApp();
  if (!canRun || (one.status !== 'failed' && one.status !== 'delivered')) return null;
  async function resend() {
    try {
      await client.POST('/api/v1/deliveries/{delivery}/resend', { params: { path: { delivery: one.id }, query: { project } } });
      void message.success('It is being sent again.');
    } catch (error) {
      void message.error(sentence(error));
    }
    await refresh('/api/v1/deliveries');
  }
  return (
    <button type="button" className="button" onClick={() => void resend()}>
      Send again
    </button>
  );
}

function Pages({ page, last, set }: { page: number; last: number; set: (next: string) => void }) {
  if (last <= 1) return null;
  return (
    <nav className="row" aria-label="Pages" style={{ justifyContent: 'flex-end', paddingBlock: 8 }}>
      <button type="button" className="button" disabled={page <= 1} onClick={() => set(String(page - 1))}>
        Newer
      </button>
      <span className="muted number">
        {page} of {last}
      </span>
      <button type="button" className="button" disabled={page >= last} onClick={() => set(String(page + 1))}>
        Older
      </button>
    </nav>
  );
}
