import { useState } from 'react';
import { Modal } from 'antd';
import { Icon } from '@/components/icons';

export interface Shown {
  title: string;
  /** What it is for, and that it is not shown again. */
  text: string;
  label: string;
  value: string;
}

/** Something that is shown once: it can be copied, and is gone when the dialog is closed. */
export function ShownOnce({ shown, close }: { shown: Shown | undefined; close: () => void }) {
  return (
    <Modal open={shown !== undefined} title={shown?.title} footer={null} onCancel={close} destroyOnHidden mask={{ closable: false }}>
      {shown && <Content shown={shown} close={close} />}
    </Modal>
  );
}

function Content({ shown, close }: { shown: Shown; close: () => void }) {
  return (
    <div className="stack">
      <p>{shown.text}</p>
      <Copyable label={shown.label} value={shown.value} />
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <button type="button" className="button primary" onClick={close}>
          I have kept it
        </button>
      </div>
    </div>
  );
}

/** A text with a button that copies it. */
export function Copyable({ label, value }: { label: string; value: string }) {
  const [said, setSaid] = useState('');
  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setSaid('Copied.');
    } catch {
      setSaid('The browser did not allow it. Select the text and copy it.');
    }
  }
  return (
    <div>
      <div className="row" style={{ flexWrap: 'nowrap' }}>
        <input className="input" readOnly aria-label={label} value={value} onFocus={(event) => event.target.select()} style={{ fontFamily: 'var(--mono)' }} />
        <button type="button" className="button" onClick={() => void copy()}>
          <Icon name="copy" size={16} />
          Copy
        </button>
      </div>
      <p role="status" className="muted small">
        {said}
      </p>
    </div>
  );
}
