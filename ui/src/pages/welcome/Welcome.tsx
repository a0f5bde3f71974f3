import './welcome.css';
import { useEffect, type ReactNode } from 'react';
import { url } from '@/base';
import { Icon } from '@/components/icons';

interface Props {
  title: string;
  /** One sentence under the title. */
  lead?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}

/** The frame of the pages that come before signing in. */
export function Welcome({ title, lead, children, wide = false }: Props) {
  useEffect(() => {
    document.title = `${title} – IntakeGateway`;
  }, [title]);
  return (
    <div className="welcome">
      <main className={wide ? 'welcome-box wide' : 'welcome-box'}>
        <p className="welcome-brand">
          <img src={url('/favicon.svg')} alt="" width="40" height="40" />
          <span>IntakeGateway</span>
        </p>
        <div className="card welcome-card">
          <h1>{title}</h1>
          {lead && <p className="muted welcome-lead">{lead}</p>}
          {children}
        </div>
        <p className="welcome-foot muted small">Any file, API or query into a table. Every row accounted for.</p>
      </main>
    </div>
  );
}

/** What went wrong with the whole form. */
export function Trouble({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="note error welcome-trouble">
      <Icon name="warning" size={16} />
      <span>{children}</span>
    </div>
  );
}
