/**
 * Between what people choose ("weekly, on Monday and Friday, at 6") and what the server keeps (a cron expression or
 * an interval). What cannot be said by choosing stays a cron expression, as it was written.
 */
export type Plan =
  | { mode: 'minutes'; step: number }
  | { mode: 'hourly'; step: number; minute: number }
  | { mode: 'daily'; hour: number; minute: number }
  | { mode: 'weekly'; days: number[]; hour: number; minute: number }
  | { mode: 'monthly'; day: number | 'L' | 'LW'; hour: number; minute: number }
  | { mode: 'interval'; seconds: number }
  | { mode: 'cron'; cron: string };

export type Mode = Plan['mode'];
/** What a schedule says of its moments: exactly one of both. */
export interface Timing {
  cron: string | null;
  every: number | null;
}

/** Steps that divide an hour or a day, so that the distance between runs is always the same. */
export const MINUTE_STEPS = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];
export const HOUR_STEPS = [1, 2, 3, 4, 6, 8, 12];
export const LEAST_SECONDS = 60;
export const MOST_SECONDS = 366 * 86_400;
const DAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const numberIn = (text: string, least: number, most: number): number | null => {
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
};

const stepIn = (text: string, allowed: number[]): number | null => {
  if (text === '*') return 1;
  const found = /^\*\/(\d{1,2})$/.exec(text)?.[1];
  return found !== undefined && Number(found) > 1 && allowed.includes(Number(found)) ? Number(found) : null;
};

function weekday(text: string): number | null {
  const named = DAY_NAMES.indexOf(text.toUpperCase());
  return named >= 0 ? named : numberIn(text, 0, 7);
}

/** Days of the week in order, Sunday as 0; null for anything but days, lists and ranges of them. */
function weekdays(text: string): number[] | null {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last, more] = part.split('-');
    const from = weekday(first);
    const to = last === undefined ? from : weekday(last);
    if (from === null || to === null || more !== undefined || to < from) return null;
    for (let day = from; day <= to; day += 1) found.add(day % 7);
  }
  return [...found].sort((a, b) => a - b);
}

/** The choice that a cron expression stands for; `cron` for all that cannot be chosen. */
export function planOf(cron: string): Plan {
  const other: Plan = { mode: 'cron', cron };
  const [minuteText = '', hourText = '', dayText = '', month, week = '', ...more] = cron.trim().split(/\s+/);
  if (month !== '*' || more.length > 0) return other;
  const minute = numberIn(minuteText, 0, 59);
  if (minute === null) {
    const step = stepIn(minuteText, MINUTE_STEPS);
    return step !== null && hourText === '*' && dayText === '*' && week === '*' ? { mode: 'minutes', step } : other;
  }
  const hour = numberIn(hourText, 0, 23);
  if (hour === null) {
    const step = stepIn(hourText, HOUR_STEPS);
    return step !== null && dayText === '*' && week === '*' ? { mode: 'hourly', step, minute } : other;
  }
  if (week === '*') {
    if (dayText === '*') return { mode: 'daily', hour, minute };
    const day = dayText === 'L' || dayText === 'LW' ? dayText : numberIn(dayText, 1, 31);
    return day === null ? other : { mode: 'monthly', day, hour, minute };
  }
  const days = dayText === '*' ? weekdays(week) : null;
  return days === null ? other : { mode: 'weekly', days, hour, minute };
}

/** Monday to Friday as `1-5`, Monday and Friday as `1,5`. */
function weekText(days: number[]): string {
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    let end = at;
    while (sorted[end + 1] === sorted[end]! + 1) end += 1;
    if (end - at >= 2) parts.push(`${sorted[at]}-${sorted[end]}`);
    else parts.push(...sorted.slice(at, end + 1).map(String));
    at = end + 1;
  }
  return parts.join(',');
}

const star = (step: number) => (step === 1 ? '*' : `*/${step}`);

/** What the server is given for a choice. */
export function timingOf(plan: Plan): Timing {
  const cron = (text: string): Timing => ({ cron: text, every: null });
  switch (plan.mode) {
    case 'minutes':
      return cron(`${star(plan.step)} * * * *`);
    case 'hourly':
      return cron(`${plan.minute} ${star(plan.step)} * * *`);
    case 'daily':
      return cron(`${plan.minute} ${plan.hour} * * *`);
    case 'weekly':
      return cron(`${plan.minute} ${plan.hour} * * ${weekText(plan.days)}`);
    case 'monthly':
      return cron(`${plan.minute} ${plan.hour} ${plan.day} * *`);
    case 'interval':
      return { cron: null, every: plan.seconds };
    case 'cron':
      return cron(plan.cron);
  }
}

/** The same in another way of saying it: what both ways have (the time of day, the minute) is kept. */
export function switchedTo(mode: Mode, from: Plan): Plan {
  const minute = 'minute' in from ? from.minute : 0;
  const hour = 'hour' in from ? from.hour : 6;
  switch (mode) {
    case 'minutes':
      return { mode, step: 15 };
    case 'hourly':
      return { mode, step: 1, minute };
    case 'daily':
      return { mode, hour, minute };
    case 'weekly':
      return { mode, days: [1, 2, 3, 4, 5], hour, minute };
    case 'monthly':
      return { mode, day: 1, hour, minute };
    case 'interval':
      return { mode, seconds: 5400 };
    case 'cron':
      return { mode, cron: timingOf(from).cron ?? '0 6 * * *' };
  }
}

/** Whether day of month and day of week are both set: then a run comes on days that fit either of them. */
export function hasBothDays(cron: string): boolean {
  const fields = cron.trim().split(/\s+/);
  return fields.length === 5 && [fields[2], fields[4]].every((field) => field !== undefined && !field.startsWith('*'));
}

const UNITS: Record<string, number> = { ms: 0.001, s: 1, min: 60, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of `90`, `"90m"`, `"1h30m"`; null for what is no duration. */
export function secondsOf(value: number | string | null | undefined): number | null {
  if (value == null) return null;
  if (typeof value === 'number') return value;
  const text = value.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^(\d+(\.\d+)?\s*(ms|s|min|m|h|d|w)\s*)+$/.test(text)) return null;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|w)/g)) sum += Number(number) * UNITS[unit!]!;
  return sum;
}
