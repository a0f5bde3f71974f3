import type { S } from '@/api/client';
import { groupWord, useWord } from './words';

interface Props {
  connectors: S['ConnectorView'][];
  choose: (one: S['ConnectorView']) => void;
}

/** The kinds of connections, by group. */
export function KindTiles({ connectors, choose }: Props) {
  const groups = [...new Set(connectors.map((one) => one.group))];
  return (
    <div className="stack">
      {groups.map((group) => (
        <section key={group} aria-label={groupWord(group)} className="stack" style={{ gap: 8 }}>
          <h2>{groupWord(group)}</h2>
          <div className="tiles">
            {connectors.filter((one) => one.group === group).map((one) => (
              <button key={one.kind} type="button" className="tile" onClick={() => choose(one)}>
                <strong>{one.title}</strong>
                <span className="muted small">{one.description}</span>
                <span className="small muted">{useWord(one)}{one.is_installed ? '' : ' · driver not installed'}</span>
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
