import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';
export type Choice = Theme | 'system';

const KEY = 'intakegateway.theme';
const listeners = new Set<() => void>();
const dark = matchMedia('(prefers-color-scheme: dark)');

function kept(): Choice {
  try {
    const found = localStorage.getItem(KEY);
    return found === 'light' || found === 'dark' ? found : 'system';
  } catch {
    return 'system'; // a browser that keeps nothing
  }
}

let choice: Choice = kept();
const resolved = (): Theme => (choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice);

function apply() {
  document.documentElement.dataset.theme = resolved();
  for (const tell of listeners) tell();
}

dark.addEventListener('change', apply);

export function chooseTheme(next: Choice): void {
  choice = next;
  try {
    if (next === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // It holds until the page is closed.
  }
  apply();
}

const subscribe = (tell: () => void) => {
  listeners.add(tell);
  return () => void listeners.delete(tell);
};

/** The theme that is shown. */
export const useTheme = (): Theme => useSyncExternalStore(subscribe, resolved);
/** What the person chose. */
export const useThemeChoice = (): Choice => useSyncExternalStore(subscribe, () => choice);
