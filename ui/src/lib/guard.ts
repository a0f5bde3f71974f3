import { useEffect } from 'react';

/**
 * Asks before unsaved work is left: by a link, by Back, by closing the tab.
 *
 * The router's own blocker needs its larger variant; this one listens before the router does.
 */
let question = '';
let index = 0;
/** Where the work is: other steps, tabs and filters of the same page are no way out of it. */
let page = '';

const kept = () => (history.state as { idx?: number } | null)?.idx ?? 0;
const mayLeave = () => question === '' || confirm(question);

/** Must be called before the router is made. */
export function installGuard(): void {
  index = kept();
  let returning = false;
  addEventListener('popstate', (event) => {
    if (returning) {
      returning = false;
      event.stopImmediatePropagation();
      return;
    }
    if (question && location.pathname === page) {
      index = kept();
      return;
    }
    if (mayLeave()) {
      question = '';
      index = kept();
      return;
    }
    event.stopImmediatePropagation();
    returning = true;
    history.go(index - kept());
  });
  addEventListener(
    'click',
    (event) => {
      const link = (event.target as Element | null)?.closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || link.target === '_blank' || link.hasAttribute('download')) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      if (link.origin !== location.origin || link.pathname === page || mayLeave()) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  addEventListener('beforeunload', (event) => {
    if (question) event.preventDefault();
  });
}

/** While `dirty`, ask before the page is left. */
export function useLeaveGuard(dirty: boolean, text = 'Leave without saving? Your changes are lost.'): void {
  useEffect(() => {
    if (!dirty) return;
    question = text;
    index = kept();
    page = location.pathname;
    return () => {
      question = '';
      page = '';
    };
  }, [dirty, text]);
}
