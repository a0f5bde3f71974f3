import { expect, test } from 'vitest';
import { hasBothDays, planOf, secondsOf, switchedTo, timingOf } from './cron';
import { toLocal, toMoment } from './zone';

test.each([
  ['*/15 * * * *', { mode: 'minutes', step: 15 }],
  ['* * * * *', { mode: 'minutes', step: 1 }],
  ['5 * * * *', { mode: 'hourly', step: 1, minute: 5 }],
  ['5 */6 * * *', { mode: 'hourly', step: 6, minute: 5 }],
  ['30 6 * * *', { mode: 'daily', hour: 6, minute: 30 }],
  ['0 6 * * 1-5', { mode: 'weekly', days: [1, 2, 3, 4, 5], hour: 6, minute: 0 }],
  ['0 6 * * 0,3', { mode: 'weekly', days: [0, 3], hour: 6, minute: 0 }],
  ['0 6 L * *', { mode: 'monthly', day: 'L', hour: 6, minute: 0 }],
  ['0 6 LW * *', { mode: 'monthly', day: 'LW', hour: 6, minute: 0 }],
  ['0 6 31 * *', { mode: 'monthly', day: 31, hour: 6, minute: 0 }],
] as const)('%s can be chosen, and comes back as it was', (cron, plan) => {
  expect(planOf(cron)).toEqual(plan);
  expect(timingOf(planOf(cron))).toEqual({ cron, every: null });
});

test.each([
  '*/7 * * * *', '0,30 * * * *', '10-20 6 * * *', '0 6,18 * * *', '0 6 1,15 * *', '0 6 * 1 *', '0 6 * * 5L', '0 6 * * 1#2',
  '0 6 1 * 1', '0 6 * * 5-1', '60 6 * * *', '0 24 * * *', '0 6 * *', '@daily', '0 6 * * * *', 'nonsense', '',
])('"%s" cannot be chosen and stays as it was written', (cron) => {
  expect(planOf(cron)).toEqual({ mode: 'cron', cron });
  expect(timingOf(planOf(cron))).toEqual({ cron, every: null });
});

test('days of the week are understood by name, and Sunday as 7', () => {
  expect(planOf('0 6 * * mon-fri')).toMatchObject({ days: [1, 2, 3, 4, 5] });
  expect(planOf('0 6 * * 6-7')).toMatchObject({ days: [0, 6] });
});

test('changing the way of saying it keeps the time of day', () => {
  const weekly = switchedTo('weekly', { mode: 'daily', hour: 21, minute: 45 });
  expect(timingOf(weekly)).toEqual({ cron: '45 21 * * 1-5', every: null });
  expect(switchedTo('cron', weekly)).toEqual({ mode: 'cron', cron: '45 21 * * 1-5' });
});

test('both day fields are noticed; a star in one of them is not a day', () => {
  expect(hasBothDays('0 6 1 * 1')).toBe(true);
  expect(hasBothDays('0 6 */2 * 1')).toBe(false);
  expect(hasBothDays('0 6 1 * *')).toBe(false);
});

test('durations are read as the server reads them', () => {
  expect([90, '90', '90m', '1h30m', '2d', '500ms'].map(secondsOf)).toEqual([90, 90, 5400, 5400, 172_800, 0.5]);
  expect([null, 'soon', '5 fortnights'].map(secondsOf)).toEqual([null, null, null]);
});

test('a time of day in a zone is the right moment on both sides of a change of clocks', () => {
  expect(toMoment('2026-03-28T06:00', 'Europe/Berlin')).toBe('2026-03-28T05:00:00.000Z');
  expect(toMoment('2026-03-29T06:00', 'Europe/Berlin')).toBe('2026-03-29T04:00:00.000Z');
  expect(toMoment('2026-03-29T01:30', 'Europe/Berlin')).toBe('2026-03-29T00:30:00.000Z');
  expect(toLocal('2026-03-29T04:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T06:00');
  expect(toMoment('', 'UTC')).toBeNull();
});
