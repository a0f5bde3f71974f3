import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { S } from '@/api/client';
import { causeWords, reasonWords } from '@/components/causes';
import { Icon } from '@/components/icons';
import { useShortcuts } from '@/lib/keys';
import { CellEditor, Value } from './Cell';
import { verdictOf, wrongNow } from './data';
import { textOf } from './fields';
import type { About } from './Fixer';
import { StateWord, VerdictTag } from './RowParts';
import type { Fix } from './useFix';

interface Props {
  rows: S['Reject'][];
  about: About;
  fix: Fix;
  isFixed: boolean;
  ticked: ReadonlySet<number>;
  toggle: (row: number) => void;
  open: (row: number) => void;
}

const AT_FIRST = 40;

/** Rows and their cells. One cell is in the tab order; arrows move, Enter changes it, j and k go through the rows. */
export function Grid({ rows, about, fix, isFixed, ticked, toggle, open }: Props) {
  const table = useRef<HTMLTableElement>(null);
  const [isAll, setAll] = useState(false);
  const fields = isAll ? about.fields : about.fields.slice(0, AT_FIRST);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const [isEditing, setEditing] = useState(false);
  const here = { row: Math.min(at.row, rows.length - 1), column: Math.min(at.column, fields.length) };
  const wantsFocus = useRef(false);
  // Other rows came: what was being changed is not there any more.
  const first = rows[0]?.row;
  useEffect(() => setEditing(false), [first]);
  useEffect(() => {
    if (!wantsFocus.current || isEditing) return;
    wantsFocus.current = false;
    table.current?.querySelector<HTMLElement>('[data-here]')?.focus();
  });
  const canChange = (row: number) => !isFixed && rows[row]?.state === 'open';
  const go = (row: number, column: number, edit = false) => {
    const to = { row: Math.max(0, Math.min(row, rows.length - 1)), column: Math.max(0, Math.min(column, fields.length)) };
    wantsFocus.current = true;
    setAt(to);
    setEditing(edit && to.column > 0 && canChange(to.row));
  };
  useShortcuts({ j: () => go(here.row + 1, here.column), k: () => go(here.row - 1, here.column) });
  const press = (event: KeyboardEvent) => {
    if (isEditing || event.altKey) return;
    const { row, column } = here;
    const moves: Record<string, [number, number]> = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [row, 0], End: [row, fields.length], PageUp: [row - 10, column], PageDown: [row + 10, column],
    };
    const to = moves[event.key];
    if (to && !event.ctrlKey && !event.metaKey) go(...to);
    else if (event.key === 'Enter' || event.key === 'F2') {
      if (column === 0) open(rows[row]!.row);
      else if (canChange(row)) setEditing(true);
    } else if (event.key === ' ' && !isFixed) toggle(rows[row]!.row);
    else return;
    event.preventDefault();
  };
  const save = (reject: S['Reject'], field: string, value: string | null, then: 'stay' | 'next' | 'previous' | 'leave') => {
    const old = textOf(reject.values[field]);
    if (old !== value) void fix.cell(reject.row, field, old, value);
    if (then === 'leave') setEditing(false);
    else if (then === 'stay') go(here.row, here.column);
    else if (then === 'next') go(here.column === fields.length ? here.row + 1 : here.row, here.column === fields.length ? 1 : here.column + 1, true);
    else go(here.column === 1 ? here.row - 1 : here.row, here.column === 1 ? fields.length : here.column - 1, true);
  };
  return (
    <>
      <div className="reject-scroll card" tabIndex={-1}>
        <table ref={table} role="grid" aria-label="Rejected rows" className="reject-grid" onKeyDown={press}>
          <thead>
            <tr>
              <th scope="col" className="tick"><span className="sr-only">Ticked</span></th>
              <th scope="col" className="why">Row and reason</th>
              {fields.map((field) => <th key={field} scope="col">{field}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((reject, row) => {
              const verdict = verdictOf(reject, fix.checked);
              const bad = wrongNow(reject, verdict, about.bad);
              const isHere = (column: number) => here.row === row && here.column === column;
              return (
                <tr key={reject.row} aria-selected={ticked.has(reject.row)} className={reject.state === 'open' ? undefined : 'done'}>
                  <td role="gridcell" className="tick">
                    <input
                      type="checkbox" tabIndex={-1} checked={ticked.has(reject.row)} disabled={isFixed || reject.state !== 'open'}
                      aria-label={`Tick ${reject.locator}`} onChange={() => toggle(reject.row)}
                    />
                  </td>
                  <td
                    role="gridcell" className="why" tabIndex={isHere(0) ? 0 : -1} data-here={isHere(0) || undefined}
                    onFocus={() => !isHere(0) && setAt({ row, column: 0 })}
                  >
                    <button type="button" tabIndex={-1} className="reject-place" onClick={() => open(reject.row)} title="All of this row">
                      {reject.locator || `row ${reject.row + 1}`}
                    </button>
                    {reject.state !== 'open' && <StateWord state={reject.state} />}
                    <VerdictTag verdict={verdict} />
                    <span className={verdict?.passes ? 'small reject-reason over' : 'small reject-reason'}>
                      {(verdict && !verdict.passes ? verdict.reasons : reject.reasons).map((one) => reasonWords(one.message) || causeWords(one.code, one.column)).join(' ')}
                    </span>
                    {reject.raw !== null && <code className="reject-raw">{reject.raw}</code>}
                  </td>
                  {fields.map((field, index) => {
                    const column = index + 1;
                    const value = textOf(reject.values[field]);
                    const isChanged = reject.edited.includes(field);
                    const isBad = bad.has(field);
                    const state = [isBad ? 'bad' : '', isChanged ? 'changed' : ''].filter(Boolean).join(' ');
                    return (
                      <td
                        key={field} role="gridcell" className={state || undefined} tabIndex={isHere(column) && !isEditing ? 0 : -1}
                        aria-readonly={!canChange(row)} data-here={isHere(column) || undefined}
                        onFocus={() => !isHere(column) && setAt({ row, column })}
                        onClick={() => !(isEditing && isHere(column)) && go(row, column, true)}
                      >
                        {isHere(column) && isEditing ? (
                          <CellEditor
                            label={`${field}, ${reject.locator}`} value={value} original={isChanged ? textOf(reject.original[field]) : undefined}
                            hint={about.hint(field)} suggestion={about.suggestion(field, value)}
                            save={(next, then) => save(reject, field, next, then)} cancel={() => go(row, column)}
                          />
                        ) : (
                          <>
                            {isBad && <span className="reject-mark"><Icon name="warning" size={13} /><span className="sr-only">Wrong: {bad.get(field)} </span></span>}
                            {isChanged && <span className="sr-only">Changed: </span>}
                            <Value value={value} />
                            {isHere(column) && isChanged && <span className="reject-was small">was <Value value={textOf(reject.original[field])} /></span>}
                          </>
                        )}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {about.fields.length > fields.length && (
        <button type="button" className="button quiet" onClick={() => setAll(true)}>Show all {about.fields.length} fields</button>
      )}
    </>
  );
}
