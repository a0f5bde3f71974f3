/** Days as `2026-03-01`, reckoned in the calendar and not in hours, so that changes of the clocks do not matter. */
const pad = (value: number) => String(value).padStart(2, '0');

/** The day of a moment in this browser's zone. */
export const dayKey = (at: Date): string => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

function shifted(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** Monday of the day's week. */
const monday = (day: string) => shifted(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));

/** The days of a week, or the whole weeks of a month, from Monday on. */
export function shownDays(view: 'week' | 'month', around: string): string[] {
  const first = monday(view === 'week' ? around : `${around.slice(0, 7)}-01`);
  const next = stepped('month', around, 1);
  const last = view === 'week' ? shifted(first, 6) : shifted(monday(shifted(next, -1)), 6);
  const found = [];
  for (let day = first; day <= last; day = shifted(day, 1)) found.push(day);
  return found;
}

/** The same view a week or a month away; a month's is its first day. */
export function stepped(view: 'week' | 'month', around: string, by: number): string {
  if (view === 'week') return shifted(around, 7 * by);
  const at = new Date(`${around.slice(0, 7)}-01T00:00:00Z`);
  at.setUTCMonth(at.getUTCMonth() + by);
  return at.toISOString().slice(0, 10);
}
