import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { App } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { api, client, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { PageHeader } from '@/components/PageHeader';
import { QueryBoundary } from '@/components/QueryBoundary';
import { Tag } from '@/components/StateTag';
import { TestPanel } from '@/components/TestPanel';
import { plural } from '@/lib/format';
import { isConflict, sentence } from '@/lib/problems';
import { inText } from '@/lib/difference';
import { ConnectionForm } from './ConnectionForm';
import { CopyDialog } from './CopyDialog';
import { useUses } from './ConnectionList';
import { STATES, stateOf, useWord } from './words';

/** One connection: its settings, its test, who uses it. */
export function ConnectionPage({ reference }: { reference: string }) {
  const project = useProject();
  const found = api.useQuery('get', '/api/v1/connections/{connection}', { params: { path: { connection: reference }, query: { project } } });
  const connectors = api.useQuery('get', '/api/v1/connectors', {}, { staleTime: Infinity });
  return (
    <>
      {found.data === undefined && <PageHeader title="Connection"><Link to="/connections">All connections</Link></PageHeader>}
      <QueryBoundary what="The connection" query={found}>
        {(one) => (
          <QueryBoundary what="The kinds of connections" query={connectors}>
            {(kinds) => <Shown key={one.id} one={one} connector={kinds.find((kind) => kind.kind === one.kind)} />}
          </QueryBoundary>
        )}
      </QueryBoundary>
    </>
  );
}

function Shown({ one, connector }: { one: S['ConnectionView']; connector: S['ConnectorView'] | undefined }) {
  const project = useProject();
  const go = useNavigate();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const confirmDanger = useConfirmDanger();
  const mayEdit = useCan('editor');
  const uses = useUses(project)(one);
  const [blocked, setBlocked] = useState('');
  const [isCopying, setCopying] = useState(false);
  const [word, tone, icon] = STATES[stateOf(one)];
  const asked = { params: { path: { connection: one.id }, query: { project } } };
  const refresh = () => queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).startsWith('/api/v1/connections') });

  const activate = async () => {
    try {
      await client.POST('/api/v1/connections/{connection}/activate', asked);
      await refresh();
      void message.success(`Tasks that name no destination now load into ${one.name}.`);
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  const remove = async (force: boolean) => {
    setBlocked('');
    try {
      await client.DELETE('/api/v1/connections/{connection}', { params: { path: { connection: one.id }, query: { project, force } } });
      await refresh();
      void message.success(`The connection ${one.name} is deleted.`);
      void go('/connections');
    } catch (error) {
      if (isConflict(error)) setBlocked(error instanceof Error ? error.message : '');
      else void message.error(sentence(error));
    }
  };
  const askToRemove = (force: boolean) =>
    confirmDanger({
      title: `Delete ${one.name}?`, verb: 'Delete', name: one.name, act: () => remove(force),
      text: force ? 'The tasks that use it will fail until they are given another one. Its passwords are forgotten.' : 'Its settings and passwords are forgotten. Data that was loaded stays where it is.',
    });
  const why = mayEdit ? undefined : 'Only editors and admins of this project can do this.';

  return (
    <div className="stack">
      <PageHeader
        title={one.name} aside={<><Tag tone={tone} icon={icon}>{word}</Tag>{one.is_active && <Tag tone="info" icon="arrow">Default destination</Tag>}</>}
        actions={
          <>
            {one.destination && !one.is_active && (
              <button type="button" className="button" disabled={!mayEdit} title={why} onClick={() => void activate()}>Make it the default destination</button>
            )}
            <button type="button" className="button" disabled={!mayEdit} title={why} onClick={() => setCopying(true)}>Copy</button>
            <button type="button" className="button" disabled={!mayEdit} title={why} onClick={() => askToRemove(false)}>Delete</button>
          </>
        }
      >
        <Link to="/connections">All connections</Link> · {one.title} · {useWord(one)}
      </PageHeader>
      {blocked && (
        <div className="note error stack" role="alert" style={{ gap: 8 }}>
          <strong>{blocked}</strong>
          <ul style={{ margin: 0 }}>{uses?.map((task) => <li key={task.id}><Link to={`/tasks/${task.id}`}>{task.name}</Link></li>)}</ul>
          <p>Give these tasks another connection first. If they are not needed any more, you can delete it all the same.</p>
          <div><button type="button" className="button" onClick={() => askToRemove(true)}>Delete all the same</button></div>
        </div>
      )}
      {uses && uses.length > 0 && !blocked && (
        <p className="note">
          Used by {plural(uses.length, 'task')}: {uses.slice(0, 8).map((task, at) => <span key={task.id}>{at > 0 && ', '}<Link to={`/tasks/${task.id}`}>{task.name}</Link></span>)}
          {uses.length > 8 && ` and ${uses.length - 8} more`}. What you change here holds from their next run on.
        </p>
      )}
      <div className="contained">
        {connector && mayEdit ? (
          <ConnectionForm
            key={one.id} connector={connector} kept={one} onSaved={(saved) => void message.success(`The connection ${saved.name} is saved.`)}
          />
        ) : (
          <ReadOnly one={one} mayTest={connector?.can_be_tested ?? false} />
        )}
      </div>
      {isCopying && (
        <CopyDialog
          name={one.name} close={() => setCopying(false)}
          copy={async (name) => {
            const { data } = await client.POST('/api/v1/connections/{connection}/clone', { ...asked, body: { name } });
            await refresh();
            if (data) void go(`/connections/${data.id}`);
          }}
        />
      )}
    </div>
  );
}

/** For people who may look but not change. */
function ReadOnly({ one, mayTest }: { one: S['ConnectionView']; mayTest: boolean }) {
  const project = useProject();
  const can = useCan('operator') && mayTest;
  const test = api.useMutation('post', '/api/v1/connections/{connection}/test');
  return (
    <div className="with-aside">
      <div className="card">
        <p className="note" style={{ marginBottom: 12 }}>Only editors and admins of this project can change it.</p>
        <table className="plain">
          <tbody>
            <tr><th scope="row">Address</th><td><code>{one.address}</code></td></tr>
            {one.description && <tr><th scope="row">What it is for</th><td>{one.description}</td></tr>}
            {Object.entries(one.config).map(([key, value]) => <tr key={key}><th scope="row">{key}</th><td>{inText(value)}</td></tr>)}
            {one.secrets.map((key) => <tr key={key}><th scope="row">{key}</th><td className="muted">kept, not shown</td></tr>)}
          </tbody>
        </table>
      </div>
      <TestPanel
        result={test.data ?? one.test} isTesting={test.isPending} error={test.error ? sentence(test.error) : undefined}
        action={can && <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate({ params: { path: { connection: one.id }, query: { project } } })}>Test now</button>}
      />
    </div>
  );
}
