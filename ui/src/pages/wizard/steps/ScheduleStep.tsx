import { Boundary } from '@/components/Boundary';
import { CronBuilder } from '../parts';
import type { StepProps } from '../context';

/** When it runs by itself. */
export function ScheduleStep({ draft, change, errors }: StepProps) {
  if (draft.definition.source.kind === 'push') return <p className="note">This task runs whenever rows are sent to it, so it needs no schedule.</p>;
  const own = Object.entries(errors).filter(([path]) => path.startsWith('schedule'));
  return (
    <div className="stack">
      <Boundary what="The schedule">
        <CronBuilder
          value={draft.schedule} errors={Object.fromEntries(own.map(([path, said]) => [path.replace(/^schedule\.?/, ''), said]))}
          onChange={(schedule) => change({ ...draft, schedule })}
        />
      </Boundary>
      {own.map(([path, said]) => <p key={path} className="note error" role="alert">{said}</p>)}
    </div>
  );
}
