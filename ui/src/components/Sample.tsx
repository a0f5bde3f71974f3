import { useState } from 'react';
import { useNavigate } from 'react-router';
import { client } from '@/api/client';
import { sentence } from '@/components/ErrorView';

/** Puts sample data into the project, runs it, and shows the run. */
export function Sample({ project }: { project: string }) {
  const go = useNavigate();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function start() {
    setBusy(true);
    setError('');
    try {
      const made = await client.POST('/api/v1/projects/{project}/sample', { params: { path: { project } } });
      const run = await client.POST('/api/v1/runs', { params: { query: { project } }, body: { task: made.data!.task_id, wait: false, dry_run: false, max_attempts: 1 } });
      void go(`/runs/${run.data!.id}`);
    } catch (caught) {
      setError(sentence(caught));
      setBusy(false);
    }
  }

  return (
    <>
      <button type="button" className="button" disabled={isBusy} onClick={() => void start()}>
        {isBusy ? 'Preparing …' : 'Try it with sample data'}
      </button>
      {error && (
        <p role="alert" className="note error">
          {error}
        </p>
      )}
    </>
  );
}
