import { App } from 'antd';
import { api, client, type S } from '@/api/client';
import { sentence } from '@/components/ErrorView';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { useRefresh } from './refresh';

/** "Firefox on Linux" out of what a browser calls itself. */
function browserOf(agent: string): string {
  const name = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari'], ['curl/', 'curl']].find(([part]) => agent.includes(part!))?.[1];
  const system = [['Windows', 'Windows'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Mac OS', 'macOS'], ['Linux', 'Linux']].find(([part]) => agent.includes(part!))?.[1];
  return name ? `${name}${system ? ` on ${system}` : ''}` : agent.slice(0, 60) || 'Unknown browser';
}

/** The browsers where one is signed in. */
export function Sessions() {
  const query = api.useQuery('get', '/api/v1/auth/sessions');
  const refresh = useRefresh();
  const { message } = App.useApp();
  async function end(work: () => Promise<unknown>, said: string) {
    try {
      await work();
      void message.success(said);
    } catch (error) {
      void message.error(sentence(error));
    }
    await refresh('/api/v1/auth/sessions');
  }
  return (
    <section className="card" aria-labelledby="sessions">
      <div className="spread">
        <h2 id="sessions">Where you are signed in</h2>
        {(query.data?.length ?? 0) > 1 && (
          <button type="button" className="button" onClick={() => void end(() => client.DELETE('/api/v1/auth/sessions'), 'All other sessions have ended.')}>
            Sign out everywhere else
          </button>
        )}
      </div>
      <QueryBoundary what="Your sessions" query={query} skeleton={<Skeleton rows={2} height={48} />} isEmpty={(list) => list.length === 0} empty={<p className="muted">No browser is signed in.</p>}>
        {(list) => (
          <ul className="rows">
            {list.map((one: S['SessionView']) => (
              <li key={one.id} className="spread">
                <div>
                  <div className="row">
                    <strong>{browserOf(one.user_agent)}</strong>
                    {one.is_this && <Tag tone="success" icon="check">This browser</Tag>}
                  </div>
                  <div className="muted small">
                    {one.ip || 'unknown address'}, last used <RelativeTime at={one.last_seen_at} />
                  </div>
                </div>
                {!one.is_this && (
                  <button
                    type="button" className="button" aria-label={`End the session of ${browserOf(one.user_agent)}`}
                    onClick={() => void end(() => client.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id: one.id } } }), 'The session has ended.')}
                  >
                    End
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </QueryBoundary>
    </section>
  );
}
