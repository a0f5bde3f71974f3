import { useState } from 'react';
import { App, Input, Popover } from 'antd';
import { useMe } from '@/api/session';
import { Icon } from '@/components/icons';

export interface View {
  name: string;
  values: Record<string, string>;
}

interface Props {
  /** Which list the views are of. */
  list: string;
  values: Record<string, string>;
  set: (values: Record<string, string>) => void;
}

function read(key: string): View[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(found) ? found.filter((one): one is View => typeof one?.name === 'string' && typeof one?.values === 'object') : [];
  } catch {
    return []; // A browser that keeps nothing, or something else under the name.
  }
}

/** Filters under a name, kept for this person in this browser. */
export function SavedViews({ list, values, set }: Props) {
  const me = useMe();
  const key = `intakegateway.views.${list}.${me.user.id}`;
  const [views, setViews] = useState(() => read(key));
  const [name, setName] = useState('');
  const [isOpen, setOpen] = useState(false);
  const { message } = App.useApp();
  const isFiltered = Object.values(values).some(Boolean);
  const keep = (next: View[]) => {
    setViews(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      void message.warning('This browser keeps nothing: the view is gone when the page is closed.');
    }
  };
  const save = () => {
    const called = name.trim();
    if (!called) return;
    keep([...views.filter((one) => one.name !== called), { name: called, values }]);
    setName('');
  };
  return (
    <Popover
      trigger="click" placement="bottomRight" open={isOpen} onOpenChange={setOpen}
      content={
        <div className="stack" style={{ gap: 10, width: 260 }} role="group" aria-label="Saved views">
          {views.length === 0 && <p className="muted">Save the filters that you use often, and come back to them with one click.</p>}
          {views.map((one) => (
            <div key={one.name} className="spread" style={{ flexWrap: 'nowrap' }}>
              <button type="button" className="button quiet ellipsis" style={{ flex: 1, justifyContent: 'flex-start' }} onClick={() => { set(one.values); setOpen(false); }}>{one.name}</button>
              <button type="button" className="button quiet icon" aria-label={`Forget the view ${one.name}`} onClick={() => keep(views.filter((other) => other !== one))}><Icon name="close" size={14} /></button>
            </div>
          ))}
          <form className="row" style={{ flexWrap: 'nowrap' }} onSubmit={(event) => { event.preventDefault(); save(); }}>
            <Input value={name} onChange={(event) => setName(event.target.value)} placeholder="Name of this view" aria-label="Name of this view" maxLength={60} disabled={!isFiltered} />
            <button type="submit" className="button" disabled={!isFiltered || !name.trim()}>Save</button>
          </form>
          {!isFiltered && <p className="muted small">Set a filter first, then save it here.</p>}
        </div>
      }
    >
      <button type="button" className="button">Views{views.length > 0 ? ` (${views.length})` : ''}</button>
    </Popover>
  );
}
