/** What another file had no field for, and the way back. */
export function Dropped({ lines, putBack, close }: { lines: string[]; putBack: () => void; close: () => void }) {
  if (lines.length === 0) return null;
  return (
    <section className="note warning stack" role="status" aria-label="What was left out" style={{ gap: 8 }}>
      <p><strong>Another file was chosen. What it has the fields for was kept; this was left out:</strong></p>
      <ul style={{ margin: 0, paddingLeft: 18, maxHeight: 200, overflow: 'auto' }} tabIndex={lines.length > 8 ? 0 : undefined}>{lines.map((one) => <li key={one}>{one}</li>)}</ul>
      <div className="row">
        <button type="button" className="button" onClick={close}>All right</button>
        <button type="button" className="button quiet" onClick={putBack}>Put it back</button>
      </div>
    </section>
  );
}
