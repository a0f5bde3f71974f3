import { useState } from 'react';
import { ConnectionPicker } from '@/components/ConnectionPicker';
import { KeyValues } from '@/components/KeyValues';
import type { HttpRequest, HttpSource, Incremental } from '@/lib/definition';
import type { StepProps } from '../context';
import { put } from '../draft';
import { ApiAuth } from './ApiAuth';
import { ApiNetwork } from './ApiNetwork';
import { Choice, Field, TextField } from './Field';
import { KeyField } from './KeyField';
import { Pages } from './Pages';

interface Props extends Pick<StepProps, 'errors' | 'fields'> {
  source: HttpSource;
  onChange: (next: HttpSource) => void;
}

/** What is asked of a REST API, in plain questions. */
export function ApiSource({ source, onChange, errors, fields }: Props) {
  const request = source.request ?? {};
  const ask = (change: Partial<HttpRequest>) => {
    const next = put(request, change);
    onChange(put(source, { request: Object.keys(next).length ? next : undefined }));
  };
  const method = request.method ?? 'GET';
  const address = source.request?.url ?? source.url ?? '';
  return (
    <div className="card stack">
      <ConnectionPicker
        label="Connection" use="source" sourceKind="http" value={source.connection ?? ''} none="None: I give the whole address here" error={errors['source.connection']}
        help="A connection keeps the address and the sign-in for several tasks."
        onChange={(connection) => {
          if (!connection) return onChange(put(source, { connection: undefined }));
          // The address, the sign-in and the way there are the connection's from now on.
          const { url: _url, auth: _auth, proxy: _proxy, verify: _verify, ca: _ca, client_cert: _cert, client_key: _key, client_key_password: _word, ...rest } = source;
          const { url: _whole, ...asked } = request;
          onChange(put({ ...rest, request: asked }, { connection, ...(Object.keys(asked).length ? {} : { request: undefined }) }));
        }}
      />
      <div className="form-grid wide-second">
        <Choice label="Method" value={method} choices={[['GET', 'GET'], ['POST', 'POST'], ['PUT', 'PUT'], ['PATCH', 'PATCH']]} onChange={(next) => ask({ method: next === 'GET' ? undefined : (next as HttpRequest['method']) })} />
        {source.connection ? (
          <TextField label="Path" value={request.path} placeholder="such as /orders" help="Continues the address of the connection." error={errors['source.request.path']} onChange={(path) => ask({ path })} />
        ) : (
          <TextField
            label="Address" value={address} placeholder="https://api.example.org/v1/orders" error={errors['source.url'] ?? errors['source.request.url']}
            onChange={(url) => onChange(put({ ...source, request: source.request ? put(source.request, { url: undefined }) : undefined }, { url }))}
          />
        )}
      </div>
      {!source.connection && <ApiAuth source={source} onChange={onChange} />}
      <div className="field">
        <span>Parameters of the address</span>
        <KeyValues label="Parameters of the address" nameLabel="Parameter" value={request.query ?? {}} onChange={(query) => ask({ query: Object.keys(query).length ? (query as HttpRequest['query']) : undefined })} />
        <small>What stands after the question mark, such as <code>status</code> with <code>paid</code>.</small>
      </div>
      {method !== 'GET' && <BodyField request={request} ask={ask} />}
      <div className="form-grid">
        <TextField label="Where the rows are in the answer" value={source.records} placeholder="such as $.data[*]" help="Left empty: the list in the answer. The next step shows the answer as a tree to choose from." error={errors['source.records']} onChange={(records) => onChange(put(source, { records }))} />
        <KeyField value={source.key_field} error={errors['source.key_field']} onChange={(key_field) => onChange(put(source, { key_field }))} />
      </div>
      <Pages source={source} errors={errors} onChange={onChange} />
      <OnlyNew
        value={source.incremental} isApi fields={fields.map((one) => one.name)} errors={errors}
        onChange={(incremental) => onChange(put(source, { incremental }))}
      />
      <details className="fold">
        <summary>Headers and patience</summary>
        <div className="stack" style={{ marginTop: 12 }}>
          <div className="field">
            <span>Headers</span>
            <KeyValues label="Headers" nameLabel="Header" value={request.headers ?? {}} onChange={(headers) => ask({ headers: Object.keys(headers).length ? (headers as Record<string, string>) : undefined })} />
          </div>
          <div className="form-grid">
            <TextField label="Seconds to wait for an answer" type="number" min={1} value={source.timeout} placeholder="30" onChange={(next) => onChange(put(source, { timeout: next ? Number(next) : undefined }))} />
            <TextField
              label="Most calls in a second" type="number" min={1} value={source.rate_limit?.calls} placeholder="As many as it takes"
              onChange={(next) => onChange(put(source, { rate_limit: next ? { ...source.rate_limit, calls: Number(next) } : undefined }))}
            />
          </div>
        </div>
      </details>
      {source.connection ? <p className="muted small">The proxy and the certificates are those of the connection.</p> : <ApiNetwork source={source} errors={errors} onChange={onChange} />}
    </div>
  );
}

function BodyField({ request, ask }: { request: HttpRequest; ask: (change: Partial<HttpRequest>) => void }) {
  const [text, setText] = useState(() => {
    const body = request.body;
    if (!body) return '';
    return body.raw ?? JSON.stringify(body.json ?? body.form, null, 2);
  });
  const isJson = (given: string): boolean => {
    try {
      JSON.parse(given);
      return true;
    } catch {
      return false;
    }
  };
  return (
    <Field label="What is sent" help={text.trim() && !isJson(text) ? 'This is no JSON, so it is sent as plain text.' : 'JSON. {{ cursor }} stands for where the last run ended.'}>
      {(common) => (
        <textarea
          className="input code" rows={5} spellCheck={false} {...common} value={text}
          onChange={(event) => {
            const given = event.target.value;
            setText(given);
            ask({ body: given.trim() === '' ? undefined : isJson(given) ? { json: JSON.parse(given) as unknown } : { raw: given } });
          }}
        />
      )}
    </Field>
  );
}

interface OnlyNewProps {
  value: Incremental | null | undefined;
  isApi: boolean;
  fields: string[];
  errors: Record<string, string>;
  onChange: (next: Incremental | undefined) => void;
}

/** Whether each run reads only what is new since the last one. */
export function OnlyNew({ value, isApi, fields, errors, onChange }: OnlyNewProps) {
  const set = (change: Partial<Incremental>) => value && onChange({ ...put(value, change), field: change.field ?? value.field });
  return (
    <div className="stack" style={{ gap: 10 }}>
      <label className="check">
        <input type="checkbox" checked={Boolean(value)} onChange={(event) => onChange(event.target.checked ? { field: '' } : undefined)} />
        <span>Read only what is new since the last run</span>
      </label>
      {value && (
        <fieldset className="group">
          <legend>Only what is new</legend>
          <TextField label="Field that tells" value={value.field} list="known-fields" placeholder="such as updated_at" error={errors['source.incremental.field'] ?? errors['source.incremental']} help="It grows with each new or changed row. Where the last run ended is kept once its rows are in the table." onChange={(field) => set({ field })} />
          <datalist id="known-fields">{fields.map((one) => <option key={one} value={one} />)}</datalist>
          <div className="form-grid">
            {isApi && <TextField label="Parameter that says so to the API" value={value.param} placeholder="such as updated_since" help="Or write {{ cursor }} into a parameter above." onChange={(param) => set({ param })} />}
            <TextField label="Begin with" value={value.start} placeholder="Everything" help="The first run reads from here on." onChange={(start) => set({ start })} />
            <TextField label="Look back a little" value={value.lookback} placeholder="such as 10m or 1d" help="For rows that arrive late. They are read again, so load them by a key." onChange={(lookback) => set({ lookback })} />
          </div>
        </fieldset>
      )}
    </div>
  );
}
