import { useState } from 'react';
import { Modal } from 'antd';
import { client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { useAct } from '@/components/useAct';
import { useTaskActs } from './useTaskActs';

interface Made {
  kind: 'token' | 'secret';
  token: string;
  url: string;
}

/** How other programs send data to the task. Tokens and secrets are shown once. */
export function PushIntake({ task, mayEdit }: { task: S['TaskView']; mayEdit: boolean }) {
  const project = useProject();
  const danger = useConfirmDanger();
  const { refresh } = useTaskActs();
  const [act, isBusy] = useAct();
  const [made, setMade] = useState<Made | null>(null);
  const params = { path: { task: task.id }, query: { project } };
  const make = (kind: Made['kind']) =>
    act(
      () => (kind === 'token' ? client.POST('/api/v1/tasks/{task}/push/token', { params }) : client.POST('/api/v1/tasks/{task}/push/secret', { params })),
      ({ data }) => {
        if (data) setMade({ kind, ...data });
        void refresh();
      },
    );
  const again = (kind: Made['kind'], has: boolean) => {
    if (!has) void make(kind);
    else danger({ title: `Make a new ${kind}?`, text: `Programs that use the present ${kind} can send nothing any more until they have the new one.`, verb: `Make a new ${kind}`, act: () => make(kind) });
  };
  const remove = (kind: Made['kind']) =>
    danger({
      title: `Remove the ${kind}?`, text: 'Programs that use it can send nothing any more.', verb: 'Remove',
      act: () => act(() => (kind === 'token' ? client.DELETE('/api/v1/tasks/{task}/push/token', { params }) : client.DELETE('/api/v1/tasks/{task}/push/secret', { params })), () => void refresh()),
    });
  const rows: [Made['kind'], string, string, boolean][] = [
    ['token', 'Token', 'Sent with each request. The simplest way.', task.has_push_token ?? false],
    ['secret', 'Signing secret', 'Signs each message (Standard Webhooks) and is never sent itself.', task.has_push_secret ?? false],
  ];
  return (
    <section className="card stack" aria-labelledby="push">
      <div>
        <h2 id="push">Sending data to this task</h2>
        <p className="muted">Other programs send records or files to this task’s address; each is loaded by a run of its own.</p>
      </div>
      {rows.map(([kind, title, text, has]) => (
        <div key={kind} className="spread">
          <div>
            <strong>{title}</strong> <span className="muted">{has ? 'is set' : 'is not set'}</span>
            <div className="muted small">{text}</div>
          </div>
          <div className="row">
            <button type="button" className="button" disabled={!mayEdit || isBusy} title={mayEdit ? undefined : 'Only editors of the project may do this.'} onClick={() => again(kind, has)}>{has ? `Replace the ${kind}` : `Make a ${kind}`}</button>
            {has && mayEdit && <button type="button" className="button quiet" disabled={isBusy} onClick={() => remove(kind)}>Remove</button>}
          </div>
        </div>
      ))}
      {made && <Once made={made} close={() => setMade(null)} />}
    </section>
  );
}

function Once({ made, close }: { made: Made; close: () => void }) {
  const address = new URL(made.url, location.href).href;
  const example = made.kind === 'token'
    ? `curl -X POST '${address}' \\\n  -H 'Authorization: Bearer ${made.token}' \\\n  -H 'Content-Type: application/json' \\\n  -d '[{"id": 1, "name": "Ann"}]'`
    : `POST ${address}\nwebhook-id: a new id for each message\nwebhook-timestamp: seconds since 1970\nwebhook-signature: v1, and the HMAC-SHA256 of "id.timestamp.body" with this secret, in base64`;
  return (
    <Modal open title={made.kind === 'token' ? 'The token' : 'The signing secret'} onCancel={close} footer={<button type="button" className="button primary" onClick={close}>I have kept it</button>} width={680}>
      <div className="stack">
        <p className="note warning">It is shown this once. Copy it now and keep it in a safe place.</p>
        <Copied label={made.kind === 'token' ? 'Token' : 'Secret'} text={made.token} />
        <Copied label="Example" text={example} />
      </div>
    </Modal>
  );
}

function Copied({ label, text }: { label: string; text: string }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <div>
      <div className="spread">
        <strong>{label}</strong>
        <button type="button" className="button quiet" aria-label={`Copy: ${label}`} onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false))}>{isCopied ? 'Copied' : 'Copy'}</button>
      </div>
      <pre tabIndex={0} aria-label={label} style={{ margin: 0, padding: 10, background: 'var(--surface-2)', borderRadius: 6, overflowX: 'auto' }}>{text}</pre>
    </div>
  );
}
