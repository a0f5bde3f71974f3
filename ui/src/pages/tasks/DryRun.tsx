import { useEffect, useState } from 'react';
import { Drawer } from 'antd';
import { client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { ErrorView } from '@/components/ErrorView';
import { Skeleton } from '@/components/QueryBoundary';
import { StateTag } from '@/components/StateTag';
import { useNarrow } from '@/lib/useMedia';
import { PlanShown, type Plan } from '@/pages/runs/PlanShown';

const ROWS = [1000, 10_000, 100_000];

/** What a run of the task would do, tried out against the real destination; nothing is written. */
export function DryRun({ task, close }: { task: Pick<S['TaskSummary'], 'id' | 'name'>; close: () => void }) {
  const project = useProject();
  const isNarrow = useNarrow();
  const [rows, setRows] = useState(ROWS[0]);
  const [attempt, setAttempt] = useState(0);
  const [found, setFound] = useState<S['PlanView']>();
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    const stop = new AbortController();
    setFound(undefined);
    setError(null);
    client.POST('/api/v1/tasks/{task}/plan', { params: { path: { task: task.id }, query: { project } }, body: { rows, seconds: 60 }, signal: stop.signal }).then(
      ({ data }) => setFound(data),
      (caught: unknown) => {
        if (!stop.signal.aborted) setError(caught);
      },
    );
    return () => stop.abort();
  }, [task.id, project, rows, attempt]);
  const result = found?.result as Result | undefined;
  return (
    <Drawer open title={`Dry run of ${task.name}`} onClose={close} size={isNarrow ? '100%' : 860}>
      <div className="stack">
        <div className="spread">
          <label className="row">
            Rows to try
            <select className="select" style={{ width: 'auto' }} value={rows} onChange={(event) => setRows(Number(event.target.value))}>
              {ROWS.map((one) => <option key={one} value={one}>{one.toLocaleString()}</option>)}
            </select>
          </label>
          {result && <StateTag status={result.status} />}
        </div>
        <p role="status" className={found || error !== null ? 'sr-only' : 'muted'}>
          {found ? 'The dry run is done.' : error !== null ? 'The dry run failed.' : 'Reading rows and asking the destination. Nothing is written.'}
        </p>
        {error !== null && <ErrorView what="The dry run" error={error} retry={() => setAttempt((number) => number + 1)} />}
        {!found && error === null && <Skeleton rows={5} height={54} />}
        {result && <PlanShown counts={result} plan={result.plan ?? null} warnings={result.warnings ?? []} reasons={result.rejects?.by_reason ?? []} isPartial={found?.partial ?? false} />}
        {result?.error && <p className="note error">{result.error}</p>}
      </div>
    </Drawer>
  );
}

/** The result of a run as the engine reports it. */
interface Result {
  status: string;
  total_records: number;
  inserted_records: number;
  updated_records: number;
  unchanged_records: number;
  skipped_records: number;
  deduplicated_records: number;
  rejected_records: number;
  warnings?: string[];
  error?: string;
  plan?: Plan;
  rejects?: { by_reason: { code: string; column: string; count: number }[] };
}
