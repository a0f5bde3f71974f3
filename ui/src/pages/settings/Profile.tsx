import { useState } from 'react';
import { App, Form, Input } from 'antd';
import { client } from '@/api/client';
import { useMe } from '@/api/session';
import { singleKeys } from '@/lib/keys';
import { chooseTheme, useThemeChoice, type Choice } from '@/lib/theme';
import { useRefresh } from './refresh';
import { showAtFields } from './serverErrors';
import { Sessions } from './Sessions';

/** One's own account. */
export default function Profile() {
  return (
    <div className="stack" style={{ maxWidth: 760 }}>
      <Name />
      <Preferences />
      <Password />
      <Sessions />
    </div>
  );
}

function Name() {
  const me = useMe();
  const refresh = useRefresh();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ name: string }>();
  const [trouble, setTrouble] = useState('');
  async function save(body: { name: string }) {
    setTrouble('');
    try {
      await client.PATCH('/api/v1/auth/me', { body });
      await refresh('/api/v1/auth/me');
      void message.success('Your name is saved.');
    } catch (error) {
      setTrouble(showAtFields(form, error));
    }
  }
  return (
    <section className="card" aria-labelledby="you">
      <h2 id="you">You</h2>
      <p className="muted" style={{ marginBottom: 12 }}>
        You sign in as {me.user.email}.{me.user.is_admin ? ' You are an administrator of this installation.' : ''}
      </p>
      <Trouble text={trouble} />
      <Form form={form} layout="vertical" initialValues={{ name: me.user.name }} onFinish={(values) => void save(values)}>
        <Form.Item name="name" label="Name" rules={[{ max: 200, message: 'Use at most 200 characters.' }]}>
          <Input autoComplete="name" />
        </Form.Item>
        <button type="submit" className="button primary">
          Save the name
        </button>
      </Form>
    </section>
  );
}

function Preferences() {
  const choice = useThemeChoice();
  const [isOn, setOn] = useState(singleKeys.on);
  return (
    <section className="card stack" aria-labelledby="look">
      <h2 id="look">In this browser</h2>
      <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
        <legend style={{ fontWeight: 550, padding: 0 }}>Theme</legend>
        <div className="row" style={{ gap: 20 }}>
          {(['system', 'light', 'dark'] as Choice[]).map((one) => (
            <label key={one} className="row" style={{ minHeight: 32 }}>
              <input type="radio" name="settings-theme" checked={choice === one} onChange={() => chooseTheme(one)} />
              {one === 'system' ? 'As the system' : one === 'light' ? 'Light' : 'Dark'}
            </label>
          ))}
        </div>
      </fieldset>
      <label className="row" style={{ flexWrap: 'nowrap', alignItems: 'flex-start' }}>
        <input
          type="checkbox" checked={isOn} style={{ marginTop: 4 }}
          onChange={(event) => { singleKeys.set(event.target.checked); setOn(event.target.checked); }}
        />
        <span>
          Single letters are shortcuts
          <span className="muted small" style={{ display: 'block' }}>
            Press ? to see them. Switch this off if you dictate, or press keys by accident.
          </span>
        </span>
      </label>
    </section>
  );
}

interface Change {
  current: string;
  new: string;
}

function Password() {
  const me = useMe();
  const { message } = App.useApp();
  const refresh = useRefresh();
  const [form] = Form.useForm<Change>();
  const [trouble, setTrouble] = useState('');
  const [isBusy, setBusy] = useState(false);
  async function save(body: Change) {
    setTrouble('');
    setBusy(true);
    try {
      await client.PUT('/api/v1/auth/password', { body });
      form.resetFields();
      void message.success('Your password is changed. Your other sessions have ended.');
      await refresh('/api/v1/auth/sessions');
    } catch (error) {
      setTrouble(showAtFields(form, error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <section className="card" aria-labelledby="password">
      <h2 id="password">Password</h2>
      {me.user.has_password ? (
        <>
          <p className="muted" style={{ marginBottom: 12 }}>
            At least 10 characters, 5 of them different. Several words that do not belong together make a good one.
          </p>
          <Trouble text={trouble} />
          <Form form={form} layout="vertical" onFinish={(values) => void save(values)}>
            <input type="text" name="username" autoComplete="username" value={me.user.email} readOnly hidden />
            <Form.Item name="current" label="Present password" rules={[{ required: true, message: 'Enter your present password.' }]}>
              <Input.Password autoComplete="current-password" />
            </Form.Item>
            <Form.Item name="new" label="New password" rules={[{ required: true, min: 10, message: 'Use at least 10 characters.' }]}>
              <Input.Password autoComplete="new-password" />
            </Form.Item>
            <button type="submit" className="button primary" disabled={isBusy}>
              Change the password
            </button>
          </Form>
        </>
      ) : (
        <p className="muted">You sign in without a password here.</p>
      )}
    </section>
  );
}

const Trouble = ({ text }: { text: string }) =>
  text ? (
    <p role="alert" className="note error" style={{ marginBottom: 12 }}>
      {text}
    </p>
  ) : null;
