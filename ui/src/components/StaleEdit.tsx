import { Modal } from 'antd';
import { changes } from '@/lib/difference';
import { DiffView } from './DiffView';

type Spoken = Record<string, unknown>;
interface Props {
  /** What was edited: "this task". */
  what: string;
  /** By the words that the page has for its fields. */
  mine: Spoken;
  /** As it is on the server now, in the same way. */
  theirs: Spoken;
  /** Save mine over theirs: with the version that is there now. */
  keepMine: () => void;
  /** Throw mine away. */
  takeTheirs: () => void;
  /** Go on editing. */
  close: () => void;
  isSaving?: boolean;
}

/** Somebody else was faster: both sides, and the choice between them. Render it while there is a conflict. */
export function StaleEdit({ what, mine, theirs, keepMine, takeTheirs, close, isSaving }: Props) {
  return (
    <Modal
      open title={`Somebody else has changed ${what}`} onCancel={close} width={760}
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <button type="button" className="button quiet" onClick={close}>
            Go on editing
          </button>
          <button type="button" className="button" onClick={takeTheirs}>
            Take theirs
          </button>
          <button type="button" className="button primary" onClick={keepMine} disabled={isSaving}>
            Keep mine
          </button>
        </div>
      }
    >
      <p style={{ marginBottom: 12 }}>
        It was saved by somebody else after you opened it. “Keep mine” saves your version over theirs; “Take theirs” drops your
        changes.
      </p>
      <div role="region" aria-label="What differs" tabIndex={0} style={{ maxHeight: '50vh', overflow: 'auto' }}>
        <DiffView label="Mine and theirs" changes={changes(mine, theirs)} before="Mine" after="Theirs" place={(words) => words} />
      </div>
    </Modal>
  );
}
