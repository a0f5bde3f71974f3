import { useEffect, useRef } from 'react';

const KEY = 'intakegateway.single-keys';

/** Whether single letters are shortcuts; they can be switched off (WCAG 2.1.4). */
export const singleKeys = {
  get on(): boolean {
    try {
      return localStorage.getItem(KEY) !== 'off';
    } catch {
      return true;
    }
  },
  set(on: boolean): void {
    try {
      if (on) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, 'off');
    } catch {
      // A browser that keeps nothing has them on.
    }
  },
};

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) || target.closest('[role=combobox]') !== null);

/** `ctrl+k` stands for Cmd on a Mac, too; `g t` for one letter after the other. */
export type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Call back for keys while the component is there. Single letters never fire while somebody types. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    let first = '';
    let since = 0;
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (event.ctrlKey || event.metaKey) {
        run(`ctrl+${key}`, event);
        return;
      }
      if (isTyping(event.target) || document.querySelector('dialog[open], .ant-modal-wrap:not([style*="none"])')) return;
      if (event.key.length > 1) {
        run(key, event);
        return;
      }
      if (!singleKeys.on) return;
      // Only a letter that begins a pair waits for another one: `j` twice is `j` twice.
      const isBegun = first && Object.keys(latest.current).some((name) => name.startsWith(`${first} `));
      const pair = isBegun && event.timeStamp - since < 1200 ? `${first} ${key}` : '';
      first = key;
      since = event.timeStamp;
      if (pair && run(pair, event)) first = '';
      else if (!pair) run(key, event);
    };
    const run = (name: string, event: KeyboardEvent): boolean => {
      const action = latest.current[name];
      if (!action) return false;
      event.preventDefault();
      action(event);
      return true;
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
