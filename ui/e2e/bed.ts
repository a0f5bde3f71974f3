import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { expect, test as plain, type Page } from '@playwright/test';

/** A gateway of its own; see gateway.py. */
export interface Gateway {
  base: string;
  email: string;
  password: string;
  setup_token: string;
  api: string;
  api_token: string;
  postgresql: string;
  folder: string;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function begin(words: string[]): Promise<[Gateway, ChildProcess]> {
  const child = spawn(process.env.PYTHON ?? 'python3', [`${HERE}/gateway.py`, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout! })) return [JSON.parse(line) as Gateway, child];
  throw new Error('the gateway of the test ended before it began; what it said is above');
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await ended;
}

interface PerTest {
  /** An empty installation, nobody has signed in yet. */
  fresh: Gateway;
  /** What the console of every page says must be nothing; a test adds what it expects (one pattern: of two, Playwright takes the second for options). */
  expected: RegExp[];
}

export const test = plain.extend<PerTest, { gateway: Gateway }>({
  /** An installation with the project of the examples, shared by the tests of a worker. */
  gateway: [
    async ({}, use) => {
      // One that runs already, by the line that gateway.py printed: quicker while a test is written.
      if (process.env.GATEWAY) return use(JSON.parse(readFileSync(process.env.GATEWAY, 'utf8')) as Gateway);
      const [gateway, child] = await begin(['--filled', '--postgresql']);
      await use(gateway);
      await end(child);
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  fresh: [
    async ({ context }, use) => {
      const [gateway, child] = await begin([]);
      await use(gateway);
      for (const page of context.pages()) await page.close(); // before what they ask is gone
      await end(child);
    },
    { timeout: 120_000 },
  ],
  expected: [[], { option: true }],
  context: async ({ context, expected }, use) => {
    const said: string[] = [];
    context.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warning') said.push(`${line.text()} (${line.location().url})`);
    });
    context.on('weberror', (error) => said.push(String(error.error())));
    await use(context);
    expect(said.filter((line) => !expected.some((one) => one.test(line))), 'the browser has nothing to complain about').toEqual([]);
  },
});
export { expect };

/** Sign in by the page, as a person does. */
export async function signIn(page: Page, gateway: Gateway, path = '/'): Promise<void> {
  await page.goto(`${gateway.base}/login?next=${encodeURIComponent(path)}`);
  await page.getByLabel('E-mail').fill(gateway.email);
  await page.getByLabel('Password', { exact: true }).fill(gateway.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((address) => !address.pathname.endsWith('/login'));
  await page.getByRole('heading', { level: 1 }).waitFor();
}

/** The page at an address, loaded: nothing of it is a skeleton any more. */
export async function visit(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await expect(page.locator('main :is(.skeleton, .boot, [aria-busy=true])')).toHaveCount(0);
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** WCAG 2.2 AA, as far as axe can tell. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE); // by the debugger, so the content security policy of the page stays as it is
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: (context: Document, options: object) => Promise<{ violations: Violation[] }> } };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    // One rule is an experiment of axe's: it reads samples and badges within an item of a tree as its visible label.
    const rules = { 'label-content-name-mismatch': { enabled: false } };
    return (await axe.run(document, { runOnly: { type: 'tag', values: tags }, rules })).violations;
  });
  const lines = violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${one.help}\n    ${node.html}\n    ${node.failureSummary ?? ''}`));
  // Soft: one run tells about every page.
  expect.soft(lines, `${await page.title()} (${page.url()})`).toEqual([]);
}

/** Nothing but a data grid, in its own scroller, is wider than the window. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll('main *, header *')].filter((one) => one.getBoundingClientRect().right > width + 0.5);
    return [`${document.documentElement.scrollWidth} of ${width}`, ...wide.slice(0, 6).map((one) => one.outerHTML.slice(0, 160))];
  });
  expect.soft(over, `${page.url()} is wider than the window`).toEqual([]);
}

/** A part of a journey. With LOOK=folder it leaves pictures in both themes and what a screen reader is told. */
export async function step(page: Page, name: string, act: () => Promise<void>): Promise<void> {
  await test.step(name, act);
  const folder = process.env.LOOK;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${test.info().title.slice(0, 24)} - ${name}`.replaceAll(/[^\w/-]+/g, '-');
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(400); // for colours that change slowly
    await page.screenshot({ path: `${path}-${colorScheme}.png` });
  }
  writeFileSync(`${path}.yml`, await page.locator('body').ariaSnapshot());
}

/** What a database says by itself. */
export function queried(address: string, sql: string): unknown[][] {
  const done = spawnSync(process.env.PYTHON ?? 'python3', [`${HERE}/query.py`, address, sql], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as unknown[][];
}

/** Ask the API as the page does, with the session of the browser. */
export async function ask<T>(page: Page, gateway: Gateway, path: string): Promise<T> {
  const answer = await page.request.get(`${gateway.base}/api/v1${path}`);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return (await answer.json()) as T;
}
