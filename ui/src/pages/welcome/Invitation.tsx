import { useState } from 'react';
import { Link, useLocation } from 'react-router';
import type { S } from '@/api/client';
import { leave } from '@/lib/leave';
import { ask, atField, told, type Refusal } from './ask';
import { Field, NewPassword } from './fields';
import { Trouble, Welcome } from './Welcome';

const OVER = 'This link is not valid any more: it was used, replaced or is too old. Ask an administrator for a new one.';

/** Somebody who was invited, or whose password was reset, chooses one; the token follows after `#`. */
export default function Invitation() {
  const { hash } = useLocation();
  const token = decoded(hash.slice(1));
  const [refusal, setRefusal] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);

  async function accept(form: FormData) {
    setBusy(true);
    setRefusal(undefined);
    const name = String(form.get('name') ?? '').trim();
    try {
      await ask<S['Me']>('/auth/invitation', { token, password: form.get('password'), ...(name ? { name } : {}) });
      leave.to('/');
    } catch (error) {
      setRefusal(error as Refusal);
      setBusy(false);
    }
  }

  const isOver = token === '' || refusal?.status === 401;
  if (isOver) {
    return (
      <Welcome title="This link is over">
        <div className="stack">
          <Trouble>{token === '' ? 'This link is not complete. Open it again from the message that you were sent, or ask for a new one.' : OVER}</Trouble>
          <Link className="button wide" to="/login">
            Go to sign in
          </Link>
        </div>
      </Welcome>
    );
  }
  const wrong = atField(refusal, 'password');
  return (
    <Welcome title="Choose your password" lead="Then you are signed in. The link works once.">
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void accept(new FormData(event.currentTarget)); }}>
        {refusal && <Trouble>{wrong ? 'Please look at the marked field.' : told(refusal)}</Trouble>}
        <Field label="Your name" name="name" autoComplete="name" maxLength={200} hint="Leave it empty to keep what is known." wrong={atField(refusal, 'name')} autoFocus />
        <NewPassword wrong={wrong} />
        <button className="button primary" type="submit" disabled={isBusy}>
          {isBusy ? 'One moment …' : 'Save and sign in'}
        </button>
      </form>
    </Welcome>
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
