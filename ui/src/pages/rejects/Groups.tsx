import type { S } from '@/api/client';
import { causeWords, reasonWords } from '@/components/causes';
import { Icon } from '@/components/icons';
import { count, plural } from '@/lib/format';
import { useNarrow } from '@/lib/useMedia';

interface Props {
  groups: S['RejectGroups'];
  chosen: string;
  choose: (cause: string) => void;
}

/** The causes with how many rows each has; on a phone one list to choose from. */
export function Groups({ groups, chosen, choose }: Props) {
  const isNarrow = useNarrow();
  const { counts, items } = groups;
  if (isNarrow) {
    return (
      <label className="field">
        <span>Cause</span>
        <select className="select" value={chosen} onChange={(event) => choose(event.target.value)}>
          <option value="">All causes ({count(counts.total)})</option>
          {items.map((one) => (
            <option key={one.id} value={one.id}>
              {causeWords(one.code, one.column)} ({count(one.count)})
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <nav className="reject-causes" aria-label="Causes">
      <h2>Why</h2>
      <ul>
        <li>
          <button type="button" aria-current={chosen === ''} onClick={() => choose('')}>
            <span className="spread">
              <strong>All causes</strong>
              <span className="number">{count(counts.total)}</span>
            </span>
            <Left counts={counts} />
          </button>
        </li>
        {items.map((one) => (
          <li key={one.id}>
            <button type="button" aria-current={chosen === one.id} onClick={() => choose(one.id)}>
              <span className="spread" style={{ flexWrap: 'nowrap' }}>
                <strong>{causeWords(one.code, one.column)}</strong>
                <span className="number">{count(one.count)}</span>
              </span>
              <span className="muted small reject-example" title={reasonWords(one.message)}>{reasonWords(one.message)}</span>
              <Left counts={one.counts} />
            </button>
          </li>
        ))}
      </ul>
      {items.length > 1 && <p className="muted small">A row with several causes is counted in each of them.</p>}
    </nav>
  );
}

function Left({ counts }: { counts: S['RejectCounts'] }) {
  if (counts.open === counts.total) return null;
  const parts = [
    [counts.open, 'open'], [counts.replaying, 'being replayed'], [counts.replayed, 'replayed'], [counts.discarded, 'discarded'],
  ] as const;
  if (counts.open === 0) {
    return (
      <span className="small reject-done">
        <Icon name="check" size={12} /> None left ({parts.filter(([n]) => n).map(([n, word]) => `${count(n)} ${word}`).join(', ')})
      </span>
    );
  }
  return <span className="muted small">{parts.filter(([n]) => n).map(([n, word]) => `${count(n)} ${word}`).join(', ')}</span>;
}

/** "52 open, 3 replayed". */
export const countWords = (counts: S['RejectCounts']): string => plural(counts.open ?? 0, 'row is open', 'rows are open');
