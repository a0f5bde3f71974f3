import { keepPreviousData } from '@tanstack/react-query';
import { App } from 'antd';
import { Link } from 'react-router';
import { api, client, type S } from '@/api/client';
import { useCan } from '@/api/session';
import { DataList, usePage } from '@/components/DataList';
import { sentence } from '@/components/ErrorView';
import { Empty, QueryBoundary } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { plural } from '@/lib/format';
import { useUrlFilters } from '@/lib/url';
import { answerOf } from './Notifications';
import { useRefresh } from './refresh';

type Delivery = S['DeliveryView'];
const KEYS = ['status', 'channel'] as const;
const STATES = { pending: 'Waiting', sending: 'Being sent', delivered: 'Delivered', failed: 'Failed' } as const;

/** What was sent, and what came back. */
export function Deliveries({ project, channels }: { project: string; channels: S['NotificationView'][] }) {
  const { limit, offset } = usePage(10);
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
        {(page) => (
          <DataList
            label="Deliveries" page={page} rowKey={(one) => one.id} isFetching={query.isFetching}
            noMatch={<Empty title="Nothing matches" action={<button type="button" className="button" onClick={() => setFilters({ status: '', channel: '' })}>Clear filters</button>} />}
            columns={[
              { title: 'State', key: 'state', render: (_, one) => <State one={one} /> },
              { title: 'To', key: 'to', render: (_, one) => where(one) },
              { title: 'About', key: 'about', render: (_, one) => <About one={one} /> },
              { title: 'Answer', key: 'answer', render: (_, one) => <span className="small">{answerOf(one) || '–'}</span> },
              { title: 'When', key: 'when', render: (_, one) => <RelativeTime at={one.created_at} /> },
              { title: '', key: 'do', align: 'right', render: (_, one) => <Resend one={one} project={project} /> },
            ]}
            card={(one) => (
              <div className="stack" style={{ gap: 6 }}>
                <div className="spread">
                  <State one={one} />
                  <span className="muted small">
                    <RelativeTime at={one.created_at} />
                  </span>
                </div>
                <span>
                  {where(one)}: <About one={one} />
                </span>
                {answerOf(one) && <span className="muted small">{answerOf(one)}</span>}
                <span>
                  <Resend one={one} project={project} />
                </span>
              </div>
            )}
          />
        )}
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
