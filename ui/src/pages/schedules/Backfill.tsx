import { useId, useState } from 'react';
import { App } from 'antd';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { client } from '@/api/client';
import { useProject } from '@/api/session';
import { inZone, toMoment } from '@/components/cron/zone';
import { sentence } from '@/components/ErrorView';
import { plural } from '@/lib/format';

/** Runs for moments of the past; how many these are is said before anything starts. */
export function Backfill({ task, zone, canRun, isDirty }: { task: string; zone: string; canRun: boolean; isDirty: boolean }) {
  const project = useProject();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const id = useId();
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [isBusy, setBusy] = useState(false);
  const range = { start: toMoment(from, zone), end: toMoment(to, zone) };
  const params = { path: { task }, query: { project } };
  const planned = useQuery({
    queryKey: ['backfill', project, task, range.start, range.end],
    enabled: range.start !== null && range.end !== null && canRun,
    retry: false,
    queryFn: async ({ signal }) => {
      const { data } = await client.POST('/api/v1/tasks/{task}/schedule/backfill', {
        params, body: { start: range.start ?? '', end: range.end ?? '', dry_run: true }, signal,
      });
      return data?.moments ?? [];
    },
  });
  const moments = planned.data;
  const start = async () => {
    if (range.start === null || range.end === null) return;
    setBusy(true);
    try {
      const { data } = await client.POST('/api/v1/tasks/{task}/schedule/backfill', { params, body: { start: range.start, end: range.end, dry_run: false } });
      void message.success({ content: <>{plural(data?.run_ids.length ?? 0, 'run is', 'runs are')} in the queue. <Link to={`/runs?task=${task}`}>See them</Link></>, duration: 8 });
      setFrom('');
      setTo('');
      await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === '/api/v1/runs' });
    } catch (error) {
      void message.error(sentence(error), 8);
    }
    setBusy(false);
  };
  return (
    <details className="cron-more">
      <summary>Run for past time</summary>
      <div className="stack" style={{ gap: 10, marginTop: 10 }}>
        <p className="muted">One run for every moment that the saved schedule has between two times, the oldest first. Times of {zone}.</p>
        {isDirty && <p className="note">The schedule has changes that are not saved. What counts here is the saved one.</p>}
        <div className="cron-fields two">
          <label className="field">
            <span>From</span>
            <input className="input" type="datetime-local" value={from} disabled={!canRun} onChange={(event) => setFrom(event.target.value)} />
          </label>
          <label className="field">
            <span>To</span>
            <input className="input" type="datetime-local" value={to} disabled={!canRun} aria-describedby={`${id}-said`} onChange={(event) => setTo(event.target.value)} />
          </label>
        </div>
        <div role="status" id={`${id}-said`}>
          {planned.error ? <p className="note error">{sentence(planned.error)}</p>
            : moments && (moments.length === 0 ? 'Nothing was planned in this time.'
              : `${plural(moments.length, 'run')}: the first for ${inZone(moments[0] ?? '', zone)}, the last for ${inZone(moments.at(-1) ?? '', zone)}.`)}
        </div>
        <div>
          <button type="button" className="button" disabled={!canRun || isBusy || !moments?.length} onClick={() => void start()}>
            {moments?.length ? `Start ${plural(moments.length, 'run')}` : 'Start the runs'}
          </button>
          {!canRun && <p className="muted small">Only operators, editors and admins of the project may start runs.</p>}
        </div>
      </div>
    </details>
  );
}
