import './schemas.css';
import '@/components/schema/form.css';
import { useId, useRef } from 'react';
import { Icon } from '@/components/icons';
import { TYPES } from '@/components/mapping/ColumnHead';
import { emptyColumn, type Column } from './columns';
import { TakeColumns } from './TakeColumns';

interface Props {
  project: string;
  /** Both are given by the form. */
  value?: Column[];
  onChange?: (next: Column[]) => void;
}

/** The columns of a schema: written by hand, or taken from a table or a file. */
export function ColumnsField({ project, value = [], onChange }: Props) {
  const types = useId();
  const list = useRef<HTMLUListElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  const set = (next: Column[]) => onChange?.(next);
  const put = (at: number, change: Partial<Column>) => set(value.map((one, index) => (index === at ? { ...one, ...change } : one)));
  const append = () => {
    set([...value, emptyColumn()]);
    requestAnimationFrame(() => list.current?.querySelector<HTMLInputElement>('li:last-child input')?.focus());
  };
  const remove = (at: number) => {
    set(value.filter((_, index) => index !== at));
    add.current?.focus();
  };
  return (
    <div className="stack" role="group" aria-label="Columns" style={{ gap: 10 }}>
      <TakeColumns project={project} take={set} hasColumns={value.some((one) => one.name !== '')} />
      <datalist id={types}>{TYPES.map((one) => <option key={one} value={one} />)}</datalist>
      <ul className="held-columns" ref={list}>
        {value.map((column, at) => {
          const name = column.name || `column ${at + 1}`;
          return (
            // Columns have no other name than their place while they are typed.
            <li key={at} className="held-column">
              <input className="input" aria-label={`Name of column ${at + 1}`} placeholder="Name" maxLength={300} autoComplete="off" autoCapitalize="none" spellCheck={false} value={column.name} onChange={(event) => put(at, { name: event.target.value })} />
              <input className="input" aria-label={`Type of ${name}`} placeholder="Type, such as text(40)" list={types} autoComplete="off" autoCapitalize="none" spellCheck={false} value={column.type} onChange={(event) => put(at, { type: event.target.value })} />
              <label className="check"><input type="checkbox" aria-label={`${name} may be empty`} checked={column.nullable} onChange={(event) => put(at, { nullable: event.target.checked })} /> <span>May be empty</span></label>
              <label className="check"><input type="checkbox" aria-label={`${name} is part of the key`} checked={column.primary_key} onChange={(event) => put(at, { primary_key: event.target.checked })} /> <span>Key</span></label>
              <input className="input" aria-label={`Note on ${name}`} placeholder="Note" maxLength={2000} value={column.description} onChange={(event) => put(at, { description: event.target.value })} />
              <button type="button" className="button quiet icon" aria-label={`Remove ${name}`} title="Remove" onClick={() => remove(at)}><Icon name="close" size={16} /></button>
            </li>
          );
        })}
      </ul>
      <div><button type="button" className="button" ref={add} onClick={append}><Icon name="plus" size={14} /> Add a column</button></div>
    </div>
  );
}
