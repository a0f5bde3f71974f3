import { fileURLToPath } from 'node:url';
import { signIn, test, visit } from './bed';
import { places } from './places';

const FOLDER = fileURLToPath(new URL('../shots', import.meta.url));
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

test.use({ expected: [/preview-transform/] });

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme, isMobile: size === 'phone', hasTouch: size === 'phone' });
      test('pictures of every page', async ({ page, gateway }) => {
        test.setTimeout(600_000);
        await page.goto(`${gateway.base}/login`);
        await page.screenshot({ path: `${FOLDER}/login-${size}-${colorScheme}.png` });
        await signIn(page, gateway);
        for (const [name, path] of await places(page, gateway)) {
          await visit(page, gateway.base + path);
          await page.screenshot({ path: `${FOLDER}/${name}-${size}-${colorScheme}.png` });
        }
      });
    });
  }
}
