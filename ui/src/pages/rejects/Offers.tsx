import { useRef, useState } from 'react';
import type { S } from '@/api/client';
import { count, plural } from '@/lib/format';
import { useCan } from '@/api/session';
import { RuleDialog } from './RuleDialog';
import type { Fix } from './useFix';

const said = (value: string | null) => (value === null ? 'no value' : `“${value}”`);

/** After a change: the same for all rows with that value; after that: a rule, so that the next run needs none. */
export function Offers({ fix, run }: { fix: Fix; run: S['RunView'] }) {
  const { offer } = fix;
  const [isBusy, setBusy] = useState(false);
  const [rule, setRule] = useState('');
  const canEdit = useCan('editor');
  const note = useRef<HTMLDivElement>(null);
  const all = async () => {
    if (!offer) return;
    setBusy(true);
    await fix.everywhere(offer);
    setBusy(false);
    note.current?.focus();
  };
  return (
    <>
      <div role="status" className="reject-live">
        {offer && !offer.isDone && (
          <div className="note row">
            <span style={{ flex: 1, minWidth: 200 }}>
              {plural(offer.rows, 'other open row has', 'other open rows have')} {said(offer.old)} in <strong>{offer.field}</strong>, too.
            </span>
            <button type="button" className="button primary" disabled={isBusy} onClick={() => void all()}>
              Change {offer.rows === 1 ? 'it' : `all ${count(offer.rows)}`} to {said(offer.value)}
            </button>
            <button type="button" className="button" onClick={fix.dropOffer}>Leave them</button>
          </div>
        )}
        {offer?.isDone && (
          <div className="note success row" ref={note} tabIndex={-1}>
            <span style={{ flex: 1, minWidth: 200 }}>
              {plural(offer.rows, 'row was', 'rows were')} changed: {said(offer.old)} is now {said(offer.value)} in <strong>{offer.field}</strong>.
            </span>
            {canEdit && run.task_id && (
              <button type="button" className="button" onClick={() => setRule(offer.field)}>Make this a rule</button>
            )}
            <button type="button" className="button" onClick={() => void fix.undo()}>Undo</button>
            <button type="button" className="button quiet" onClick={fix.dropOffer}>Close</button>
          </div>
        )}
      </div>
      {rule && <RuleDialog run={run} field={rule} close={() => setRule('')} />}
    </>
  );
}
