import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { leave } from '@/lib/leave';
import { ask, type Refusal } from './ask';

export default function Login() {
  const [search] = useSearchParams();
  const [refusal, setRefusal] = useState<Refusal>();
  return (
    <main style={{ maxWidth: 380, margin: '12vh auto', padding: 16 }}>
      <h1>Sign in</h1>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          ask('/auth/login', { email: form.get('email'), password: form.get('password') }).then(
            () => leave.to(search.get('next') ?? '/'),
            setRefusal,
          );
        }}
      >
        <label className="field">
          <span>E-mail</span>
          <input className="input" name="email" type="email" autoComplete="username" required />
        </label>
        <label className="field">
          <span>Password</span>
          <input className="input" name="password" type="password" autoComplete="current-password" required />
        </label>
        {refusal && <p role="alert" className="note error">{refusal.detail}</p>}
        <button className="button primary" type="submit">Sign in</button>
      </form>
    </main>
  );
}
