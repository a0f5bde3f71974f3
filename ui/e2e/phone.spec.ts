import { expect, signIn, test } from './bed';

test('on a phone, tasks are cards, the navigation is a drawer, and a run can be started and followed', async ({ page, gateway }) => {
  await signIn(page, gateway, '/?project=demo');
  await page.getByRole('button', { name: 'Open the navigation' }).click();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Tasks' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible();
  await expect(page.getByRole('table')).toHaveCount(0);
  await page.getByRole('link', { name: 'products', exact: true }).first().click();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByRole('main').getByText(/^(Success|Some rejected)$/).first()).toBeVisible();
});
