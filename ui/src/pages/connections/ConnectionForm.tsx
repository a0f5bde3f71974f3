import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api, client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { StaleEdit } from '@/components/StaleEdit';
import { QueryBoundary } from '@/components/QueryBoundary';
import { SchemaForm } from '@/components/SchemaForm';
import { fieldsOfSchema, groupTitle, missing, onlyWhatApplies, valueAt, type FormSchema, type Values } from '@/components/schema/fields';
import { TestPanel } from '@/components/TestPanel';
import { fieldErrors, isConflict, isStale, sentence } from '@/lib/problems';
import { useLeaveGuard } from '@/lib/guard';
import { useShortcuts } from '@/lib/keys';

interface Props {
  connector: S['ConnectorView'];
  /** The one that is edited; left out: a new one. */
  kept?: S['ConnectionView'];
  onSaved: (saved: S['ConnectionView']) => void;
  onCancel?: () => void;
}

/** The settings of a connection: tested at any time, and before they are saved. */
export function ConnectionForm(props: Props) {
  const schema = api.useQuery('get', '/api/v1/connectors/{kind}/schema', { params: { path: { kind: props.connector.kind } } }, { staleTime: Infinity });
  return (
    <QueryBoundary what="The form" query={schema}>
      {(found) => <Form {...props} schema={found as FormSchema} />}
    </QueryBoundary>
  );
}

function Form({ connector, kept, onSaved, onCancel, schema }: Props & { schema: FormSchema }) {
  const project = useProject();
  const queries = useQueryClient();
  const [base, setBase] = useState(kept);
  const [name, setName] = useState(kept?.name ?? '');
  const [description, setDescription] = useState(kept?.description ?? '');
  const [config, setConfig] = useState<Values>(kept?.config ?? {});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [summary, setSummary] = useState('');
  const [test, setTest] = useState(kept?.test ?? null);
  const [testError, setTestError] = useState('');
  const [busy, setBusy] = useState<'' | 'test' | 'save'>('');
  const [mayForce, setMayForce] = useState(false);
  const [theirs, setTheirs] = useState<S['ConnectionView']>();
  const isConfigChanged = !base || JSON.stringify(config) !== JSON.stringify(base.config);
  const isDirty = isConfigChanged || name !== (base?.name ?? '') || description !== (base?.description ?? '');
  const [isDone, setDone] = useState(false);
  const take = (one: S['ConnectionView']) => {
    setBase(one);
    setName(one.name);
    setDescription(one.description);
    setConfig(one.config);
    setTest(one.test);
  };
  // What others save is shown while nothing was changed here; otherwise saving compares the two.
  if (kept && base && kept.version > base.version && !isDirty) take(kept);
  useLeaveGuard(isDirty && !isDone && (base !== undefined || name !== '' || Object.keys(config).length > 0));

  const settings = onlyWhatApplies(schema, config);
  const refuse = (error: unknown) => {
    const found = fieldErrors(error, 'config.');
    if (isConflict(error) && /name/.test(sentence(error))) found.name = sentence(error);
    setErrors(found);
    setSummary(sentence(error));
  };
  const isComplete = (): boolean => {
    const empty = missing(schema, settings, base?.secrets);
    const found = Object.fromEntries(empty.map((field) => [field.key, `${field.title} is missing.`]));
    if (!name.trim()) found.name = 'Give it a name.';
    setErrors(found);
    setSummary(Object.values(found).join(' '));
    return Object.keys(found).length === 0;
  };

  const runTest = async (): Promise<boolean> => {
    setTestError('');
    setBusy('test');
    try {
      const { data } = await client.POST('/api/v1/connections/test', {
        params: { query: { project } }, body: { kind: connector.kind, config: settings, id: base?.id ?? null },
      });
      setTest(data ?? null);
      setErrors({});
      setSummary('');
      return data?.ok ?? false;
    } catch (error) {
      refuse(error);
      setTestError(sentence(error));
      return false;
    } finally {
      setBusy('');
    }
  };

  const save = async (isForced: boolean, over = base) => {
    if (!isComplete() || busy) return;
    setMayForce(false);
    const isToTest = isConfigChanged && connector.can_be_tested;
    if (isToTest && !isForced && !(await runTest())) {
      setMayForce(true);
      return;
    }
    setBusy('save');
    try {
      const body = { name: name.trim(), description, ...(isConfigChanged && { config: settings }) };
      const { data: saved } = over
        ? await client.PATCH('/api/v1/connections/{connection}', {
            params: { path: { connection: over.id }, query: { project }, header: { 'if-match': `"${over.version}"` } }, body,
          })
        : await client.POST('/api/v1/connections', { params: { query: { project } }, body: { ...body, kind: connector.kind, config: settings } });
      if (!saved) return;
      if (!over) setDone(true);
      const tested = isToTest ? await keepTest(saved) : saved;
      if (over) take(tested);
      await queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).startsWith('/api/v1/connections') });
      onSaved(tested);
    } catch (error) {
      if (isStale(error) && over) {
        const { data } = await client.GET('/api/v1/connections/{connection}', { params: { path: { connection: over.id }, query: { project } } });
        setTheirs(data);
      } else refuse(error);
    } finally {
      setBusy('');
    }
  };
  /** The result of a test stays with a connection only when it was made with what is saved. */
  const keepTest = async (saved: S['ConnectionView']): Promise<S['ConnectionView']> => {
    try {
      const { data } = await client.POST('/api/v1/connections/{connection}/test', { params: { path: { connection: saved.id }, query: { project } } });
      return { ...saved, test: data ?? null };
    } catch {
      return saved; // it is saved; the list says that it is untested
    }
  };
  useShortcuts({ 'ctrl+s': () => void save(false) });

  return (
    <form
      className="with-aside" noValidate aria-label={base ? `Connection ${base.name}` : 'New connection'}
      onSubmit={(event) => { event.preventDefault(); void save(false); }}
    >
      <div className="card stack">
        <div className="field">
          <label htmlFor="connection-name">Name <span className="muted" aria-hidden="true">*</span></label>
          <input
            id="connection-name" className="input" value={name} required maxLength={100} autoComplete="off" placeholder={connector.group === 'api' ? 'such as shop-api' : 'such as warehouse'}
            aria-invalid={errors.name ? true : undefined} aria-describedby={errors.name ? 'connection-name-error' : undefined}
            onChange={(event) => setName(event.target.value)}
          />
          {errors.name && <small className="bad" id="connection-name-error">{errors.name}</small>}
        </div>
        <SchemaForm schema={schema} value={config} onChange={setConfig} secrets={base?.secrets ?? []} errors={errors} />
        <div className="field">
          <label htmlFor="connection-description">What it is for</label>
          <textarea id="connection-description" className="input" rows={2} maxLength={1000} value={description} onChange={(event) => setDescription(event.target.value)} />
        </div>
        {summary && <p className="note error" role="alert">{summary}</p>}
        {mayForce && !summary && <p className="note warning" role="alert">The test failed, so nothing was saved. Mend the settings, or save them as they are.</p>}
        <div className="row actions">
          <button type="submit" className="button primary" disabled={busy !== ''}>
            {busy === 'save' ? 'Saving …' : busy === 'test' ? 'Testing …' : connector.can_be_tested && isConfigChanged ? 'Test and save' : 'Save'}
          </button>
          {connector.can_be_tested && isConfigChanged && (
            <button type="button" className="button" disabled={busy !== ''} onClick={() => void save(true)}>Save without a test</button>
          )}
          {onCancel && <button type="button" className="button quiet" onClick={onCancel}>Cancel</button>}
        </div>
      </div>
      <aside className="stack">
        {connector.can_be_tested && (
          <TestPanel
            result={test} isTesting={busy === 'test'} error={testError} untested="Not tested yet. Saving tests it."
            action={<button type="button" className="button" disabled={busy !== ''} onClick={() => void runTest()}>Test now</button>}
          />
        )}
        <section className="card stack" style={{ gap: 8 }} aria-label="Help">
          <h2>{connector.title}</h2>
          <p>{connector.description}</p>
          {!connector.is_installed && <p className="note warning">Its driver is not installed on the server. An administrator installs it with <code>{connector.install}</code>.</p>}
          <p className="muted">Passwords and tokens are kept encrypted and are never shown again. Tasks name the connection, so they change with it.</p>
        </section>
      </aside>
      {theirs && base && (
        <StaleEdit
          what={`the connection ${base.name}`} close={() => setTheirs(undefined)}
          mine={spoken(schema, name, description, settings)} theirs={spoken(schema, theirs.name, theirs.description, theirs.config)}
          keepMine={() => { setBase(theirs); setTheirs(undefined); void save(true, theirs); }}
          takeTheirs={() => { take(theirs); setTheirs(undefined); }}
        />
      )}
    </form>
  );
}

/** A connection by the words of its form, to be compared. */
function spoken(schema: FormSchema, name: string, description: string, config: Values): Record<string, unknown> {
  const fields = fieldsOfSchema(schema);
  const settings = fields.map((field) => [fields.some((one) => one !== field && one.title === field.title) ? `${groupTitle(field.group)}: ${field.title}` : field.title, valueAt(config, field.path)]);
  return { Name: name.trim(), 'What it is for': description, ...Object.fromEntries(settings) };
}
