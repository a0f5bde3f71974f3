import { expect, expectAccessible, expectNoSidewaysScroll, signIn, test, visit } from './bed';
import { places } from './places';

// A value of the sample that a formula refuses is an answer, shown in its row; the browser counts it as an error.
test.use({ expected: [/preview-transform/] });

for (const scheme of ['light', 'dark'] as const) {
  test(`every page is accessible in the ${scheme} theme`, async ({ page, gateway }) => {
    test.setTimeout(600_000);
    await page.emulateMedia({ colorScheme: scheme });
    await signIn(page, gateway);
    for (const [name, path] of await places(page, gateway)) {
      await test.step(name, async () => {
        await visit(page, gateway.base + path);
        expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe(scheme);
        await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
        await expectAccessible(page);
      });
    }
  });
}

test('no page scrolls sideways at 320 pixels', async ({ page, gateway }) => {
  test.setTimeout(600_000);
  await page.setViewportSize({ width: 320, height: 640 });
  await signIn(page, gateway);
  for (const [name, path] of await places(page, gateway)) {
    await test.step(name, async () => {
      await visit(page, gateway.base + path);
      await expectNoSidewaysScroll(page);
    });
  }
});

test('the sign-in and the set-up are accessible before anybody is known', async ({ page, fresh }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of ['/login', '/setup', '/invitation#nothing']) {
      await visit(page, fresh.base + path);
      await expectAccessible(page);
    }
  }
});
