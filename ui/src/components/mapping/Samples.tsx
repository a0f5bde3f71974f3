import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client, type S } from '@/api/client';
import { reasonWords } from '@/components/causes';
import { sentence } from '@/components/ErrorView';
import { Icon } from '@/components/icons';
import { useDebounced } from '@/lib/useDebounced';
import { fieldsOf, type DestinationColumn, type MappingItem } from '@/lib/definition';
import { inputOf, shown, valueAt, type Row } from './trying';

interface Props {
  /** What is done to each row; columns that begin with `before` are shown at the left, with `after` at the right. */
  mapping: MappingItem[];
  /** The whole mapping, whose input is shown where nothing is said before. */
  item: MappingItem;
  sample: Row[];
  columns?: DestinationColumn[];
}

const ROWS = 5;

/** Five rows of the sample that have a value, before and after, as the server makes them. */
export function Samples({ mapping, item, sample, columns = [] }: Props) {
  const [field] = fieldsOf(item);
  const filled = field === undefined ? sample : sample.filter((row) => shown(valueAt(row, field)) !== '');
  const rows = (filled.length ? filled : sample).slice(0, ROWS);
  const asked = useDebounced(JSON.stringify({ rows, mapping, columns }));
  const tried = useQuery({
    queryKey: ['preview-transform', asked],
    queryFn: async ({ signal }) => {
      const { rows: given, mapping: wanted, columns: known } = JSON.parse(asked) as { rows: Row[]; mapping: S['TransformDraft']['mapping']; columns: DestinationColumn[] };
      const draft = known.map(({ name, type }) => ({ name, type, nullable: true, has_default: false, generated: false }));
      const { data } = await client.POST('/api/v1/preview-transform', { body: { rows: given, mapping: wanted, rules: [], columns: draft }, signal });
      return data;
    },
    enabled: rows.length > 0, retry: false, staleTime: 60_000, placeholderData: keepPreviousData,
  });
  if (rows.length === 0) return <p className="muted small">There is no sample to try it on.</p>;
  return (
    <section aria-label="Before and after" aria-busy={tried.isFetching}>
      {tried.error && !tried.isFetching && (
        <p role="alert" className="small" style={{ color: 'var(--error)' }}>
          <Icon name="warning" size={14} /> {sentence(tried.error)}
        </p>
      )}
      {!tried.error && (
        <table className="samples">
          <thead>
            <tr>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <SampleRow key={index} input={inputOf(item, row)} tried={tried.data?.rows[index]} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function SampleRow({ input, tried }: { input: string; tried: S['TriedRowView'] | undefined }) {
  const of = (side: string) => Object.entries(tried?.after ?? {}).filter(([name]) => name.startsWith(side)).map(([, value]) => shown(value));
  const before = of('before');
  const after = of('after');
  return (
    <tr>
      <td>{visible(before.length ? before.join(' · ') : input)}</td>
      <td>
        {tried === undefined ? (
          <span className="muted">…</span>
        ) : tried.after === null ? (
          <span style={{ color: 'var(--error)' }}>
            <Icon name="warning" size={13} /> {reasonWords(tried.problems[0]?.message ?? 'Rejected')}
          </span>
        ) : (
          visible(after.join(' · '))
        )}
      </td>
    </tr>
  );
}

/** Blanks at the ends are to be seen. */
function visible(text: string) {
  if (text === '') return <span className="muted">empty</span>;
  const start = /^\s*/.exec(text)?.[0] ?? '';
  const rest = text.slice(start.length);
  const end = /\s*$/.exec(rest)?.[0] ?? '';
  const dots = (blanks: string) => (blanks ? <span className="blanks" title="blanks">{'·'.repeat(blanks.length)}</span> : null);
  return (
    <>
      {dots(start)}
      {rest.slice(0, rest.length - end.length)}
      {dots(end)}
    </>
  );
}
