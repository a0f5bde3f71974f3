import { useCallback, useEffect, useReducer, useRef } from 'react';
import { NOTHING, remember, type History, type Step } from './history';

export interface Edits<T> {
  /** Makes the next of what is there now; `place` joins what is typed in one place into one step. */
  edit: (make: (now: T) => T, place?: string) => void;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
}

/** Edits of a value that somebody else keeps, with the way back. */
export function useHistory<T>(value: T, onChange: (next: T) => void): Edits<T> {
  const [history, step] = useReducer((old: History<T>, one: Step<T>) => remember(old, one), NOTHING as History<T>);
  const latest = useRef({ value, onChange, history });
  useEffect(() => {
    latest.current = { value, onChange, history };
  });
  const edit = useCallback((make: (now: T) => T, place = '') => {
    const { value: now, onChange: give } = latest.current;
    const next = make(now);
    if (next === now) return;
    latest.current.value = next;
    step({ type: 'edit', before: now, place });
    give(next);
  }, []);
  const back = useCallback((type: 'undo' | 'redo') => {
    const { value: now, onChange: give, history: known } = latest.current;
    const next = (type === 'undo' ? known.past : known.future).at(-1);
    if (next === undefined) return;
    latest.current.value = next;
    step({ type, now });
    give(next);
  }, []);
  return {
    edit,
    undo: useCallback(() => back('undo'), [back]),
    redo: useCallback(() => back('redo'), [back]),
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
  };
}
