import { useState } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, expect, test, vi } from 'vitest';
import { makeQueryClient, type S } from '@/api/client';
import { problem, server } from '@/test/server';
import CronBuilder, { newSchedule } from './CronBuilder';
import type { Spec } from './NextRuns';

let asked: URLSearchParams[] = [];
beforeEach(() => {
  asked = [];
  server.use(
    http.get('*/api/v1/schedules/preview', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      if (query.get('cron')?.includes('25')) {
        return problem(422, 'definition', "the field 'hour' is wrong.", { errors: [{ path: 'cron', message: "the field 'hour' is wrong. Allowed: 0 to 23" }] });
      }
      const answer: S['SchedulePreview'] = {
        words: `Words of ${query.get('cron') ?? query.get('every')}`,
        next_runs: [{ at: '2026-03-29T01:00:00Z', local: '2026-03-29T03:00:00+02:00', remark: 'Clocks go forward at 02:30.' }],
      };
      return HttpResponse.json(answer);
    }),
  );
});

function Form({ start, told }: { start: Spec | null; told: (next: Spec | null) => void }) {
  const [value, set] = useState(start);
  return <CronBuilder value={value} onChange={(next) => { set(next); told(next); }} />;
}

function show(start: Spec | null) {
  const told = vi.fn<(next: Spec | null) => void>();
  render(<QueryClientProvider client={makeQueryClient()}><Form start={start} told={told} /></QueryClientProvider>);
  return { user: userEvent.setup(), last: () => told.mock.lastCall?.[0] };
}

test('a schedule is chosen, and its words and next runs come from the server', async () => {
  const { user, last } = show(null);
  await user.click(screen.getByRole('radio', { name: 'By itself, on a schedule' }));
  expect(last()).toMatchObject({ cron: '0 6 * * *', overlap: 'skip' });
  await user.click(screen.getByRole('radio', { name: 'Weekly' }));
  await user.click(screen.getByRole('checkbox', { name: /Saturday/ }));
  expect(last()).toMatchObject({ cron: '0 6 * * 1-6', every: null });
  const next = screen.getByRole('region', { name: 'Next runs' });
  expect(await within(next).findByText('Words of 0 6 * * 1-6')).toBeVisible();
  expect(within(next).getByText('0 6 * * 1-6')).toBeVisible();
  expect(within(next).getByText('Clocks go forward at 02:30.')).toBeVisible();
  await user.click(screen.getByRole('radio', { name: 'Only by hand' }));
  expect(last()).toBeNull();
});

test('what cannot be chosen stays as it was written, and its mistakes are shown at the field', async () => {
  const { user, last } = show({ ...newSchedule(), cron: '*/7 6-9 * * 5L' });
  expect(screen.getByRole('radio', { name: 'Cron' })).toBeChecked();
  const field = screen.getByRole('textbox', { name: /Cron expression/ });
  expect(field).toHaveValue('*/7 6-9 * * 5L');
  await user.clear(field);
  await user.type(field, '0 25 1 * 1');
  expect(last()).toMatchObject({ cron: '0 25 1 * 1' });
  expect(await screen.findByText(/Allowed: 0 to 23/)).toBeVisible();
  expect(field).toBeInvalid();
  expect(screen.getByText(/runs on every day that fits either of them/)).toBeVisible();
});

test('an interval has no cron expression and is asked for in seconds', async () => {
  const { user, last } = show(newSchedule());
  await user.click(screen.getByRole('radio', { name: 'Interval' }));
  const amount = screen.getByRole('spinbutton', { name: 'Every: how many' });
  expect(amount).toHaveValue(90);
  await user.clear(amount);
  await user.type(amount, '45');
  expect(last()).toMatchObject({ cron: null, every: 2700 });
  await waitFor(() => expect(asked.at(-1)?.get('every')).toBe('2700'));
});

test('the last day of the month can be chosen; a day that months lack is warned about', async () => {
  const { user, last } = show(newSchedule());
  await user.click(screen.getByRole('radio', { name: 'Monthly' }));
  await user.selectOptions(screen.getByRole('combobox', { name: 'On day' }), '31');
  expect(screen.getByText(/Months without a day 31 are left out/)).toBeVisible();
  await user.selectOptions(screen.getByRole('combobox', { name: 'On day' }), 'L');
  expect(last()).toMatchObject({ cron: '0 6 L * *' });
});
