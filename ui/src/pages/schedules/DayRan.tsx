import { Link } from 'react-router';
import type { S } from '@/api/client';
import { StateTag, stateWord } from '@/components/StateTag';
import { count, plural } from '@/lib/format';
import { localInput } from '@/lib/times';

/** The gravest first: what is shown of several runs. */
const GRAVEST: S['Status'][] = ['FAILED', 'PARTIAL_SUCCESS', 'CANCELLED', 'RUNNING', 'PENDING', 'SUCCESS'];
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

interface Props {
  day: string;
  ran: S['CalendarRan'][];
  most: number;
  more?: (() => void) | undefined;
}

/** What schedules started on a day: one line a task, with the gravest state of its runs and the way to them. */
export function DayRan({ day, ran, most, more }: Props) {
  const shown = ran.slice(0, ran.length > most ? most - 1 : most);
  const left = ran.length - shown.length;
  return (
    <>
      {shown.map((one) => {
        const states = GRAVEST.filter((state) => one.states[state]);
        const words = states.map((state) => `${count(one.states[state] ?? 0)} ${stateWord(state).toLowerCase()}`).join(', ');
        return (
          <Link key={one.task_id ?? one.task_name} className="calendar-ran" to={one.runs === 1 ? `/runs/${one.last_run_id}` : listOf(day, one)} title={`${one.task_name}: ${words}`}>
            <span className="number muted">
              {one.runs === 1 ? time.format(new Date(one.last_at)) : <><span aria-hidden="true">{count(one.runs)}×</span><span className="sr-only">{plural(one.runs, 'run')},</span></>}
            </span>
            <span className="ellipsis">{one.task_name}</span>
            <StateTag status={states[0] ?? 'PENDING'} />
            {states.length > 1 && <span className="sr-only">: {words}</span>}
          </Link>
        );
      })}
      {left > 0 && more && <button type="button" className="calendar-run muted" onClick={more}>and {plural(left, 'more task')}</button>}
    </>
  );
}

/** The runs of a task on a day, in the list of runs. */
function listOf(day: string, one: S['CalendarRan']): string {
  const next = new Date(`${day}T00:00`);
  next.setDate(next.getDate() + 1);
  const query = new URLSearchParams({ time: `${day}T00:00..${localInput(next)}`, ...(one.task_id ? { task: one.task_id } : { search: one.task_name }) });
  return `/runs?${query}`;
}
