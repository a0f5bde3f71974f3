import { Cell } from '@/components/SamplePreview';
import { isDirect, targetsOf } from '@/lib/definition';
import { plural } from '@/lib/format';
import type { StepProps } from './context';
import { limitWords, wholeSentence } from './sentences';
import { useWhen } from './when';

/** What will happen, in a sentence that grows, and one row on its way. */
export function Rail({ draft, sample, connections, file, isShort }: StepProps & { isShort: boolean }) {
  const { definition, tile } = draft;
  const row = isShort ? undefined : sample.data?.data[0]; // the mapping shows the rows itself
  const when = useWhen(draft.schedule);
  const mapping = definition.mapping ?? [];
  const pairs: [string, unknown][] = row
    ? mapping.length
      ? mapping.slice(0, 8).map((item) => [targetsOf(item).join(', '), isDirect(item) ? row[item.from] : '…'])
      : Object.entries(row).slice(0, 8)
    : [];
  return (
    <aside className="rail card stack" aria-label="What will happen">
      <h2>What will happen</h2>
      <p>{wholeSentence(definition, tile, connections.active, file?.name)}</p>
      {tile && <p className="muted">{when} {definition.load.table ? limitWords(definition.load) : ''}</p>}
      {pairs.length > 0 && (
        <>
          <h3>{mapping.length ? 'The first row, before transforms' : 'The first row'}</h3>
          <dl className="first-row">
            {pairs.map(([name, value]) => <div key={name}><dt>{name}</dt><dd><Cell value={value} /></dd></div>)}
          </dl>
          {sample.data && sample.data.fields.length > 8 && !mapping.length && <p className="muted small">and {plural(sample.data.fields.length - 8, 'more field')}</p>}
        </>
      )}
    </aside>
  );
}
