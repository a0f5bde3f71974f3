import { Dropdown } from 'antd';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { Icon } from './icons';

export interface Entry {
  key: string;
  label: string;
  /** Where it leads, or what it does. */
  to?: string;
  act?: () => void;
  danger?: boolean;
  /** Why it cannot be done; then it is shown and dead. */
  not?: string;
}

interface Props {
  /** What the menu is about: "More for orders". */
  label: string;
  entries: (Entry | 'line')[];
  /** The button's content; left out: three dots. */
  children?: ReactNode;
  disabled?: boolean;
}

/** A button with more things to do. */
export function Menu({ label, entries, children, disabled }: Props) {
  const go = useNavigate();
  return (
    <Dropdown
      trigger={['click']} disabled={disabled}
      menu={{
        items: entries.map((one, index) =>
          one === 'line'
            ? { type: 'divider' as const, key: index }
            : { key: one.key, label: one.not ? `${one.label} (${one.not})` : one.label, danger: one.danger, disabled: one.not !== undefined, onClick: () => (one.to ? void go(one.to) : one.act?.()) },
        ),
      }}
    >
      <button type="button" className={children ? 'button' : 'button quiet icon'} aria-haspopup="menu" aria-label={label} disabled={disabled}>
        {children ?? <Icon name="dots" />}
      </button>
    </Dropdown>
  );
}
