import { Dialog } from '@/shell/Dialog';
import { changes, inText } from '@/lib/difference';

interface Props {
  what: string;
  mine: unknown;
  theirs: unknown;
  keepMine: () => void;
  takeTheirs: () => void;
  close: () => void;
}

/** Somebody else saved in the meantime: both side by side, and the choice between them. */
export function Compare({ what, mine, theirs, keepMine, takeTheirs, close }: Props) {
  const found = changes(theirs, mine);
  return (
    <Dialog label={`${what} was changed by somebody else`} close={close}>
      <div className="stack" style={{ padding: 20 }}>
        <h2>{what} was changed by somebody else</h2>
        <p>It was saved while you edited it. This is where the two differ:</p>
        <div role="region" aria-label="Differences" tabIndex={0} style={{ overflow: 'auto', maxHeight: '50vh' }}>
          <table className="plain">
            <thead><tr><th scope="col">Where</th><th scope="col">Mine</th><th scope="col">Theirs</th></tr></thead>
            <tbody>
              {found.map((one) => (
                <tr key={one.path}>
                  <th scope="row"><code>{one.path}</code></th>
                  <td>{inText(one.after)}</td>
                  <td>{inText(one.before)}</td>
                </tr>
              ))}
              {found.length === 0 && <tr><td colSpan={3}>Nothing: both say the same.</td></tr>}
            </tbody>
          </table>
        </div>
        <div className="row">
          <button type="button" className="button primary" onClick={keepMine}>Keep mine</button>
          <button type="button" className="button" onClick={takeTheirs}>Take theirs</button>
          <button type="button" className="button quiet" onClick={close}>Decide later</button>
        </div>
      </div>
    </Dialog>
  );
}
