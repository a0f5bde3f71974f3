import { type Key, type ReactNode } from 'react';
import { Pagination, Table, type TableColumnType } from 'antd';
import { useUrlState } from '@/lib/url';
import { useNarrow } from '@/lib/useMedia';
import { plural } from '@/lib/format';

export const PAGE_SIZE = 25;

interface Page<T> {
  items: T[];
  total: number;
  limit: number;
  offset: number;
}

interface Props<T> {
  /** What the list holds, for screen readers: "Runs". */
  label: string;
  page: Page<T>;
  rowKey: (item: T) => Key;
  columns: TableColumnType<T>[];
  /** The same item as the content of a card, on a phone. */
  card: (item: T) => ReactNode;
  /** Shown when filters match nothing. */
  noMatch?: ReactNode;
  /** Lets rows be ticked; `bar` is shown with those that are. */
  selection?: { selected: Key[]; set: (keys: Key[]) => void; bar: ReactNode };
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
  const { setPage } = usePage();
  if (page.items.length === 0 && noMatch) return <>{noMatch}</>;
  const pages = page.total > page.limit && (
    <Pagination
      style={{ marginTop: 16, textAlign: 'right' }} align="end" simple={isNarrow} showSizeChanger={false}
      current={Math.floor(page.offset / page.limit) + 1} pageSize={page.limit} total={page.total} onChange={setPage}
    />
  );
  const bar = selection && selection.selected.length > 0 && (
    <div className="note row" role="region" aria-label="Selected" style={{ marginBottom: 12 }}>
      <strong>{plural(selection.selected.length, 'selected', 'selected')}</strong>
      {selection.bar}
    </div>
  );
  return (
    <section aria-label={label} aria-busy={isFetching}>
      {bar}
      {isNarrow ? (
        <ul className="stack" style={{ listStyle: 'none', margin: 0, padding: 0, gap: 10 }}>
          {page.items.map((item) => (
            <li key={rowKey(item)} className="card">
              {card(item)}
            </li>
          ))}
        </ul>
      ) : (
        <div className="card" style={{ padding: 0, overflow: 'hidden' }}>
          <Table<T>
            size="middle" pagination={false} columns={columns} dataSource={page.items} rowKey={rowKey} scroll={{ x: 'max-content' }}
            rowSelection={selection && { selectedRowKeys: selection.selected, onChange: selection.set }}
          />
        </div>
      )}
      {pages}
    </section>
  );
}
