// Takes pictures of pages of a running gateway: node scripts/look.mjs BASE EMAIL PASSWORD FOLDER PATH [PATH …]
// Each at 1440x900 and 390x844, light and dark. Says what the console said and whether a page scrolls sideways.
import { chromium } from '@playwright/test';

const [base, email, password, folder, ...paths] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport, colorScheme, hasTouch: size === 'phone', isMobile: size === 'phone', reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.on('console', (line) => ['error', 'warning'].includes(line.type()) && console.log(`${size} ${colorScheme}: ${line.text()}`));
    page.on('pageerror', (error) => console.log(`${size} ${colorScheme}: ${error}`));
    await page.goto(`${base}/login`);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL((address) => !address.pathname.endsWith('/login'));
    for (const path of paths) {
      await page.goto(base + path);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForTimeout(700);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) console.log(`${size} ${path}: scrolls sideways by ${wide} px`);
      const name = path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'dashboard';
      await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
    }
    await context.close();
  }
}
await browser.close();
