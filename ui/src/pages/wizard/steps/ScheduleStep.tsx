import { Boundary } from '@/components/Boundary';
import { CronBuilder } from '../parts';
import type { StepProps } from '../context';
import { put } from '../draft';
import { Told } from './Told';

/** When it runs by itself. */
export function ScheduleStep({ draft, change, edit, errors }: StepProps) {
  const { definition } = draft;
  const told = <Told value={definition.notify ?? []} onChange={(next) => edit(put(definition, { notify: next.length ? next : undefined }))} />;
  if (definition.source.kind === 'push') return <div className="stack"><p className="note">This task runs whenever rows are sent to it, so it needs no schedule.</p>{told}</div>;
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
      {told}
    </div>
  );
}
