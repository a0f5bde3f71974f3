import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import type { S } from '@/api/client';
import { leave } from '@/lib/leave';
import { ask, atField, told, type Refusal } from './ask';
import { Field, NewPassword } from './fields';
import { FirstChoice } from './FirstChoice';
import { Trouble, Welcome } from './Welcome';

/** The first run: the first administrator is made, then there is something to do. */
export default function Setup() {
  const go = useNavigate();
  const [refusal, setRefusal] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const [me, setMe] = useState<S['Me']>();

  useEffect(() => {
    let isHere = true;
    // If it cannot be asked, the form is shown: sending it says what is wrong.
    ask<S['SetupState']>('/setup').then((state) => isHere && !state.needed && void go('/login', { replace: true }), () => undefined);
    return () => {
      isHere = false;
    };
  }, [go]);

  async function make(form: FormData) {
    setBusy(true);
    setRefusal(undefined);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    try {
      setMe(await ask<S['Me']>('/setup', {
        token: text('token'), email: text('email'), name: text('name'), password: form.get('password'),
      }));
    } catch (error) {
      setRefusal(error as Refusal);
      if ((error as Refusal).status === 409) leave.to('/login');
    } finally {
      setBusy(false);
    }
  }

  if (me) return <FirstChoice me={me} />;
  const wrongToken = atField(refusal, 'token') ?? (refusal?.status === 401 ? 'This is not the set-up token. A restart of the server prints a new one.' : undefined);
  const isAtField = wrongToken !== undefined || ['email', 'name', 'password'].some((path) => atField(refusal, path));
  return (
    <Welcome wide title="Set up IntakeGateway" lead="Make the first administrator. This is done once.">
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void make(new FormData(event.currentTarget)); }}>
        {refusal && <Trouble>{isAtField ? 'Please look at the marked field.' : told(refusal)}</Trouble>}
        <Field label="Set-up token" name="token" autoComplete="off" autoCapitalize="none" spellCheck={false} required autoFocus wrong={wrongToken} />
        <details className="where-token small">
          <summary>Where do I find the token?</summary>
          <p>
            The server writes it to its log when it starts, after “The token for the first one”. It proves that you may look at the server.
          </p>
          <p>
            In a terminal: <code>intakegateway serve</code>. With Docker: <code>docker logs intakegateway</code>. Each start makes a new one.
          </p>
        </details>
        <Field label="E-mail" name="email" type="email" autoComplete="username" autoCapitalize="none" required wrong={atField(refusal, 'email')} hint="You sign in with it." />
        <Field label="Your name" name="name" autoComplete="name" maxLength={200} wrong={atField(refusal, 'name')} />
        <NewPassword wrong={atField(refusal, 'password')} />
        <button className="button primary" type="submit" disabled={isBusy}>
          {isBusy ? 'One moment …' : 'Create the administrator'}
        </button>
      </form>
    </Welcome>
  );
}
