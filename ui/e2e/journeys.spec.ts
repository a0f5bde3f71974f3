import { writeFileSync } from 'node:fs';
import { expect, expectAccessible, signIn, test, visit } from './bed';

// Whoever is not signed in is told so by the API first, which the browser counts as an error.
test.use({ expected: [/status of 401/] });

test('from an empty installation to a run with sample data', async ({ page, fresh }) => {
  await page.goto(fresh.base);
  await page.waitForURL(/\/setup/);
  await page.getByLabel('Set-up token').fill(fresh.setup_token);
  await page.getByLabel('E-mail').fill('ann@example.org');
  await page.getByLabel('Your name').fill('Ann');
  await page.getByLabel('Password', { exact: true }).fill('a long sentence is best');
  await page.getByRole('button', { name: 'Create the administrator' }).click();
  await page.getByRole('button', { name: /Start with sample data/ }).click();
  await page.waitForURL(/\/runs\//);
  await expect(page.getByText('Some rejected').first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('tab', { name: /Rejected rows/ }).click();
  await expect(page.getByRole('grid', { name: 'Rejected rows' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Dashboard' }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
});

test('a messy file becomes a table: uploaded, looked at, loaded', async ({ page, gateway }) => {
  const path = `${gateway.folder}/people.csv`;
  writeFileSync(path, Buffer.from('Nr;Name;Betrag\n1;Müller;1,50\n2;Groß;2,75\n3;Ann;x\n', 'latin1'));
  await signIn(page, gateway, '/tasks/new?project=demo');
  await page.getByRole('radio', { name: /^A file / }).check({ force: true });
  await page.getByLabel('File to upload').setInputFiles(path);
  await expect(page.getByText(/is chosen\./)).toBeVisible();
  await page.getByRole('button', { name: 'Next: Preview' }).click();
  await expect(page.getByText('Müller').first()).toBeVisible();
  await expectAccessible(page);
});

test('a connection that fails says at which step, and works once it is mended', async ({ page, gateway }) => {
  await signIn(page, gateway, '/connections?project=demo&new=1&kind=postgresql');
  const { port } = new URL(gateway.postgresql);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('warehouse two');
  await page.getByRole('textbox', { name: 'Host', exact: true }).fill('127.0.0.1');
  await page.getByRole('spinbutton', { name: 'Port', exact: true }).fill('1');
  await page.getByRole('textbox', { name: 'Database', exact: true }).fill('postgres');
  await page.getByRole('textbox', { name: /^User/ }).fill('postgres');
  await page.getByRole('button', { name: 'Test now' }).click();
  const test = page.getByRole('region', { name: 'Connection test' });
  await expect(test.getByText(/failed/i).first()).toBeVisible();
  await page.getByRole('spinbutton', { name: 'Port', exact: true }).fill(port);
  await page.getByRole('button', { name: 'Test and save' }).click();
  await page.waitForURL(/\/connections\/[^?]+/);
  await expect(page.getByRole('heading', { level: 1, name: 'warehouse two' })).toBeVisible();
});

test('two browsers see the same run as it goes on', async ({ browser, page, gateway }) => {
  await signIn(page, gateway, '/tasks?project=demo');
  const other = await browser.newContext();
  const second = await other.newPage();
  await signIn(second, gateway, '/runs?project=demo');
  const before = await second.getByRole('link', { name: /^products/ }).count();
  await page.getByRole('link', { name: 'products', exact: true }).first().click();
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.waitForURL(/\/runs\//);
  const shown = page.getByRole('main');
  await expect(shown.getByText(/^(Success|Some rejected)$/).first()).toBeVisible();
  await expect.poll(() => second.getByRole('link', { name: /^products/ }).count()).toBeGreaterThan(before);
  await other.close();
});

test('with the keyboard only: from the sign-in to a task and its run', async ({ page, gateway }) => {
  await page.goto(`${gateway.base}/login?next=${encodeURIComponent('/?project=demo')}`);
  await page.getByLabel('E-mail').waitFor();
  await page.keyboard.type(gateway.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(gateway.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Search and commands' })).toBeFocused();
  await page.keyboard.type('customers');
  await expect(page.getByRole('option', { name: /customers/ }).first()).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'customers' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page.getByRole('heading', { level: 1, name: 'Runs' })).toBeVisible();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Search runs' })).toBeFocused();
});

test('the page asks nobody but its own gateway', async ({ page, gateway }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await signIn(page, gateway, '/runs?project=demo');
  await visit(page, `${gateway.base}/schedules?project=demo`);
  expect(asked.filter((one) => !one.startsWith(gateway.base) && !/^(data|blob):/.test(one))).toEqual([]);
});
