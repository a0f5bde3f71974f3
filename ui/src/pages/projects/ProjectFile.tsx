import { useId, useRef, useState } from 'react';
import { App } from 'antd';
import { ApiError, client, type S } from '@/api/client';
import { useMe } from '@/api/session';
import { url } from '@/base';
import { ErrorView } from '@/components/ErrorView';
import { Tag } from '@/components/StateTag';
import { plural } from '@/lib/format';
import { useLeaveGuard } from '@/lib/guard';
import { useRefresh } from '@/pages/settings/refresh';
import { Copyable } from '@/pages/settings/ShownOnce';

/** The names in `${NAME}` and `${NAME:-default}`. */
const variablesOf = (text: string): string[] => [...new Set([...text.matchAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}/g)].map((match) => match[1]!))];

/** The project as YAML, and YAML that the project is made like. */
export function ProjectFile({ project }: { project: S['ProjectView'] }) {
  const me = useMe();
  const canApply = me.user.is_admin || project.role === 'editor' || project.role === 'admin';
  return (
    <div className="stack" style={{ maxWidth: 900 }}>
      <section className="card stack" style={{ gap: 8 }} aria-labelledby="export">
        <h2 id="export">Export</h2>
        <p className="muted">Connections, tasks, schedules, schemas, templates and channels as one YAML file, for git or another gateway. Secrets are not in it.</p>
        <span>
          <a className="button" href={url(`/api/v1/projects/${encodeURIComponent(project.name)}/export`)} download={`${project.name}.yaml`}>
            Download {project.name}.yaml
          </a>
        </span>
      </section>
      {canApply ? (
        <Apply project={project} />
      ) : (
        <p className="muted">An editor of the project may apply a file to it.</p>
      )}
    </div>
  );
}

function Apply({ project }: { project: S['ProjectView'] }) {
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const refresh = useRefresh();
  const { message } = App.useApp();
  const [text, setText] = useState('');
  const [values, setValues] = useState<Record<string, string>>({});
  const [prune, setPrune] = useState(false);
  const [checked, setChecked] = useState<S['Applied']>();
  const [done, setDone] = useState<S['Applied']>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  useLeaveGuard(text !== '' && done === undefined, 'Leave without applying the file?');

  const edit = (change: () => void) => {
    change();
    setChecked(undefined);
    setDone(undefined);
    setError(undefined);
  };
  async function send(dry_run: boolean) {
    setBusy(true);
    setError(undefined);
    const variables = Object.fromEntries(variablesOf(text).filter((name) => values[name]).map((name) => [name, values[name]!]));
    try {
      const answer = await client.POST('/api/v1/projects/apply', { params: { query: { name: project.name } }, body: { document: text, variables, prune, dry_run } });
      if (dry_run) setChecked(answer.data);
      else {
        setDone(answer.data);
        setChecked(undefined);
        void message.success('The file is applied.');
        await refresh('/api/v1/projects', '/api/v1/projects/{project}', '/api/v1/tasks', '/api/v1/connections', '/api/v1/schedules', '/api/v1/notifications', '/api/v1/dashboard');
      }
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  const changes = checked?.changes.filter((one) => one.action !== 'unchanged') ?? [];
  const variables = variablesOf(text);
  return (
    <section className="card stack" aria-labelledby="apply">
      <div>
        <h2 id="apply">Apply a file</h2>
        <p className="muted">The project becomes like the file. First you see what would change; nothing happens before you agree.</p>
      </div>
      <div className="field">
        <div className="spread">
          <label htmlFor={id} style={{ fontWeight: 550 }}>Project file (YAML)</label>
          <button type="button" className="button" onClick={() => file.current?.click()}>
            Choose a file
          </button>
          <input
            ref={file} type="file" hidden accept=".yaml,.yml,.json" aria-label="Choose a project file"
            onChange={(event) => {
              const [picked] = event.target.files ?? [];
              event.target.value = '';
              if (picked) void picked.text().then((read) => edit(() => setText(read)));
            }}
          />
        </div>
        <textarea id={id} className="input document" spellCheck={false} value={text} onChange={(event) => edit(() => setText(event.target.value))} placeholder={`project: ${project.name}\nconnections: {}\ntasks: []`} />
      </div>
      {variables.length > 0 && (
        <fieldset className="stack" style={{ gap: 10, border: 0, margin: 0, padding: 0 }}>
          <legend style={{ fontWeight: 550, padding: 0, marginBottom: 6 }}>Values that the file leaves open</legend>
          <p className="muted small">What you leave empty keeps the secret that is known, or takes the value that the file names.</p>
          {variables.map((name) => (
            <label key={name} className="field">
              <span>
                <code>{name}</code>
              </span>
              <input className="input" type="password" autoComplete="off" value={values[name] ?? ''} onChange={(event) => edit(() => setValues({ ...values, [name]: event.target.value }))} />
            </label>
          ))}
        </fieldset>
      )}
      <label className="row">
        <input type="checkbox" checked={prune} onChange={(event) => edit(() => setPrune(event.target.checked))} />
        Delete what the project has and the file has not
      </label>
      {error !== undefined && (error instanceof ApiError ? <Refused error={error} /> : <ErrorView what="The changes" error={error} />)}
      <div role="status">
        {checked && <Changes applied={checked} />}
        {done && <p className="note success">Done: {plural(done.changes.filter((one) => one.action !== 'unchanged').length, 'change')}.</p>}
      </div>
      {done && Object.entries(done.created_secrets ?? {}).map(([name, secret]) => (
        <div key={name} className="note warning stack" style={{ gap: 8 }}>
          <span>The signing secret of the webhook “{name}”. It is not shown again.</span>
          <Copyable label={`Secret of ${name}`} value={secret} />
        </div>
      ))}
      <div className="row">
        <button type="button" className={checked ? 'button' : 'button primary'} disabled={isBusy || text.trim() === ''} onClick={() => void send(true)}>
          Show what would change
        </button>
        {checked && changes.length > 0 && (
          <button type="button" className="button primary" disabled={isBusy} onClick={() => void send(false)}>
            Apply {plural(changes.length, 'change')}
          </button>
        )}
      </div>
    </section>
  );
}

const Refused = ({ error }: { error: ApiError }) => (
  <div role="alert" className="note error">
    <strong>The file cannot be applied. Nothing has changed.</strong>
    <p style={{ whiteSpace: 'pre-wrap' }}>
      {[error.problem.where, error.message, error.problem.hint].filter(Boolean).join(' ')}
    </p>
  </div>
);

const LOOK = {
  create: ['success', 'plus', 'New'], update: ['info', 'arrow', 'Changed'], delete: ['error', 'cross', 'Deleted'], unchanged: ['', 'check', 'As it is'],
} as const;

function Changes({ applied }: { applied: S['Applied'] }) {
  const changes = applied.changes.filter((one) => one.action !== 'unchanged');
  const same = applied.changes.length - changes.length;
  return (
    <div className="stack" style={{ gap: 8 }}>
      <strong>{changes.length === 0 ? 'Nothing would change.' : `${plural(changes.length, 'change')}${same ? `, ${same} stay as they are` : ''}`}</strong>
      <ul className="changes" aria-label="What would change">
        {changes.map((one) => {
          const [tone, icon, word] = LOOK[one.action];
          return (
            <li key={`${one.noun} ${one.name}`}>
              <Tag tone={tone} icon={icon}>
                {word}
              </Tag>
              <span>
                {one.noun} <strong>{one.name}</strong>
              </span>
              {(one.fields ?? []).length > 0 && <span className="muted small">{one.fields?.join(', ')}</span>}
            </li>
          );
        })}
      </ul>
      {applied.warnings?.map((warning) => (
        <p key={warning} className="note warning">
          {warning}
        </p>
      ))}
    </div>
  );
}
