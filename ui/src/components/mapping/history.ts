/** What was, and what was undone; the present is the caller's. */
export interface History<T> {
  past: T[];
  future: T[];
  /** What was edited last: typing in one place is one step. */
  place: string;
}

export type Step<T> = { type: 'edit'; before: T; place?: string } | { type: 'undo'; now: T } | { type: 'redo'; now: T };

export const NOTHING: History<never> = { past: [], future: [], place: '' };
/** Steps that are kept. */
export const DEPTH = 100;

/** The history after a step. After `undo` the present is the last of the past before it; after `redo` the last of the future. */
export function remember<T>(history: History<T>, step: Step<T>): History<T> {
  if (step.type === 'edit') {
    const place = step.place ?? '';
    const past = place !== '' && place === history.place ? history.past : [...history.past, step.before].slice(-DEPTH);
    return { past, future: [], place };
  }
  if (step.type === 'undo') {
    if (history.past.length === 0) return history;
    return { past: history.past.slice(0, -1), future: [...history.future, step.now], place: '' };
  }
  if (history.future.length === 0) return history;
  return { past: [...history.past, step.now], future: history.future.slice(0, -1), place: '' };
}
