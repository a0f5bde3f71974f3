import { expect, queried, signIn, step, test } from './bed';

// Whoever is not signed in is told so by the API first, which the browser counts as an error.
test.use({ expected: [/status of 401/] });

test('from an API into a table on a schedule: connected, mapped, planned, run, and the rows are there', async ({ page, gateway }) => {
  const mark = Date.now().toString(36); // of this try: it may be the second one on this gateway
  const [shop, warehouse, table, task] = [`shop ${mark}`, `lake ${mark}`, `shop_${mark}`, `orders ${mark}`];
  await signIn(page, gateway, '/connections?project=demo');

  await step(page, '1 a connection to the API is refused without its token, and works with it', async () => {
    await page.getByRole('link', { name: 'New connection' }).click();
    await page.getByRole('button', { name: /^REST API/ }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill(shop);
    await page.getByRole('textbox', { name: 'Address' }).fill(new URL('.', gateway.api).href);
    await page.getByRole('combobox', { name: 'Sign-in' }).selectOption('Bearer token');
    await page.getByRole('textbox', { name: 'Path for tests' }).fill('orders');
    await page.getByRole('textbox', { name: 'Token' }).fill('wrong');
    await page.getByRole('button', { name: 'Test and save' }).click();
    await expect(page.getByRole('region', { name: 'Connection test' }).getByRole('listitem').filter({ hasText: 'Failed' })).toContainText('Sign in');
    await page.getByRole('textbox', { name: 'Token' }).fill(gateway.api_token);
    await page.getByRole('button', { name: 'Test and save' }).click();
    await expect(page.getByRole('heading', { level: 1, name: shop })).toBeVisible();
    await expect(page.getByRole('region', { name: 'Connection test' })).toContainText('It works.');
    await expect(page.getByText(gateway.api_token)).toHaveCount(0);
  });

  await step(page, '2 its answer is seen before anything is loaded', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('link', { name: 'New task' }).first().click();
    await page.getByRole('radio', { name: /^A REST API/ }).check();
    await page.getByRole('combobox', { name: 'Connection' }).selectOption({ label: `${shop} (REST API)` });
    await page.getByRole('textbox', { name: 'Path' }).fill('orders');
    await page.getByRole('button', { name: 'Next: Preview' }).click();
    await expect(page.getByText('The first 100 rows, 18 fields')).toBeVisible();
    await expect(page.getByRole('columnheader', { name: /^user\.address\.city/ })).toBeVisible();
    await expect(page.getByText(/The pages are followed by the link/)).toBeVisible();
  });

  await step(page, '3 into PostgreSQL, by a connection that is made on the way', async () => {
    await page.getByRole('button', { name: 'Next: Mapping' }).click();
    await page.getByRole('button', { name: 'Choose another table' }).click();
    await page.getByRole('button', { name: 'New connection' }).click();
    const drawer = page.getByRole('dialog', { name: /^New connection/ });
    await drawer.getByRole('button', { name: /^PostgreSQL/ }).click();
    const { port, username } = new URL(gateway.postgresql);
    await drawer.getByRole('textbox', { name: 'Name', exact: true }).fill(warehouse);
    await drawer.getByRole('textbox', { name: 'Host', exact: true }).fill('127.0.0.1');
    await drawer.getByRole('spinbutton', { name: 'Port', exact: true }).fill(port);
    await drawer.getByRole('textbox', { name: 'Database', exact: true }).fill('postgres');
    await drawer.getByRole('textbox', { name: /^User/ }).fill(username);
    await drawer.getByRole('button', { name: 'Test and save' }).click();
    await expect(drawer).toHaveCount(0);
    await expect(page.getByRole('combobox', { name: 'Connection' })).toHaveValue(warehouse);
    await page.getByRole('combobox', { name: 'Table' }).fill(table);
    await expect(page.getByText('it will be made by the first run')).toBeVisible();
    await page.getByRole('radio', { name: /^Add and update/ }).check();
    await page.getByRole('combobox', { name: 'Columns that identify a row' }).click();
    await page.getByTitle('id', { exact: true }).click();
    await page.keyboard.press('Escape');
  });

  await step(page, '4 the mapping: all fields, one with another name', async () => {
    await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: /^Mapping/ }).click();
    await page.getByRole('button', { name: 'Map all fields' }).first().click();
    await page.getByRole('textbox', { name: 'Name of column user_address_city' }).fill('city');
    await page.keyboard.press('Enter');
    const city = page.getByRole('group', { name: 'Column city' });
    await expect(city.getByRole('combobox', { name: 'Field for city' })).toHaveValue('user.address.city');
    await expect(city).toContainText('Berlin');
    await expect(page.getByText('Nothing seems to be wrong with this mapping.')).toBeVisible();
  });

  await step(page, '5 a schedule, built by choosing', async () => {
    await page.getByRole('navigation', { name: 'Steps' }).getByRole('button', { name: /^Schedule/ }).click();
    await page.getByRole('radio', { name: 'By itself, on a schedule' }).check();
    await page.getByRole('radio', { name: 'Weekly' }).check();
    await page.getByRole('checkbox', { name: 'Friday' }).uncheck();
    await page.getByLabel('At', { exact: true }).fill('07:30');
    const next = page.getByRole('region', { name: 'Next runs' });
    await expect(next.getByRole('status')).toHaveText(/07:30.*Monday through Thursday/);
    await expect(next.getByRole('listitem')).toHaveCount(10);
    await expect(next.getByRole('listitem').filter({ hasText: /Fri|Sat|Sun/ })).toHaveCount(0);
  });

  await step(page, '6 reviewed, made and run', async () => {
    await page.getByRole('button', { name: 'Next: Review' }).click();
    await page.getByRole('textbox', { name: 'Name of the task' }).fill(task);
    await page.getByRole('button', { name: 'Dry run' }).click();
    await expect(page.getByText(/this would happen. Nothing was written/)).toBeVisible();
    expect(queried(gateway.postgresql, `select count(*) from information_schema.tables where table_name = '${table}'`)).toEqual([[0]]);
    await page.getByRole('button', { name: 'Create and run' }).click();
    await page.waitForURL(/\/runs\//);
    await expect(page.getByRole('main').getByText('Success', { exact: true }).first()).toBeVisible();
    await expect(page.getByRole('main').getByText(/The run has ended: 2,000 rows read, 0 rejected/)).toBeAttached();
  });

  await step(page, '7 the rows are in the database', async () => {
    expect(queried(gateway.postgresql, `select count(*), count(distinct id), min(number), max(number), count(city) < count(*) from ${table}`)).toEqual([
      [2000, 2000, '00000001', '00002000', true],
    ]);
    expect(queried(gateway.postgresql, `select city, user_name, total::text from ${table} where id = 1`)).toEqual([['Berlin', 'Fatima Çelik', '1215.17']]);
  });

  await step(page, '8 planned, and run again: the same rows, none of them doubled', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Schedules' }).click();
    const planned = page.getByRole('row').filter({ hasText: task });
    await expect(planned).toContainText('At 07:30, Monday through Thursday');
    await planned.getByRole('button', { name: task }).click();
    const drawer = page.getByRole('dialog', { name: `Schedule of ${task}` });
    await expect(drawer.getByRole('region', { name: 'Next runs' }).getByRole('listitem')).toHaveCount(10);
    await drawer.getByRole('link', { name: 'Open the task' }).click();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.waitForURL(/\/runs\//);
    const sums = page.getByRole('main').locator('dl[aria-label="What happened to each row"]');
    await expect(sums).toContainText(/Unchanged\s*2,000/);
    expect(queried(gateway.postgresql, `select count(*) from ${table}`)).toEqual([[2000]]);
  });
});
