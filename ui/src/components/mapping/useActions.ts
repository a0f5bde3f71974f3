import { useEffect, useMemo, useRef } from 'react';
import type { TaskDefinition } from '@/lib/definition';
import * as edit from './edit';
import type { Actions } from './actions';
import type { Opened } from './Popups';

type Edit = (make: (now: TaskDefinition) => TaskDefinition, place?: string) => void;

/** What the rows ask for, made once. */
export function useActions(change: Edit, selected: string, open: (opened: Opened | null) => void, point: (column: string) => void): Actions {
  const field = useRef(selected);
  useEffect(() => {
    field.current = selected;
  });
  return useMemo<Actions>(
    () => ({
      setField: (column, path) => path && change((now) => edit.setField(now, column, path)),
      useSelected: (column) => field.current && change((now) => edit.setField(now, column, field.current)),
      clear: (column) => change((now) => edit.clearColumn(now, column)),
      remove: (column) => change((now) => edit.clearColumn(now, column)),
      rename: (column, name) => change((now) => edit.renameColumn(now, column, name)),
      setType: (column, type) => change((now) => edit.setType(now, column, type)),
      setTransforms: (column, make, place) => change((now) => edit.setTransforms(now, column, make), place),
      openRow: (column, anchor) => open({ what: 'row', column, anchor }),
      openStep: (column, at, anchor) => open({ what: 'step', column, at, anchor }),
      addStep: (column, anchor) => open({ what: 'add', column, anchor }),
      pickField: (column) => open({ what: 'pick', column, anchor: null }),
      point,
    }),
    [change, open, point],
  );
}
