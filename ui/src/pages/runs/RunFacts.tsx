import '@/components/runs.css';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { S } from '@/api/client';
import { RelativeTime } from '@/components/RelativeTime';
import { bytes, count, duration, moment } from '@/lib/format';
import { destinationOf, triggerWord } from './words';

/** What is known of a run besides its rows. */
export function RunFacts({ run }: { run: S['RunView'] }) {
  const facts: [string, ReactNode][] = [
    ['Task', run.task_id ? <Link to={`/tasks/${run.task_id}`}>{run.task_name}</Link> : run.task_name],
    ['Version', run.task_version ?? '–'],
    ['Started by', [triggerWord(run.trigger), run.triggered_by_name].filter(Boolean).join(', ')],
    ['Into', destinationOf(run)],
    ['Queued', <RelativeTime at={run.queued_at} />],
    ['Started', run.started_at ? moment(run.started_at) : '–'],
    ['Ended', run.finished_at ? moment(run.finished_at) : '–'],
    ['Duration', run.finished_at ? duration(run.duration_seconds) : '–'],
    ['Read', run.bytes_read > 0 ? bytes(run.bytes_read) : '–'],
    ['Rate', run.rows_per_second > 0 ? `${count(Math.round(run.rows_per_second))} rows per second` : '–'],
    ['Attempt', `${run.attempt} of ${run.max_attempts}`],
  ];
  if (run.scheduled_for) facts.splice(4, 0, ['Planned for', moment(run.scheduled_for)]);
  if (run.callback_url) facts.push(['Told at the end', run.callback_url]);
  return (
    <div className="stack">
      <dl className="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>The definition that it used</summary>
        <pre className="log-pane" tabIndex={0} aria-label="Definition" style={{ padding: 12, whiteSpace: 'pre-wrap' }}>{JSON.stringify(run.spec, null, 2)}</pre>
      </details>
    </div>
  );
}
