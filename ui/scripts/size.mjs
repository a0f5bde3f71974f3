// What each route costs a browser that comes for the first time, in kB of gzip, from Vite's manifest.
// A route is the entry, the frame and its page, each with all that they import at once. Ends with 1 over a budget.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const folder = process.argv[2] ?? process.env.UI_OUT ?? 'dist';
const manifest = JSON.parse(readFileSync(`${folder}/.vite/manifest.json`, 'utf8'));
const ENTRY = 'index.html';
const SHELL = 'src/shell/AppShell.tsx';
const FRAME = 'src/shell/AntFrame.tsx';
const OUTSIDE = /src\/pages\/(welcome)\//; // pages without the shell
const LEAN = ['src/pages/dashboard/Dashboard.tsx']; // pages within the shell, without Ant Design

function closure(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const one of manifest[key].imports ?? []) closure(one, seen);
  return seen;
}

function size(keys) {
  const files = new Set();
  for (const key of keys.flatMap((one) => [...closure(one)])) {
    files.add(manifest[key].file);
    for (const style of manifest[key].css ?? []) files.add(style);
  }
  let bytes = 0;
  for (const file of files) bytes += gzipSync(readFileSync(`${folder}/${file}`), { level: 9 }).length;
  return bytes / 1000;
}

const pages = Object.keys(manifest).filter((key) => /^src\/pages\/.*\.tsx$/.test(key) && manifest[key].isDynamicEntry);
const routes = [['entry and sign-in', [ENTRY], 100]];
for (const page of pages) {
  if (OUTSIDE.test(page)) routes.push([page, [ENTRY, page], 110]);
  else if (LEAN.includes(page)) routes.push([page, [ENTRY, SHELL, page], 130]);
  else routes.push([page, [ENTRY, SHELL, FRAME, page], 360]);
}
let over = 0;
for (const [name, keys, budget] of routes) {
  const found = size(keys);
  const bad = found > budget;
  over += bad ? 1 : 0;
  console.log(`${found.toFixed(1).padStart(7)} of ${String(budget).padStart(3)} kB  ${name}${bad ? '  OVER ITS BUDGET' : ''}`);
}
process.exit(over ? 1 : 0);
