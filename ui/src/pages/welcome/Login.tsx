import { useEffect, useRef, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { S } from '@/api/client';
import { leave } from '@/lib/leave';
import { ask, goal, told, type Refusal } from './ask';
import { Field, PasswordField } from './fields';
import { Trouble, Welcome } from './Welcome';

/** Sign in: with a password, or with what the installation offers. */
export default function Login() {
  const [search] = useSearchParams();
  const go = useNavigate();
  const next = goal(search.get('next'));
  const [refusal, setRefusal] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const [ways, setWays] = useState<S['ProviderView'][]>([]);
  const [wait, setWait] = useWait();
  const password = useRef<HTMLFormElement>(null);

  useEffect(() => {
    let isHere = true;
    // Without either answer the form is still good: signing in says what is wrong.
    ask<S['SetupState']>('/setup').then((state) => isHere && state.needed && void go('/setup', { replace: true }), () => undefined);
    ask<S['ProviderView'][]>('/auth/providers').then((found) => isHere && setWays(found), () => undefined);
    return () => {
      isHere = false;
    };
  }, [go]);

  async function signIn(form: FormData) {
    setBusy(true);
    setRefusal(undefined);
    try {
      await ask<S['Me']>('/auth/login', { email: form.get('email'), password: form.get('password') });
      leave.to(next);
    } catch (error) {
      const found = error as Refusal;
      setRefusal(found);
      setWait(found.status === 429 ? Math.max(found.retryAfter, 1) : 0);
      setBusy(false);
      password.current?.querySelector<HTMLInputElement>('[name=password]')?.select();
    }
  }

  return (
    <Welcome title="Sign in">
      <form ref={password} className="stack" onSubmit={(event) => { event.preventDefault(); void signIn(new FormData(event.currentTarget)); }}>
        {refusal && (refusal.status !== 429 || wait > 0) && <Trouble>{sentenceOf(refusal)}</Trouble>}
        <Field label="E-mail" name="email" type="email" autoComplete="username" autoCapitalize="none" required autoFocus />
        <PasswordField label="Password" name="password" autoComplete="current-password" required />
        <button className="button primary" type="submit" disabled={isBusy || wait > 0}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </button>
        {wait > 0 && (
          <p role="timer" className="muted number">
            You can try again in {wait} {wait === 1 ? 'second' : 'seconds'}.
          </p>
        )}
      </form>
      {ways.length > 0 && (
        <div className="stack">
          <div className="welcome-or small">or</div>
          {ways.map((way) => (
            <a key={way.name} className="button wide" href={`${way.login_url}?next=${encodeURIComponent(next)}`}>
              Sign in with {way.title}
            </a>
          ))}
        </div>
      )}
    </Welcome>
  );
}

/** The same words whether the person is unknown, the password is wrong or the account is closed. */
function sentenceOf(refusal: Refusal): string {
  if (refusal.status === 401 || refusal.status === 422) return 'The e-mail address or the password is wrong.';
  if (refusal.status === 429) return 'There were too many wrong tries.';
  return told(refusal);
}

/** Seconds that count down to 0. */
function useWait(): [number, (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    if (until === 0) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) setUntil(0);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return [
    left,
    (seconds) => {
      setNow(Date.now());
      setUntil(seconds > 0 ? Date.now() + seconds * 1000 : 0);
    },
  ];
}
