import { useEffect, useState } from 'react';
import { App, Modal } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ApiError, client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { ErrorView, sentence } from '@/components/ErrorView';
import { Skeleton } from '@/components/QueryBoundary';

/** What edits did by hand, proposed as a step of the task's mapping; accepted, it is a new version of the task. */
export function RuleDialog({ run, field, close }: { run: S['RunView']; field: string; close: () => void }) {
  const { message } = App.useApp();
  const project = useProject();
  const queries = useQueryClient();
  const [proposal, setProposal] = useState<S['RuleProposal'] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  useEffect(() => {
    let isGone = false;
    client.POST('/api/v1/runs/{run_id}/rejects/rule', { params: { path: { run_id: run.id } }, body: { field } }).then(
      ({ data }) => !isGone && setProposal(data ?? null),
      (failed: unknown) => !isGone && setError(failed),
    );
    return () => {
      isGone = true;
    };
  }, [run.id, field]);
  const accept = async () => {
    if (!proposal || !run.task_id) return;
    setSaving(true);
    try {
      const path = { task: run.task_id };
      const { data: task } = await client.GET('/api/v1/tasks/{task}', { params: { path, query: { project } } });
      if (task?.current !== proposal.version) {
        throw new ApiError({ status: 412, detail: 'The task was changed in the meantime.', hint: 'Close this and make the rule again.' });
      }
      const header = { 'if-match': `"${task.version}"` };
      const { data: made } = await client.POST('/api/v1/tasks/{task}/mappings', {
        params: { path, query: { project }, header }, body: { mappings: proposal.mapping, replace: true },
      });
      await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith('/api/v1/tasks') });
      void message.success({
        content: <>The task has a new version with this rule{made?.warnings?.length ? `: ${made.warnings.join(' ')}` : ''}. <Link to={`/tasks/${run.task_id}`}>Open the task</Link></>,
        duration: 8,
      });
      close();
    } catch (failed) {
      setError(failed);
      setSaving(false);
    }
  };
  return (
    <Modal
      open onCancel={close} title="Make this a rule" width={620} okText="Save as a new version of the task" onOk={() => void accept()}
      okButtonProps={{ disabled: proposal === null || error !== null, loading: isSaving }}
    >
      {error ? (
        error instanceof ApiError && error.status < 500 ? <p className="note warning" role="alert">{sentence(error)}</p> : <ErrorView what="The rule" error={error} />
      ) : proposal === null ? (
        <Skeleton rows={3} />
      ) : (
        <div className="stack">
          <p><strong>{proposal.sentence}</strong></p>
          <p className="muted">From the next run on, the task does this to all rows by itself. It becomes the first step of this mapping:</p>
          <div className="reject-diff">
            <Side title="Now" mapping={proposal.before} />
            <Side title="With the rule" mapping={proposal.after} />
          </div>
        </div>
      )}
    </Modal>
  );
}

function Side({ title, mapping }: { title: string; mapping: Record<string, unknown> | null }) {
  const steps = Array.isArray(mapping?.transforms) ? (mapping.transforms as (string | Record<string, unknown>)[]) : [];
  return (
    <section className="card" aria-label={title}>
      <h3>{title}</h3>
      <p className="muted small">{String(mapping?.from ?? mapping?.source ?? '')} → {String(mapping?.to ?? '')}</p>
      {steps.length === 0 ? <p className="muted">Taken as it is.</p> : <ol>{steps.map((step, index) => <li key={index}><Step step={step} /></li>)}</ol>}
      {mapping?.default !== undefined && <p>A missing value becomes <code>{String(mapping.default)}</code>.</p>}
    </section>
  );
}

function Step({ step }: { step: string | Record<string, unknown> }) {
  if (typeof step === 'string') return <>{step.replaceAll('_', ' ')}</>;
  const [name = '', options] = Object.entries(step)[0] ?? [];
  const values = name === 'lookup' ? (options as { values?: Record<string, unknown> }).values : undefined;
  if (values) {
    const pairs = Object.entries(values);
    return (
      <>
        Replace {pairs.slice(0, 8).map(([old, next], index) => <span key={old}>{index > 0 && ', '}<code>{old}</code> by <code>{String(next)}</code></span>)}
        {pairs.length > 8 && ` and ${pairs.length - 8} more`}
      </>
    );
  }
  if (name === 'null_if') return <>No value for <code>{(Array.isArray(options) ? options : [options]).map(String).join(', ')}</code></>;
  return <>{name.replaceAll('_', ' ')} <code>{JSON.stringify(options)}</code></>;
}
