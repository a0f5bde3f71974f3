import { defineConfig } from '@playwright/test';

const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // The last three keep the browser from looking for its maker's servers.
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
};
const wide = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

export default defineConfig({
  testDir: 'e2e',
  timeout: 180_000,
  expect: { timeout: 30_000 },
  workers: 1,
  retries: process.env.CI ? 1 : 0, // a browser that is killed by a busy machine; a test that passes the second time is named in the summary
  reporter: [['list']],
  outputDir: 'test-results',
  use: { launchOptions, trace: 'retain-on-failure', reducedMotion: 'reduce', actionTimeout: 30_000 },
  projects: [
    { name: 'desktop', testIgnore: [/phone\./, /shots\./], use: wide },
    { name: 'phone', testMatch: /phone\.spec/, use: phone },
    { name: 'shots', testMatch: /shots\.spec/, use: wide },
  ],
});
