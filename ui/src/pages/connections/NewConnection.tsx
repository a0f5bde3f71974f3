import { Link, useNavigate } from 'react-router';
import { App } from 'antd';
import { api } from '@/api/client';
import { useCan } from '@/api/session';
import { PageHeader } from '@/components/PageHeader';
import { QueryBoundary } from '@/components/QueryBoundary';
import { useUrlState } from '@/lib/url';
import { ConnectionForm } from './ConnectionForm';
import { KindTiles } from './KindTiles';

/** A new connection: first its kind, then its settings. */
export function NewConnection() {
  const go = useNavigate();
  const { message } = App.useApp();
  const may = useCan('editor');
  const [kind, setKind] = useUrlState('kind');
  const connectors = api.useQuery('get', '/api/v1/connectors', {}, { staleTime: Infinity });
  return (
    <>
      <PageHeader title="New connection">
        <Link to="/connections">All connections</Link>
      </PageHeader>
      {!may ? (
        <p className="note warning">Only editors and admins of this project can make connections. Ask one of them.</p>
      ) : (
        <QueryBoundary what="The kinds of connections" query={connectors}>
          {(found) => {
            const connector = found.find((one) => one.kind === kind);
            if (!connector) return <KindTiles connectors={found} choose={(one) => setKind(one.kind)} />;
            return (
              <div className="contained stack">
                <div className="row">
                  <strong>{connector.title}</strong>
                  <button type="button" className="button quiet" onClick={() => setKind('')}>Choose another kind</button>
                </div>
                <ConnectionForm
                  key={connector.kind} connector={connector} onCancel={() => void go('/connections')}
                  onSaved={(saved) => {
                    void message.success(`The connection ${saved.name} is saved.`);
                    void go(`/connections/${saved.id}`, { replace: true });
                  }}
                />
              </div>
            );
          }}
        </QueryBoundary>
      )}
    </>
  );
}
