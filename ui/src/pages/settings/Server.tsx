import type { ReactNode } from 'react';
import { api, type S } from '@/api/client';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { Tag } from '@/components/StateTag';
import { bytes, count, plural } from '@/lib/format';

/** How the installation is set up. Settings are changed where the server runs. */
export default function Server() {
  const query = api.useQuery('get', '/api/v1/system', {}, { refetchInterval: 15_000 });
  return (
    <QueryBoundary what="The server" query={query} skeleton={<Skeleton rows={4} height={120} />}>
      {(system) => (
        <div className="stack" style={{ maxWidth: 900 }}>
          <p className="muted">
            These are set where the server runs, by the environment or its file <code>settings.toml</code>. The page only shows them.
          </p>
          <Part title="Health">
            <Fact name="State">{query.error ? <Tag tone="error" icon="cross">No answer</Tag> : <Tag tone="success" icon="check">Working</Tag>}</Fact>
            <Fact name="Version">{system.version}</Fact>
            <Fact name="Now">
              {plural(system.running, 'run')} under way, {count(system.pending)} waiting
            </Fact>
            <Fact name="Runs take place">{execution(system)}</Fact>
            <Fact name="At the same time">
              {count(system.max_running)} in all, {count(system.max_running_per_task)} of one task, {count(system.max_running_per_connection)} into one connection
            </Fact>
            <Fact name="Its own database">{system.database === 'postgresql' ? 'PostgreSQL' : 'SQLite file in the data folder'}</Fact>
            <Fact name="Files and rejected rows">{system.storage === 'folder' ? 'in the data folder' : 'in an object store'}</Fact>
          </Part>
          <Part title="Signing in">
            <Fact name="Single sign-on">
              {system.providers.length === 0 ? 'Not set up' : system.providers.map((one) => `${one.title} (${one.kind === 'oidc' ? 'OpenID Connect' : 'SAML'})`).join(', ')}
            </Fact>
            <Fact name="A session ends after">{plural(system.session_hours, 'hour')} without use</Fact>
            <Fact name="Address">{system.base_url || 'Not set: links use the address that the browser shows'}</Fact>
          </Part>
          <Part title="Mail">
            <Fact name="Sending">{system.sends_mail ? <Tag tone="success" icon="check">Set up</Tag> : 'Not set up: notifications by e-mail cannot be sent'}</Fact>
            {system.mail_from && <Fact name="Sender">{system.mail_from}</Fact>}
          </Part>
          <Part title="What is kept, and how long">
            <Fact name="Runs, logs, rejected rows">{system.keep_runs_days ? plural(system.keep_runs_days, 'day') : 'for ever'}</Fact>
            <Fact name="Runs of each task">{system.keep_runs_per_task ? `the latest ${count(system.keep_runs_per_task)}` : 'all of them'}</Fact>
            <Fact name="Files no task uses">{system.keep_files_days ? plural(system.keep_files_days, 'day') : 'for ever'}</Fact>
            <Fact name="Largest upload">{bytes(system.max_upload_bytes)}</Fact>
          </Part>
        </div>
      )}
    </QueryBoundary>
  );
}

const execution = (system: S['SystemView']): string =>
  system.execution === 'processes' ? `in ${plural(system.workers, 'process', 'processes')} of the server` : 'within the server itself';

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      <dl className="facts">{children}</dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
