import { useState } from 'react';
import { api, type S } from '@/api/client';
import { Popup } from '@/components/Popup';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { percent, plural } from '@/lib/format';

/** Below it nothing is proposed; from SURE on it is accepted with one button. */
const LEAST = 0.6;
const SURE = 0.8;

interface Props {
  /** Fields that nothing uses, and columns that nothing fills. */
  fields: string[];
  columns: string[];
  project: string;
  anchor: Element | null;
  accept: (matches: S['MatchView'][]) => void;
  close: () => void;
}

/** What seems to belong together, with how sure that is and why. Nothing is taken unasked. */
export function AutoMatch({ fields, columns, project, anchor, accept, close }: Props) {
  // What was asked for at first: accepting one proposal does not ask for all others again.
  const [asked] = useState({ fields, columns, history: true });
  const query = api.useQuery('post', '/api/v1/auto-match', { params: { query: { project } }, body: asked }, { staleTime: 30_000 });
  return (
    <Popup title="Match by name" anchor={anchor} close={close} large>
      <QueryBoundary what="Proposals" query={query} skeleton={<Skeleton rows={4} />}>
        {(found) => {
          const left = found.filter((one) => one.score >= LEAST && columns.includes(one.column) && fields.includes(one.field));
          const sure = left.filter((one) => one.score >= SURE);
          if (left.length === 0) {
            return (
              <p role="status">
                {found.length && found.some((one) => one.score >= LEAST) ? 'All proposals are taken.' : 'No field has a name like one of the columns that are left. Choose the fields by hand.'}
              </p>
            );
          }
          return (
            <>
              <div className="spread">
                <span role="status">{plural(left.length, 'proposal')}</span>
                <button type="button" className="button primary" disabled={sure.length === 0} onClick={() => accept(sure)}>
                  Accept all that are sure ({sure.length})
                </button>
              </div>
              <ul className="matches" aria-label="Proposals">
                {left.map((one) => (
                  <li key={`${one.field} ${one.column}`}>
                    <span className="match-pair">
                      <strong>{one.column}</strong> <span className="muted">←</span> <span>{one.field}</span>
                    </span>
                    <span className={`tag ${one.score >= SURE ? 'success' : 'warning'}`}>{percent(one.score)}</span>
                    <span className="small muted">{one.reason}</span>
                    <button type="button" className="button" aria-label={`Accept ${one.field} for ${one.column}`} onClick={() => accept([one])}>
                      Accept
                    </button>
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </QueryBoundary>
    </Popup>
  );
}
