import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { S } from '@/api/client';
import { RelativeTime } from '@/components/RelativeTime';
import { Tag } from '@/components/StateTag';
import { plural } from '@/lib/format';

interface Item {
  key: string;
  tag: ReactNode;
  name: string;
  to: string;
  text: string;
  at: string | null;
}

const LATE = 120_000;
const isGood = (status: S['Status']) => status === 'SUCCESS' || status === 'PARTIAL_SUCCESS';

/** Failures that no later run has made good, sources that have changed, schedules that stand still. */
function itemsOf(data: S['Dashboard'], schedules: S['ScheduleView'][]): Item[] {
  const mended = (run: S['RunBrief']) =>
    run.task_id !== null && data.recent.some((one) => one.task_id === run.task_id && one.queued_at > run.queued_at && isGood(one.status));
  const byTask = new Map<string, S['RunBrief'][]>();
  for (const run of data.failed) {
    if (mended(run)) continue;
    const key = run.task_id ?? run.id;
    byTask.set(key, [...(byTask.get(key) ?? []), run]);
  }
  const failed = [...byTask].map(([key, runs]): Item => ({
    key: `failed ${key}`, tag: <Tag tone="error" icon="cross">Failed</Tag>, name: runs[0]!.task_name, to: `/runs/${runs[0]!.id}`,
    text: [runs[0]!.error, runs.length > 1 ? `(${plural(runs.length, 'failure')})` : ''].filter(Boolean).join(' '), at: runs[0]!.finished_at,
  }));
  const drifted = data.drifted.map((run): Item => ({
    key: `drifted ${run.id}`, tag: <Tag tone="warning" icon="warning">Changed source</Tag>, name: run.task_name, to: `/runs/${run.id}`,
    text: run.notice ?? '', at: run.finished_at,
  }));
  const paused = schedules.filter((one) => one.is_paused).map((one): Item => ({
    key: `paused ${one.id}`, tag: <Tag tone="warning" icon="pause">Paused</Tag>, name: one.task_name, to: `/tasks/${one.task_id}?tab=schedule`,
    text: one.paused_reason || `Its schedule stopped after ${plural(one.failures, 'failure')} in a row.`, at: one.paused_at,
  }));
  const late = schedules
    .filter((one) => one.is_enabled && !one.is_paused && one.next_run_at !== null && Date.parse(one.next_run_at) < Date.now() - LATE)
    .map((one): Item => ({
      key: `late ${one.id}`, tag: <Tag tone="warning" icon="clock">Late</Tag>, name: one.task_name, to: `/tasks/${one.task_id}?tab=schedule`,
      text: 'It should have started by now.', at: one.next_run_at,
    }));
  return [...failed, ...paused, ...late, ...drifted];
}

export function Attention({ data, schedules }: { data: S['Dashboard']; schedules: S['ScheduleView'][] }) {
  const items = itemsOf(data, schedules);
  return (
    <section className="card" aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      {items.length === 0 ? (
        <p className="muted lines-none">
          <Tag tone="success" icon="check">All good</Tag> Nothing failed, changed or stands still.
        </p>
      ) : (
        <ul className="lines">
          {items.map((item) => (
            <li key={item.key} className="line">
              <span className="line-state">{item.tag}</span>
              <span className="line-main">
                <Link to={item.to}>{item.name}</Link>
                <span className="muted small clamp">{item.text}</span>
              </span>
              <span className="muted small">
                <RelativeTime at={item.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
