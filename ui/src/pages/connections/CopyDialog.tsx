import { useState } from 'react';
import { Dialog } from '@/shell/Dialog';
import { sentence } from '@/lib/problems';

interface Props {
  name: string;
  copy: (name: string) => Promise<void>;
  close: () => void;
}

/** Asks for the name of a copy. */
export function CopyDialog({ name, copy, close }: Props) {
  const [given, setGiven] = useState(`${name}-copy`);
  const [refusal, setRefusal] = useState('');
  const [isBusy, setBusy] = useState(false);
  return (
    <Dialog label={`Copy ${name}`} close={close}>
      <form
        className="stack" style={{ padding: 20 }}
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          copy(given.trim()).catch((error: unknown) => { setRefusal(sentence(error)); setBusy(false); });
        }}
      >
        <h2>Copy {name}</h2>
        <label className="field">
          <span>Name of the copy</span>
          <input className="input" autoFocus required maxLength={100} value={given} aria-invalid={refusal ? true : undefined} onChange={(event) => setGiven(event.target.value)} />
          <small>Its passwords and tokens are copied, too.</small>
        </label>
        {refusal && <p className="note error" role="alert">{refusal}</p>}
        <div className="row">
          <button type="submit" className="button primary" disabled={isBusy}>Copy</button>
          <button type="button" className="button quiet" onClick={close}>Cancel</button>
        </div>
      </form>
    </Dialog>
  );
}
