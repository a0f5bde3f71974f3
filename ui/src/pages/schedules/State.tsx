import { Switch } from 'antd';
import type { S } from '@/api/client';
import { Tag } from '@/components/StateTag';
import { RelativeTime } from '@/components/RelativeTime';

interface Props {
  schedule: S['ScheduleView'];
  canRun: boolean;
  act: (what: 'enable' | 'disable' | 'resume') => Promise<void>;
}

/** On, off, or paused by failures; and what can be done about it. */
export function ScheduleState({ schedule, canRun, act }: Props) {
  const why = canRun ? undefined : 'Only operators, editors and admins of the project may switch it.';
  return (
    <div className="stack" style={{ gap: 10 }}>
      <div className="row" style={{ gap: 16 }}>
        <label className="row">
          <Switch checked={schedule.is_enabled} disabled={!canRun} title={why} onChange={(on) => void act(on ? 'enable' : 'disable')} aria-label="The schedule is on" />
          <strong>{schedule.is_enabled ? 'On' : 'Off'}</strong>
        </label>
        <span className="muted">Next run: {schedule.next_run_at ? <RelativeTime at={schedule.next_run_at} /> : 'none'}</span>
        <span className="muted">Last run: <RelativeTime at={schedule.last_run_at} none="none yet" /></span>
      </div>
      {schedule.is_paused && (
        <div className="note warning row">
          <span style={{ flex: 1, minWidth: 200 }}>
            <Tag tone="warning" icon="pause">Paused</Tag> {schedule.paused_reason} It paused <RelativeTime at={schedule.paused_at} />.
          </span>
          <button type="button" className="button" disabled={!canRun} title={why} onClick={() => void act('resume')}>Resume</button>
        </div>
      )}
    </div>
  );
}

/** The same in one word for lists. */
export function ScheduleTag({ schedule }: { schedule: S['ScheduleView'] }) {
  if (schedule.is_paused) return <Tag tone="warning" icon="pause">Paused</Tag>;
  return schedule.is_enabled ? <Tag tone="success" icon="check">On</Tag> : <Tag icon="stop">Off</Tag>;
}
