import { screen, waitFor, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { expect, test, vi } from 'vitest';
import { leave } from '@/lib/leave';
import { open } from '@/test/render';
import { me, pageOf, problem, server } from '@/test/server';

test('letters lead to pages, and do nothing while somebody types', async () => {
  server.use(
    http.get('*/api/v1/tasks', () => HttpResponse.json(pageOf([]))),
    http.get('*/api/v1/connections', () => HttpResponse.json(pageOf([]))),
  );
  const { user } = open('/nowhere');
  await screen.findByRole('heading', { level: 1, name: 'Nothing is here' });
  await user.keyboard('gx');
  expect(location.pathname).toBe('/nowhere');
  await user.keyboard('{Control>}k{/Control}');
  const field = await screen.findByRole('combobox', { name: 'Search and commands' });
  await user.type(field, 'gs');
  expect(location.pathname).toBe('/nowhere');
});

test('the palette finds a task by its name and opens it', async () => {
  server.use(
    http.get('*/api/v1/tasks', () => HttpResponse.json(pageOf([{ id: 't9', name: 'orders of the day', table: 'orders' }]))),
    http.get('*/api/v1/connections', () => HttpResponse.json(pageOf([]))),
    http.get('*/api/v1/tasks/:task', () => HttpResponse.json({ id: 't9', name: 'orders of the day' })),
  );
  const { user } = open('/nowhere');
  await screen.findByRole('heading', { level: 1, name: 'Nothing is here' });
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox', { name: 'Search and commands' }), 'orders');
  await user.click(await screen.findByRole('option', { name: /orders of the day/ }));
  expect(location.pathname).toBe('/tasks/t9');
});

test('who is not signed in is sent to the sign-in, and comes back afterwards', async () => {
  const went = vi.spyOn(leave, 'to').mockImplementation(() => undefined);
  server.use(http.get('*/api/v1/auth/me', () => problem(401, 'unauthenticated', 'sign in first.')));
  open('/tasks?search=x');
  await waitFor(() => expect(went).toHaveBeenCalledWith('/login?next=%2Ftasks%3Fsearch%3Dx'));
});

test('the navigation says where one is', async () => {
  server.use(http.get('*/api/v1/auth/me', () => HttpResponse.json(me())));
  open('/audit');
  const nav = await screen.findByRole('navigation', { name: 'Main' });
  expect(within(nav).getByRole('link', { name: 'Audit log' })).toHaveAttribute('aria-current', 'page');
});
