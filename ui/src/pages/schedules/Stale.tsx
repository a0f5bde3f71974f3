import { Modal } from 'antd';
import type { S } from '@/api/client';
import { timingOf, planOf } from '@/components/cron/cron';
import { useNextRuns, type Spec } from '@/components/cron/NextRuns';

const FIELDS: [keyof Spec & keyof S['ScheduleSpec-Output'], string][] = [
  ['timezone', 'Time zone'], ['enabled', 'On'], ['overlap', 'While it still runs'], ['missed', 'Missed runs'], ['jitter', 'Later by up to (seconds)'],
  ['retries', 'Tries again'], ['retry_delay', 'Wait before a try (seconds)'], ['max_failures', 'Pause after failures'], ['starts_at', 'Not before'], ['ends_at', 'Not after'],
];
const say = (value: unknown): string => (value == null || value === '' ? '–' : value === true ? 'yes' : value === false ? 'no' : String(value));

/** Somebody else saved the schedule in the meantime: both, and the choice between them. */
export function Stale({ mine, theirs, keep, take }: { mine: Spec; theirs: S['ScheduleView']; keep: () => void; take: () => void }) {
  const words = useNextRuns(mine, 1).data?.words ?? timingOf(planOf(mine.cron ?? '')).cron ?? '';
  const different = FIELDS.filter(([field]) => say(mine[field]) !== say(theirs.spec[field]));
  return (
    <Modal
      open closable={false} mask={{ closable: false }} title="Somebody else has changed this schedule"
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <button type="button" className="button" onClick={take}>Take theirs</button>
          <button type="button" className="button primary" onClick={keep}>Keep mine</button>
        </div>
      }
    >
      <table className="schedule-compare">
        <thead><tr><th scope="col"><span className="sr-only">What</span></th><th scope="col">Mine</th><th scope="col">Theirs</th></tr></thead>
        <tbody>
          <tr><th scope="row">When</th><td>{words}</td><td>{theirs.words}</td></tr>
          {different.map(([field, word]) => (
            <tr key={field}><th scope="row">{word}</th><td>{say(mine[field])}</td><td>{say(theirs.spec[field])}</td></tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
