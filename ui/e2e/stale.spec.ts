import type { Browser, Page } from '@playwright/test';
import { ask, expect, expectAccessible, signIn, step, test, type Gateway } from './bed';

// The answer that somebody else was faster, and that nobody is signed in yet, are errors to the browser.
test.use({ expected: [/status of 401|status of 412|preview-transform/] });

interface Task {
  id: string;
  name: string;
  version: number;
  definition: { description?: string };
}

/** A task of its own, so that no other test is disturbed. */
async function makeTask(page: Page, gateway: Gateway, name: string): Promise<Task> {
  const { csrf_token: token } = await ask<{ csrf_token: string }>(page, gateway, '/auth/me');
  const { items } = await ask<{ items: { id: string; name: string }[] }>(page, gateway, '/tasks?project=demo&limit=500');
  const { definition } = await ask<Task>(page, gateway, `/tasks/${items.find((one) => one.name === 'products')!.id}?project=demo`);
  const made = await page.request.post(`${gateway.base}/api/v1/tasks?project=demo`, { headers: { 'x-csrf-token': token }, data: { ...definition, name, description: 'as it was' } });
  expect(made.ok(), await made.text()).toBe(true);
  return (await made.json()) as Task;
}

async function colleague(browser: Browser, gateway: Gateway, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await signIn(page, gateway, path);
  return page;
}

test('a task that two people edit: the second one compares, and keeps his own or takes theirs', async ({ page, browser, gateway }) => {
  await signIn(page, gateway, '/tasks?project=demo');
  const task = await makeTask(page, gateway, `stale ${Date.now().toString(36)}`);
  const path = `/tasks/${task.id}/edit?project=demo&step=review`;
  const words = (one: Page) => one.getByRole('textbox', { name: 'What it is for' });
  const now = async () => (await ask<Task>(page, gateway, `/tasks/${task.id}?project=demo`)).definition.description;
  const save = (one: Page) => one.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /^Somebody else has changed/ });
  const other = await colleague(browser, gateway, path);

  await step(page, '1 the second save is stopped, and shows what differs', async () => {
    await page.goto(gateway.base + path);
    await words(page).fill('as I see it');
    await words(other).fill('as Bob sees it');
    await save(other);
    await other.waitForURL(/\/tasks\/[^/]+$/);
    await save(page);
    await expect(dialog.getByRole('row', { name: /as I see it.*as Bob sees it/ })).toBeVisible();
    expect(await now()).toBe('as Bob sees it');
    await expectAccessible(page);
  });

  await step(page, '2 going on leaves everything as it was', async () => {
    await dialog.getByRole('button', { name: 'Go on editing' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(words(page)).toHaveValue('as I see it');
    expect(await now()).toBe('as Bob sees it');
  });

  await step(page, '3 mine is kept', async () => {
    await save(page);
    await dialog.getByRole('button', { name: 'Keep mine' }).click();
    await page.waitForURL(/\/tasks\/[^/]+$/);
    expect(await now()).toBe('as I see it');
  });

  await step(page, '4 theirs is taken', async () => {
    await page.goto(gateway.base + path);
    await other.goto(gateway.base + path);
    await words(page).fill('once more mine');
    await words(other).fill('once more Bob');
    await save(other);
    await other.waitForURL(/\/tasks\/[^/]+$/);
    await save(page);
    await dialog.getByRole('button', { name: 'Take theirs' }).click();
    await page.waitForURL(/\/tasks\/[^/]+$/);
    await expect(page.getByText('once more Bob').first()).toBeVisible();
    expect(await now()).toBe('once more Bob');
  });
  await other.context().close();
});

test('a connection that two people edit: theirs comes into the form, and can be changed on', async ({ page, browser, gateway }) => {
  await signIn(page, gateway, '/connections?project=demo');
  const found = await ask<{ items: { id: string; name: string }[] }>(page, gateway, '/connections?project=demo');
  const path = `/connections/${found.items.find((one) => one.name === 'shop-api')!.id}?project=demo`;
  const words = (one: Page) => one.getByRole('textbox', { name: 'What it is for' });
  const other = await colleague(browser, gateway, path);
  await page.goto(gateway.base + path);
  await words(page).fill('mine');
  await words(other).fill('for the shop, says Bob');
  await other.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(other.getByText('The connection shop-api is saved.')).toBeVisible();
  await expect(words(page)).toHaveValue('mine');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: /^Somebody else has changed/ });
  await dialog.getByRole('button', { name: 'Take theirs' }).click();
  await expect(words(page)).toHaveValue('for the shop, says Bob');
  await words(page).fill('for the shop, say both');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect.poll(async () => (await ask<{ description: string }>(page, gateway, path)).description).toBe('for the shop, say both');
  await other.context().close();
});
