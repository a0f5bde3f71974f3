import { Tag } from '@/components/StateTag';

type Json = Record<string, unknown> | null;

export interface Line {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** Every leaf of a document by its path. */
function leaves(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value) && value.length > 0) value.forEach((one, index) => leaves(one, `${path}[${index}]`, found));
  else if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
    for (const [key, one] of Object.entries(value)) leaves(one, path ? `${path}.${key}` : key, found);
  } else if (path) found.set(path, typeof value === 'string' ? value : JSON.stringify(value));
  return found;
}

/** What differs between two documents, by path. */
export function differences(before: Json, after: Json): Line[] {
  const [old, now] = [leaves(before ?? {}), leaves(after ?? {})];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }))
    .filter((line) => line.before !== line.after);
}

/** Before and after of a change; a word says which is which, not only a colour. */
export function Diff({ before, after }: { before: Json; after: Json }) {
  const lines = differences(before, after);
  if (lines.length === 0) return <p className="muted">Nothing else is known about this.</p>;
  return (
    <dl className="audit-diff">
      {lines.map((line) => (
        <div key={line.path}>
          <dt>
            <code>{line.path}</code>
          </dt>
          <dd>
            {line.before !== undefined && (
              <span className="diff-old">
                <Tag tone="error">Before</Tag> <code>{line.before === '' ? '(empty)' : line.before}</code>
              </span>
            )}
            {line.after !== undefined && (
              <span className="diff-new">
                <Tag tone="success">After</Tag> <code>{line.after === '' ? '(empty)' : line.after}</code>
              </span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
