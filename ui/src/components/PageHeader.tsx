import { useEffect, type ReactNode } from 'react';

interface Props {
  title: string;
  /** Beside the title: a state, an age. */
  aside?: ReactNode;
  /** What the page is for, or where its thing comes from. */
  children?: ReactNode;
  actions?: ReactNode;
}

/** The page's one h1, its actions, and the tab's title. */
export function PageHeader({ title, aside, children, actions }: Props) {
  useEffect(() => {
    document.title = `${title} – IntakeGateway`;
  }, [title]);
  return (
    <div className="spread" style={{ marginBottom: 16 }}>
      <div style={{ minWidth: 0 }}>
        <div className="row">
          <h1>{title}</h1>
          {aside}
        </div>
        {children && <div className="muted">{children}</div>}
      </div>
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}
