import { chromium } from '@playwright/test';
const [base, what, folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'] });
const page = await (await browser.newContext({ viewport: { width: 1440, height: 1000 } })).newPage();
page.on('console', (l) => ['error', 'warning'].includes(l.type()) && console.log(l.text()));
page.on('pageerror', (e) => console.log(String(e)));
await page.goto(base + '/login');
await page.getByLabel('E-mail').fill('admin@example.org');
await page.getByLabel('Password', { exact: true }).fill('a long sentence is best');
await page.getByRole('button', { name: 'Sign in', exact: true }).click();
await page.waitForURL((a) => !a.pathname.endsWith('/login'));
const run = await page.evaluate(async (task) => {
  const me = await (await fetch('/api/v1/auth/me')).json();
  const r = await fetch('/api/v1/runs?project=demo', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': me.csrf_token }, body: JSON.stringify({ task, wait: false }) });
  return (await r.json()).id;
}, what);
await page.goto(`${base}/runs/${run}?project=demo`);
await page.getByRole('heading', { level: 1 }).waitFor();
for (let i = 0; i < 40; i++) {
  await page.waitForTimeout(1500);
  const state = await page.locator('main .tag').first().textContent();
  const progress = await page.getByRole('region', { name: 'Progress' }).innerText().catch(() => '');
  const lines = await page.locator('.log-line').count();
  console.log(i, state, progress.replace(/\n/g, ' | '), 'lines', lines);
  if (i === 4) await page.screenshot({ path: `${folder}/live.png` });
  if (i === 6) await page.context().setOffline(true);
  if (i === 8) { await page.screenshot({ path: `${folder}/offline.png` }); await page.context().setOffline(false); }
  if (/Success|rejected|Failed/.test(state)) break;
}
await page.waitForTimeout(800);
await page.screenshot({ path: `${folder}/ended.png`, fullPage: true });
await browser.close();
