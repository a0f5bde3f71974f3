import { writeFileSync } from 'node:fs';
import { expect, expectAccessible, expectNoSidewaysScroll, queried, signIn, step, test } from './bed';

test.use({ expected: [/status of 401|preview-transform/] });

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

test('on a phone, a file is mapped, run, and its rejected row is fixed', async ({ page, gateway }) => {
  const mark = Date.now().toString(36); // of this try: it may be the second one on this gateway
  const [name, table] = [`visits ${mark}`, `visits_${mark}`];
  const database = `${gateway.folder}/home/warehouse.db`;
  const path = `${gateway.folder}/${name}.csv`;
  writeFileSync(path, 'Nr,Guest,Nights\n1,Ann,2\n2,Bob,many\n3,Zoë,4\n');
  queried(database, `create table ${table} (id integer primary key, guest text not null, nights integer)`);
  const steps = page.getByRole('combobox', { name: 'Step', exact: true });
  await signIn(page, gateway, '/tasks/new?project=demo');

  await step(page, '1 the file and its table', async () => {
    await page.getByRole('radio', { name: /^A file / }).check();
    await page.getByLabel('File to upload').setInputFiles(path);
    await expect(page.getByText(/is chosen\./)).toBeVisible();
    await page.getByRole('button', { name: 'Next: Preview' }).click();
    await expect(page.getByRole('cell', { name: 'Zoë' })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await steps.selectOption('Destination');
    await page.getByRole('combobox', { name: 'Table' }).fill(table);
    await expect(page.getByText('This table is there already.')).toBeVisible();
    await expectNoSidewaysScroll(page);
  });

  await step(page, '2 the mapping, by tapping', async () => {
    await steps.selectOption('Mapping');
    for (const [column, field] of [['id', 'Nr'], ['guest', 'Guest'], ['nights', 'Nights']]) {
      await page.getByRole('button', { name: `Choose a field for ${column}` }).tap();
      const sheet = page.getByRole('dialog', { name: `Field for ${column}` });
      await sheet.getByRole('button', { name: new RegExp(`^${field}`) }).tap();
      // Until it has gone, it takes the next tap.
      await expect(sheet).toBeHidden();
      await expect(page.getByRole('button', { name: `${field} for ${column}` })).toBeVisible();
    }
    await expect(page.getByRole('group', { name: 'Column guest' })).toContainText('Ann');
    await expectNoSidewaysScroll(page);
    await expectAccessible(page);
  });

  await step(page, '3 run', async () => {
    await steps.selectOption('Review');
    await page.getByRole('textbox', { name: 'Name of the task' }).fill(name);
    await page.getByRole('button', { name: 'Create and run' }).tap();
    await page.waitForURL(/\/runs\//);
    await expect(page.getByRole('main').getByText('Some rejected', { exact: true })).toBeVisible();
    await expectNoSidewaysScroll(page);
    expect(queried(database, `select count(*) from ${table}`)).toEqual([[2]]);
  });

  await step(page, '4 the rejected row', async () => {
    await page.getByRole('link', { name: 'Fix rejected rows' }).tap();
    await page.getByRole('button', { name: 'Look and change' }).tap();
    const row = page.getByRole('dialog');
    await row.getByRole('textbox', { name: /^Nights/ }).fill('3');
    await row.getByRole('button', { name: 'Save 1 change' }).tap();
    await expect(row.getByRole('button', { name: 'Nothing changed' })).toBeVisible();
    await expectAccessible(page);
    await row.getByRole('button', { name: 'Close' }).tap();
    await expect(row).toHaveCount(0);
    await expectNoSidewaysScroll(page);
  });

  await step(page, '5 replayed', async () => {
    await page.getByRole('button', { name: 'Replay 1 row' }).tap();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay 1 row' }).tap();
    await expect(page.getByRole('main').getByText('Success', { exact: true }).first()).toBeVisible();
    expect(queried(database, `select id, guest, nights from ${table} order by id`)).toEqual([[1, 'Ann', 2], [2, 'Bob', 3], [3, 'Zoë', 4]]);
  });
});
