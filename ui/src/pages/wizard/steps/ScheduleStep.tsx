import { Boundary } from '@/components/Boundary';
import { CronBuilder } from '../parts';
import type { StepProps } from '../context';

/** When it runs by itself. */
export function ScheduleStep({ draft, change, errors }: StepProps) {
  const found = Object.entries(errors).filter(([path]) => path.startsWith('schedule'));
  if (draft.definition.source.kind === 'push') return <p className="note">This task runs whenever rows are sent to it, so it needs no schedule.</p>;
  return (
    <div className="stack">
      <Boundary what="The schedule">
        <CronBuilder value={draft.schedule} onChange={(schedule) => change({ ...draft, schedule })} />
      </Boundary>
      {found.map(([path, message]) => <p key={path} className="note error" role="alert">{message}</p>)}
    </div>
  );
}
