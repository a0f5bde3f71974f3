import { useState } from 'react';
import { SecretInput } from '@/components/SecretInput';
import type { HttpSource } from '@/lib/definition';
import { put } from '../draft';
import { Field, TextField } from './Field';

const MASK = '***';
const KEYS = ['proxy', 'verify', 'ca', 'client_cert', 'client_key', 'client_key_password'] as const;

interface Props {
  source: HttpSource;
  errors: Record<string, string>;
  onChange: (next: HttpSource) => void;
}

/** The way to an address without a connection: a proxy, whom to trust, and who we are. */
export function ApiNetwork({ source, errors, onChange }: Props) {
  const isWrong = KEYS.some((key) => errors[`source.${key}`]);
  const [isSaid] = useState(() => KEYS.some((key) => key in source));
  const set = (change: Partial<HttpSource>) => onChange(put(source, change));
  const secret = (key: 'proxy' | 'client_key_password', title: string, help: string) => (
    <Field label={title} help={help} error={errors[`source.${key}`]}>
      {({ id, 'aria-describedby': described }) => (
        <SecretInput
          id={id} title={title} describedBy={described} invalid={errors[`source.${key}`] !== undefined} isKept={source[key] === MASK} value={source[key] === MASK ? undefined : source[key]}
          onChange={(next) => set({ [key]: next === undefined && source[key] === MASK ? MASK : (next ?? undefined) })}
        />
      )}
    </Field>
  );
  return (
    <details className="fold" open={isSaid || isWrong || undefined}>
      <summary>Proxy and certificates</summary>
      <div className="stack" style={{ gap: 12, marginTop: 12 }}>
        {secret('proxy', 'Proxy', 'Such as http://proxy.example.org:3128, with its user and password if it has them. Left empty: that of the server. Not kept in the draft.')}
        <label className="check">
          <input type="checkbox" checked={source.verify ?? true} onChange={(event) => set({ verify: event.target.checked ? undefined : false })} />
          <span>Check the certificate of the address</span>
        </label>
        {source.verify === false && <p className="note warning">Without the check, somebody on the way can read and change what is sent, the sign-in included.</p>}
        <Field label="Certificate of its authority" help="For an authority of your own: a file (PEM) of the server, or its text. It is trusted besides the usual ones." error={errors['source.ca']}>
          {(common) => <textarea className="input code" rows={3} spellCheck={false} {...common} value={source.ca ?? ''} placeholder="-----BEGIN CERTIFICATE-----" onChange={(event) => set({ ca: event.target.value })} />}
        </Field>
        <div className="form-grid">
          <TextField label="Client certificate" value={source.client_cert} placeholder="None, or such as certs/client.pem" help="A file (PEM) of the server." error={errors['source.client_cert']} onChange={(client_cert) => set({ client_cert })} />
          <TextField label="Key of the client certificate" value={source.client_key} placeholder="Left empty: it is in the same file" help="A file (PEM) of the server." error={errors['source.client_key']} onChange={(client_key) => set({ client_key })} />
        </div>
        {source.client_cert && secret('client_key_password', 'Password of that key', 'Kept encrypted when the task is saved, and not in the draft.')}
      </div>
    </details>
  );
}
