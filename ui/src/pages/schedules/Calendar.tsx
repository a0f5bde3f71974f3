import { keepPreviousData } from '@tanstack/react-query';
import { api, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { ownZone } from '@/components/cron/zone';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { count } from '@/lib/format';
import { useNarrow } from '@/lib/useMedia';
import { useUrlFilters } from '@/lib/url';
import { DayRan } from './DayRan';
import { dayKey, shownDays, stepped } from './days';

const KEYS = ['view', 'day'] as const;
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const month = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });

type Day = S['CalendarDay'];
type Open = (task: { id: string; name: string }) => void;

/** What was started and what is planned, by days of this browser's zone; days with many runs are counted. */
export function Calendar({ open }: { open: Open }) {
  const project = useProject();
  const isNarrow = useNarrow();
  const [url, set] = useUrlFilters(KEYS);
  const view = url.view === 'week' ? 'week' : 'month';
  const today = dayKey(new Date());
  const around = /^\d{4}-\d{2}-\d{2}$/.test(url.day) && !Number.isNaN(Date.parse(url.day)) ? url.day : today;
  const days = shownDays(view, around);
  const zone = ownZone();
  const query = api.useQuery(
    'get', '/api/v1/schedules/calendar', { params: { query: { project, from: days[0] ?? around, to: days.at(-1) ?? around, timezone: zone } } },
    { placeholderData: keepPreviousData },
  );
  const title = view === 'month' ? month.format(new Date(`${around}T12:00`)) : `${longDay.format(new Date(`${days[0]}T12:00`))} to ${longDay.format(new Date(`${days.at(-1)}T12:00`))}`;
  return (
    <section className="stack" style={{ gap: 12 }} aria-label="Calendar">
      <div className="spread">
        <h2 role="status">{title}</h2>
        <div className="row">
          <button type="button" className="button" onClick={() => set({ day: stepped(view, around, -1) })} aria-label={`The ${view} before`}>←</button>
          <button type="button" className="button" onClick={() => set({ day: '' })}>Today</button>
          <button type="button" className="button" onClick={() => set({ day: stepped(view, around, 1) })} aria-label={`The next ${view}`}>→</button>
          <select className="select" style={{ width: 'auto' }} aria-label="Shown" value={view} onChange={(event) => set({ view: event.target.value === 'week' ? 'week' : '' })}>
            <option value="month">Month</option>
            <option value="week">Week</option>
          </select>
        </div>
      </div>
      <QueryBoundary what="The calendar" query={query} skeleton={<Skeleton rows={5} height={100} />}>
        {(data) => {
          const planned = new Map(data.days.map((one) => [one.day, one]));
          return (
            <>
              {!data.whole && <p className="note warning">There is so much in this time that not all of it is shown.</p>}
              {isNarrow ? (
                <List days={days.filter((day) => planned.has(day))} planned={planned} open={open} />
              ) : (
                <div className={`calendar ${view}`}>
                  {days.slice(0, 7).map((day) => <div key={day} className="calendar-head">{weekday.format(new Date(`${day}T12:00`))}</div>)}
                  {days.map((day) => (
                    <div key={day} className={['calendar-day', day < today || (view === 'month' && day.slice(0, 7) !== around.slice(0, 7)) ? 'over' : '', day === today ? 'today' : ''].join(' ')}>
                      <span className="calendar-number number">
                        <span aria-hidden="true">{Number(day.slice(8))}</span>
                        <span className="sr-only">{longDay.format(new Date(`${day}T12:00`))}{day === today && ', today'}</span>
                      </span>
                      <Day day={planned.get(day)} most={view === 'week' ? 12 : 3} open={open} more={() => set({ view: 'week', day })} />
                    </div>
                  ))}
                </div>
              )}
              <p className="muted small">Times of {zone}. Days that are over show what the schedules started; runs that were started by hand are under Runs.</p>
            </>
          );
        }}
      </QueryBoundary>
    </section>
  );
}

function List({ days, planned, open }: { days: string[]; planned: Map<string, Day>; open: Open }) {
  if (days.length === 0) return <p className="card muted">Nothing is planned in this time, and nothing was started.</p>;
  return (
    <ul className="calendar-list">
      {days.map((day) => (
        <li key={day} className="card">
          <h3>{longDay.format(new Date(`${day}T12:00`))}</h3>
          <Day day={planned.get(day)} most={100} open={open} />
        </li>
      ))}
    </ul>
  );
}

function Day({ day, most, open, more }: { day: Day | undefined; most: number; open: Open; more?: () => void }) {
  if (!day) return null;
  // Today has both: each gets its part of the room.
  const part = day.ran.length > 0 && day.tasks.length > 0 ? Math.max(2, Math.ceil(most / 2)) : most;
  return (
    <>
      <DayRan day={day.day} ran={day.ran} most={part} more={more} />
      <Runs day={day} most={part} open={open} more={more} />
    </>
  );
}

/** A day's tasks: one line each; many runs of one task are a number. */
function Runs({ day, most, open, more }: { day: Day; most: number; open: Open; more?: (() => void) | undefined }) {
  const shown = day.tasks.slice(0, day.tasks.length > most ? most - 1 : most);
  const left = day.tasks.length - shown.length;
  return (
    <>
      {shown.map((one) => {
        const first = time.format(new Date(one.at[0] ?? ''));
        const many = one.more ? `more than ${one.runs} runs` : `${count(one.runs)} runs`;
        return (
          <button key={one.task_id} type="button" className="calendar-run" title={`${one.task_name}: ${one.words}`} onClick={() => open({ id: one.task_id, name: one.task_name })}>
            <span className="number muted">{one.runs === 1 ? first : <><span aria-hidden="true">{one.more ? `${one.runs}+` : `${one.runs}×`}</span><span className="sr-only">{many},</span></>}</span>
            <span className="ellipsis">{one.task_name}</span>
          </button>
        );
      })}
      {left > 0 && more && <button type="button" className="calendar-run muted" onClick={more}>and {count(left)} more tasks</button>}
    </>
  );
}
