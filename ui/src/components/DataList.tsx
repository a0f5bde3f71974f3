import './datalist.css';
import { type Key, type ReactNode } from 'react';
import type { TableColumnType } from 'antd';
import { useUrlState } from '@/lib/url';
import { useNarrow } from '@/lib/useMedia';
import { count, plural } from '@/lib/format';
import { Icon } from './icons';

export const PAGE_SIZE = 25;

interface Page<T> {
  items: T[];
  total: number;
  limit: number;
  offset: number;
}

/** What is used of Ant Design's columns; the table itself is the browser's own, a tenth of the weight. */
type Column<T> = Pick<TableColumnType<T>, 'key' | 'title' | 'dataIndex' | 'render' | 'width' | 'align' | 'className'>;

interface Selection {
  selected: Key[];
  set: (keys: Key[]) => void;
  bar: ReactNode;
}

interface Props<T> {
  /** What the list holds, for screen readers: "Runs". */
  label: string;
  page: Page<T>;
  rowKey: (item: T) => Key;
  columns: Column<T>[];
  /** The same item as the content of a card, on a phone. */
  card: (item: T) => ReactNode;
  /** Shown when filters match nothing. */
  noMatch?: ReactNode;
  /** Lets rows be ticked; `bar` is shown with those that are. */
  selection?: Selection;
  isFetching?: boolean;
}

/** The number of the page in the address, from 1, and the offset of its first row. */
export function usePage(size = PAGE_SIZE): { page: number; offset: number; limit: number; setPage: (page: number) => void } {
  const [page, set] = useUrlState('page', '1');
  const number = Math.max(1, Number.parseInt(page, 10) || 1);
  return { page: number, offset: (number - 1) * size, limit: size, setPage: (next) => set(String(next)) };
}

/** A list: a table where there is room, cards on a phone; its page is in the address. */
export function DataList<T extends object>({ label, page, rowKey, columns, card, noMatch, selection, isFetching }: Props<T>) {
  const isNarrow = useNarrow();
  if (page.items.length === 0 && noMatch) return <>{noMatch}</>;
  return (
    <section aria-label={label} aria-busy={isFetching} className={isFetching ? 'datalist fetching' : 'datalist'}>
      {selection && selection.selected.length > 0 && (
        <div className="note row" role="region" aria-label="Selected" style={{ marginBottom: 12 }}>
          <strong>{plural(selection.selected.length, 'selected', 'selected')}</strong>
          {selection.bar}
        </div>
      )}
      {isNarrow ? (
        <ul className="datalist-cards">
          {page.items.map((item) => (
            <li key={rowKey(item)} className="card">
              {card(item)}
            </li>
          ))}
        </ul>
      ) : (
        <div className="card datalist-scroller" role="region" aria-label={`${label}, table`} tabIndex={0}>
          <Rows label={label} items={page.items} rowKey={rowKey} columns={columns} selection={selection} />
        </div>
      )}
      <Pages page={page} label={label} />
    </section>
  );
}

type RowsProps<T> = Pick<Props<T>, 'label' | 'rowKey' | 'columns' | 'selection'> & { items: T[] };

function Rows<T extends object>({ label, items, rowKey, columns, selection }: RowsProps<T>) {
  const keys = items.map(rowKey);
  const ticked = selection ? keys.filter((key) => selection.selected.includes(key)) : [];
  return (
    <table className="datalist-table">
      <thead>
        <tr>
          {selection && (
            <th scope="col" className="tick">
              <input
                type="checkbox" aria-label={`Select all ${label.toLowerCase()} of this page`} checked={keys.length > 0 && ticked.length === keys.length}
                ref={(box) => { if (box) box.indeterminate = ticked.length > 0 && ticked.length < keys.length; }}
                onChange={(event) => selection.set(event.target.checked ? keys : [])}
              />
            </th>
          )}
          {columns.map((column, index) => (
            <th key={column.key ?? index} scope="col" style={{ width: column.width, textAlign: column.align }}>
              {column.title as ReactNode}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item, row) => {
          const key = rowKey(item);
          const isTicked = ticked.includes(key);
          return (
            <tr key={key} className={isTicked ? 'ticked' : undefined}>
              {selection && (
                <td className="tick">
                  <input
                    type="checkbox" aria-label={`Select row ${row + 1}`} checked={isTicked}
                    onChange={() => selection.set(isTicked ? selection.selected.filter((one) => one !== key) : [...selection.selected, key])}
                  />
                </td>
              )}
              {columns.map((column, index) => (
                <td key={column.key ?? index} className={column.className} style={{ textAlign: column.align }}>
                  {cell(column, item, row)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function cell<T extends object>(column: Column<T>, item: T, row: number): ReactNode {
  const value: unknown = column.dataIndex === undefined ? undefined : (item as Record<string, unknown>)[String(column.dataIndex)];
  return (column.render ? column.render(value, item, row) : value) as ReactNode;
}

/** Which part of a list is shown, and the way to the others. */
function Pages({ page, label }: { page: Page<unknown>; label: string }) {
  const { setPage } = usePage(page.limit);
  if (page.total <= page.limit) return null;
  const current = Math.floor(page.offset / page.limit) + 1;
  const last = Math.ceil(page.total / page.limit);
  const go = (to: number, name: string, isBack: boolean) => (
    <button type="button" className="button icon" aria-label={name} title={name} disabled={isBack ? current <= 1 : current >= last} onClick={() => setPage(to)}>
      <span className={isBack ? 'datalist-back' : undefined}>
        <Icon name="arrow" size={16} />
      </span>
    </button>
  );
  return (
    <nav className="datalist-pages" aria-label={`Pages of ${label.toLowerCase()}`}>
      <span className="muted number">
        {count(page.offset + 1)}–{count(Math.min(page.offset + page.limit, page.total))} of {count(page.total)}
      </span>
      {go(current - 1, 'Previous page', true)}
      <label>
        <span className="sr-only">Page</span>
        <select className="select" value={current} onChange={(event) => setPage(Number(event.target.value))}>
          {near(current, last).map((number) => (
            <option key={number} value={number}>
              {count(number)} of {count(last)}
            </option>
          ))}
        </select>
      </label>
      {go(current + 1, 'Next page', false)}
    </nav>
  );
}

/** The pages to choose from: all of a few, else the first, those around, round steps in between, and the last. */
function near(current: number, last: number): number[] {
  if (last <= 60) return Array.from({ length: last }, (_, index) => index + 1);
  const step = Math.ceil(last / 30);
  const steps = Array.from({ length: 30 }, (_, index) => 1 + index * step);
  const around = Array.from({ length: 11 }, (_, index) => current - 5 + index);
  return [...new Set([...steps, ...around, last])].filter((one) => one >= 1 && one <= last).sort((a, b) => a - b);
}
