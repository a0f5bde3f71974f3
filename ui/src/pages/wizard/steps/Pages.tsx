import type { HttpSource, Pagination } from '@/lib/definition';
import { paginationType } from '../sentences';
import { put } from '../draft';
import { Choice, TextField } from './Field';

const KINDS: Record<string, string> = {
  auto: 'Find it out from the first answer', none: 'There is only one answer', page: 'By page number (page=1, 2, 3)', offset: 'By position (offset=0, 100, 200)',
  cursor: 'By a cursor from the last answer', next_link: 'By a link in the answer', link_header: 'By the Link header',
};
const number = (text: string): number | undefined => (text === '' ? undefined : Number(text));

interface Props {
  source: HttpSource;
  errors: Record<string, string>;
  onChange: (next: HttpSource) => void;
}

/** How one page follows the other. */
export function Pages({ source, errors, onChange }: Props) {
  const type = paginationType(source.pagination);
  const paging = (typeof source.pagination === 'object' ? source.pagination : { type }) as Exclude<Pagination, string>;
  const keep = (next: Exclude<Pagination, string>) => onChange(put(source, { pagination: next.type === 'auto' && Object.keys(next).length === 1 ? undefined : next }));
  const error = (key: string) => errors[`source.pagination.${key}`] ?? errors[`source.pagination.${type}.${key}`];
  return (
    <div className="stack" style={{ gap: 10 }}>
      <Choice label="How does one get the next page?" value={type} choices={KINDS} error={errors['source.pagination']} onChange={(next) => keep({ type: next } as Exclude<Pagination, string>)} />
      {paging.type !== 'none' && paging.type !== 'auto' && (
        <div className="form-grid">
          {(paging.type === 'page' || paging.type === 'offset') && (
            <>
              <TextField label="Parameter" value={paging.param} placeholder={paging.type} onChange={(param) => keep(put(paging, { param }))} />
              <TextField label="First one" type="number" min={0} value={paging.start} placeholder={paging.type === 'page' ? '1' : '0'} onChange={(next) => keep(put(paging, { start: number(next) }))} />
            </>
          )}
          {paging.type === 'page' && (
            <>
              <TextField label="Parameter for the rows of a page" value={paging.size_param} placeholder="such as per_page" error={error('size_param')} onChange={(size_param) => keep(put(paging, { size_param }))} />
              <TextField label="Rows of a page" type="number" min={1} value={paging.size} placeholder="As the API likes" error={error('size')} onChange={(next) => keep(put(paging, { size: number(next) }))} />
            </>
          )}
          {paging.type === 'offset' && (
            <>
              <TextField label="Parameter for the rows of a piece" value={paging.limit_param} placeholder="limit" onChange={(limit_param) => keep(put(paging, { limit_param }))} />
              <TextField label="Rows of a piece" type="number" min={1} value={paging.limit} placeholder="100" onChange={(next) => keep(put(paging, { limit: number(next) }))} />
            </>
          )}
          {paging.type === 'cursor' && (
            <>
              <TextField label="Where the cursor is in the answer" value={paging.path} placeholder="such as $.meta.next_cursor" error={error('path') ?? errors['source.pagination.cursor']} onChange={(path) => keep(put(paging, { path }))} />
              <TextField label="Parameter that sends it" value={paging.param} placeholder="cursor" onChange={(param) => keep(put(paging, { param }))} />
            </>
          )}
          {paging.type === 'next_link' && <TextField label="Where the link is in the answer" value={paging.path} placeholder="$.next" onChange={(path) => keep(put(paging, { path }))} />}
          {paging.type === 'link_header' && <TextField label="Name of the link" value={paging.rel} placeholder="next" onChange={(rel) => keep(put(paging, { rel }))} />}
          <TextField label="Most pages" type="number" min={1} value={paging.max_pages} placeholder="All" onChange={(next) => keep(put(paging, { max_pages: number(next) }))} />
        </div>
      )}
    </div>
  );
}
