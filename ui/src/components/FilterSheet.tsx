import type { ReactNode } from 'react';
import { Drawer } from 'antd';

interface Props {
  isOpen: boolean;
  close: () => void;
  clear: () => void;
  isClear: boolean;
  children: ReactNode;
}

// The fields scroll within the sheet, so that its buttons stay in sight.
const SCROLLS = { wrapper: { maxHeight: '85dvh' }, section: { maxHeight: '85dvh' } };

/** The filters of a list on a phone, one below the other. */
export default function FilterSheet({ isOpen, close, clear, isClear, children }: Props) {
  return (
    <Drawer
      title="Filters" placement="bottom" size="auto" open={isOpen} onClose={close} styles={SCROLLS}
      footer={
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <button type="button" className="button quiet" onClick={clear} disabled={isClear}>
            Clear filters
          </button>
          <button type="button" className="button primary" onClick={close}>
            Show results
          </button>
        </div>
      }
    >
      <div className="stack filter-sheet">{children}</div>
    </Drawer>
  );
}
