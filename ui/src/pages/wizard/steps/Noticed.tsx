import { remarkWords } from '@/components/causes';

/** What the server remarked on the way. */
export function Noticed({ lines: given }: { lines: string[] }) {
  const lines = given.map(remarkWords);
  if (lines.length < 2) return lines.map((one) => <p key={one} className="note warning">{one}</p>);
  return (
    <section className="note warning" aria-label="What was noticed">
      <ul style={{ margin: 0, paddingLeft: 18 }}>{lines.map((one) => <li key={one}>{one}</li>)}</ul>
    </section>
  );
}
