import { SecretInput } from '@/components/SecretInput';
import type { HttpAuth, HttpSource } from '@/lib/definition';
import { put } from '../draft';
import { Choice, Field, TextField } from './Field';

const KINDS: Record<string, string> = { none: 'Nobody has to', bearer: 'With a token (bearer)', api_key: 'With a key', basic: 'With user and password' };
const MASK = '***';
type Auth = Exclude<HttpAuth, string>;

/** How to sign in to an address without a connection. OAuth needs a connection, which keeps the tokens that change. */
export function ApiAuth({ source, onChange }: { source: HttpSource; onChange: (next: HttpSource) => void }) {
  const auth: Auth = typeof source.auth === 'string' ? ({ type: source.auth } as Auth) : (source.auth ?? { type: 'none' });
  const set = (next: Auth) => onChange(put(source, { auth: next.type === 'none' ? undefined : next }));
  const secret = (title: string, value: string | null | undefined, give: (next: string | undefined) => void) => (
    <Field label={title} help="Kept encrypted when the task is saved, and not in the draft.">
      {({ id, 'aria-describedby': described }) => (
        <SecretInput id={id} title={title} describedBy={described} isKept={value === MASK} value={value === MASK ? undefined : value} onChange={(next) => give(next === undefined && value === MASK ? MASK : (next ?? undefined))} />
      )}
    </Field>
  );
  const kinds = auth.type in KINDS ? KINDS : { ...KINDS, [auth.type]: 'With OAuth 2' };
  return (
    <>
      <Choice
        label="How does one sign in?" value={auth.type} choices={kinds} help="For OAuth 2, make a connection above."
        onChange={(type) => set({ type } as Auth)}
      />
      {auth.type === 'bearer' && secret('Token', auth.token, (token) => set({ ...auth, token }))}
      {auth.type === 'api_key' && (
        <>
          <div className="form-grid">
            <TextField label="Name of the key" value={auth.name} placeholder="X-API-Key" onChange={(name) => set(put(auth, { name }))} />
            <Choice label="Where it is sent" value={auth.in ?? 'header'} choices={{ header: 'In a header', query: 'In the address' }} onChange={(where) => set({ ...auth, in: where as 'header' | 'query' })} />
          </div>
          {secret('Key', auth.value, (value) => set({ ...auth, value }))}
        </>
      )}
      {auth.type === 'basic' && (
        <>
          <TextField label="User" value={auth.username} onChange={(username) => set({ ...auth, username })} />
          {secret('Password', auth.password, (password) => set({ ...auth, password }))}
        </>
      )}
    </>
  );
}
