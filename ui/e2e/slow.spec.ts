import { ask, expect, expectAccessible, step, test } from './bed';

test.use({ expected: [/status of 401/] });

test('over a slow line, every page shows its shape at once and is whole in the end', async ({ page, gateway }) => {
  test.setTimeout(300_000);
  const main = page.getByRole('main');
  const link = (name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });
  const isLoaded = () => expect(page.locator('main :is(.skeleton, .boot, [aria-busy=true])')).toHaveCount(0);
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });

  await step(page, '1 the sign-in', async () => {
    await page.goto(`${gateway.base}/login?next=${encodeURIComponent('/?project=demo')}`);
    await page.getByLabel('E-mail').fill(gateway.email);
    await page.getByLabel('Password', { exact: true }).fill(gateway.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
  });

  await step(page, '2 the dashboard', async () => {
    await isLoaded();
    await expect(main.getByRole('link', { name: /rows loaded/i }).first()).toBeVisible();
  });

  await step(page, '3 the tasks', async () => {
    await link('Tasks').click();
    // Something of the page is there before its rows are.
    await expect(main.locator('.skeleton, .boot, [aria-busy=true]').first()).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible();
    await isLoaded();
    await expect(main.getByRole('link', { name: 'products', exact: true })).toBeVisible();
  });

  await step(page, '4 back to the dashboard: what was there is there at once', async () => {
    await link('Dashboard').click();
    await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
    await expect(main.locator('.skeleton')).toHaveCount(0);
  });

  await step(page, '5 a run and its rejected rows', async () => {
    const runs = await ask<{ items: { id: string; task_name: string; rejected_records: number }[] }>(page, gateway, '/runs?project=demo');
    // Of the examples: the rejected rows of other tests' runs may be replayed by now.
    const { id } = runs.items.find((one) => one.rejected_records > 0 && /^(orders|customers|products)$/.test(one.task_name))!;
    await link('Runs').click();
    await isLoaded();
    await main.locator(`a[href*="${id}"].ellipsis`).click();
    await expect(main.getByText('Some rejected', { exact: true })).toBeVisible();
    await main.getByRole('tab', { name: /Rejected rows/ }).click();
    await expect(page.getByRole('grid', { name: 'Rejected rows' })).toBeVisible();
    await isLoaded();
    await expectAccessible(page);
  });
});
