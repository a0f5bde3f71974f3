import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const sheets = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.css'));

test('a class is drawn by one style sheet: sheets of pages that were visited before stay loaded', () => {
  const places = new Map<string, Set<string>>();
  for (const path of sheets) {
    for (const [, name = ''] of readFileSync(`src/${path}`, 'utf8').matchAll(/^\s*\.([a-z][a-z0-9-]*)(?: \{|,)$/gm)) places.set(name, (places.get(name) ?? new Set()).add(path));
  }
  expect(places.size).toBeGreaterThan(100);
  expect([...places].filter(([, found]) => found.size > 1).map(([name, found]) => `.${name}: ${[...found].join(', ')}`)).toEqual([]);
});
