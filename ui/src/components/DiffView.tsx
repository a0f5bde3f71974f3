import './diff.css';
import { inText, type Change } from '@/lib/difference';

interface Props {
  /** What is compared, for screen readers: "Version 2 and version 3". */
  label: string;
  changes: Change[];
  /** The headings of the two sides. */
  before: string;
  after: string;
  /** A place in words; left out: as it is, in code. */
  place?: (path: string) => string;
}

/** What differs between two definitions, place by place. */
export function DiffView({ label, changes, before, after, place }: Props) {
  if (changes.length === 0) return <p className="muted">Nothing differs.</p>;
  return (
    <table className="diff" aria-label={label}>
      <thead>
        <tr>
          <th scope="col">Where</th>
          <th scope="col">{before}</th>
          <th scope="col">{after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((one) => (
          <tr key={one.path}>
            <th scope="row">{place ? place(one.path) : <code>{one.path}</code>}</th>
            <td className="was" data-label={before}>
              <Value value={one.before} />
            </td>
            <td className="is" data-label={after}>
              <Value value={one.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span className="muted">not there</span>;
  return <code>{inText(value)}</code>;
}
