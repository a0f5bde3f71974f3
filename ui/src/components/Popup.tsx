import './popup.css';
import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { Icon } from './icons';

interface Props {
  title: string;
  /** What it belongs to: it stands below it where there is room; a sheet at the bottom on a phone. */
  anchor?: Element | null;
  close: () => void;
  /** Over the whole page on a phone; wider elsewhere. */
  large?: boolean;
  children: ReactNode;
}

const GAP = 8;

/** A small window beside what it is about. The browser keeps the focus within, and gives it back at the end. */
export function Popup({ title, anchor, close, large = false, children }: Props) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    if (!shown) return;
    if (!shown.open) shown.showModal();
    const place = () => {
      if (!anchor?.isConnected || innerWidth < 768) return;
      const of = anchor.getBoundingClientRect();
      const left = Math.max(GAP, Math.min(of.left, innerWidth - shown.offsetWidth - GAP));
      const top = Math.max(GAP, Math.min(of.bottom + 6, innerHeight - shown.offsetHeight - GAP));
      Object.assign(shown.style, { margin: '0', left: `${left}px`, top: `${top}px` });
    };
    place();
    const size = new ResizeObserver(place);
    size.observe(shown);
    return () => {
      size.disconnect();
      shown.close();
    };
  }, [anchor]);
  return (
    <dialog
      ref={dialog} className={`popup${large ? ' large' : ''}`} aria-labelledby={id}
      onCancel={(event) => { event.preventDefault(); close(); }}
      onPointerDown={(event) => event.target === dialog.current && close()}
    >
      <div className="popup-box">
        <header className="popup-head">
          <h2 id={id}>{title}</h2>
          <button type="button" className="button quiet icon" aria-label="Close" onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        <div className="popup-body stack">{children}</div>
      </div>
    </dialog>
  );
}
