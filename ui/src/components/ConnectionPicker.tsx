import '@/pages/connections/connections.css';
import { useId, useRef, useState } from 'react';
import { Drawer } from 'antd';
import { api, type S } from '@/api/client';
import { useCan, useProject } from '@/api/session';
import { useNarrow } from '@/lib/useMedia';
import { ConnectionForm } from '@/pages/connections/ConnectionForm';
import { KindTiles } from '@/pages/connections/KindTiles';
import { STATES, stateOf } from '@/pages/connections/words';
import { ErrorView } from './ErrorView';
import { Icon } from './icons';
import { Tag } from './StateTag';

interface Props {
  label: string;
  /** The name of the chosen one; empty: none. */
  value: string;
  onChange: (name: string, one: S['ConnectionView'] | undefined) => void;
  /** Which ones fit. */
  use: 'source' | 'destination';
  /** The kind of source that it must be for. */
  sourceKind?: string;
  /** What no choice means; left out: one must be chosen. */
  none?: string;
  help?: string;
  error?: string;
}

/** Choose a connection, or make one without leaving the page. */
export function ConnectionPicker({ label, value, onChange, use, sourceKind, none, help, error }: Props) {
  const id = useId();
  const project = useProject();
  const may = useCan('editor');
  const opener = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  const found = api.useQuery('get', '/api/v1/connections', { params: { query: { project, limit: 500 } } });
  const connectors = api.useQuery('get', '/api/v1/connectors', {}, { staleTime: Infinity });
  const fits = (one: { kind: string; source: boolean; destination: boolean }) =>
    (use === 'source' ? one.source : one.destination) &&
    (sourceKind === undefined || connectors.data?.find((kind) => kind.kind === one.kind)?.source_kind === sourceKind);
  const items = found.data?.items.filter(fits) ?? [];
  const chosen = found.data?.items.find((one) => one.name === value);
  const isUnknown = value !== '' && found.data !== undefined && !chosen;
  if (found.error && !found.data) return <ErrorView what="The connections" error={found.error} retry={() => void found.refetch()} />;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="row" style={{ alignItems: 'stretch' }}>
        <select
          id={id} className="select" style={{ flex: '1 1 200px', width: 'auto' }} value={value} aria-invalid={error || isUnknown ? true : undefined}
          aria-describedby={`${id}-note`} disabled={found.isPending}
          onChange={(event) => onChange(event.target.value, items.find((one) => one.name === event.target.value))}
        >
          {found.isPending ? <option value={value}>Loading the connections …</option> : <option value="">{none ?? (items.length ? 'Choose one' : 'There is none yet')}</option>}
          {isUnknown && <option value={value}>{value} (not there any more)</option>}
          {items.map((one) => <option key={one.id} value={one.name}>{one.name} ({one.title})</option>)}
        </select>
        {may && <button type="button" className="button" ref={opener} onClick={() => setOpen(true)}><Icon name="plus" size={14} /> New connection</button>}
      </div>
      <small id={`${id}-note`}>
        {error && <span className="bad" style={{ color: 'var(--error)' }}>{error} </span>}
        {chosen ? <span className="row"><Tag tone={STATES[stateOf(chosen)][1]} icon={STATES[stateOf(chosen)][2]}>{STATES[stateOf(chosen)][0]}</Tag><code>{chosen.address}</code></span> : help}
      </small>
      {isOpen && (
        <NewInDrawer
          connectors={connectors.data?.filter(fits) ?? []}
          close={() => { setOpen(false); requestAnimationFrame(() => opener.current?.focus()); }}
          onMade={(one) => { setOpen(false); onChange(one.name, one); requestAnimationFrame(() => document.getElementById(id)?.focus()); }}
        />
      )}
    </div>
  );
}

interface DrawerProps {
  connectors: S['ConnectorView'][];
  close: () => void;
  onMade: (one: S['ConnectionView']) => void;
}

function NewInDrawer({ connectors, close, onMade }: DrawerProps) {
  const isNarrow = useNarrow();
  const only = connectors.length === 1 ? connectors[0] : undefined;
  const [kind, setKind] = useState(only);
  return (
    <Drawer
      open size={isNarrow ? '92%' : 640} placement={isNarrow ? 'bottom' : 'right'} onClose={close} destroyOnHidden
      title={kind ? `New connection: ${kind.title}` : 'New connection'}
    >
      <div className="contained stack">
        {kind ? (
          <>
            {!only && <div><button type="button" className="button quiet" onClick={() => setKind(undefined)}>Choose another kind</button></div>}
            <ConnectionForm key={kind.kind} connector={kind} onSaved={onMade} onCancel={close} />
          </>
        ) : (
          <KindTiles connectors={connectors} choose={setKind} />
        )}
      </div>
    </Drawer>
  );
}
