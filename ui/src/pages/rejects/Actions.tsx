import { useId, useRef, useState } from 'react';
import { App, Modal } from 'antd';
import { useNavigate } from 'react-router';
import { client, type S } from '@/api/client';
import { causeWords } from '@/components/causes';
import { count, plural } from '@/lib/format';
import { selection, useEditedCount, type Filters, type Which } from './data';
import type { Fix } from './useFix';

interface Props {
  run: S['RunView'];
  groups: S['RejectGroups'];
  filters: Filters;
  ticked: ReadonlySet<number>;
  untick: () => void;
  why: string;
  fix: Fix;
}

/** What is done with rows: checked, loaded again, left out for a reason; always with how many. */
export function Actions({ run, groups, filters, ticked, untick, why, fix }: Props) {
  const { message } = App.useApp();
  const go = useNavigate();
  const [chosen, setChosen] = useState<Which | ''>('');
  const [isChecking, setChecking] = useState(false);
  const [dialog, setDialog] = useState<'replay' | 'discard' | ''>('');
  const edited = useEditedCount(run.id, groups.edits > 0);
  const cause = groups.items.find((one) => one.id === filters.cause);
  const numbers: Record<Which, number> = {
    edited: groups.edits > 0 ? (edited.data?.items.length ?? 0) : 0, ticked: ticked.size, cause: cause?.counts.open ?? 0, open: groups.counts.open ?? 0,
  };
  const words: Record<Which, string> = {
    edited: 'Changed rows', ticked: 'Ticked rows', cause: cause ? causeWords(cause.code, cause.column) : '', open: 'All open rows',
  };
  const isMany = edited.data?.next != null;
  const figure = (which: Which) => (which === 'edited' && isMany ? `${numbers.edited} or more` : count(numbers[which]));
  const offered = (['ticked', 'edited', 'cause', 'open'] as const).filter((one) => numbers[one] > 0);
  const which = (chosen && offered.includes(chosen) ? chosen : offered[0]) ?? 'open';
  const rowsWord = which === 'edited' && isMany ? 'changed rows' : plural(numbers[which], 'row');
  const meant = selection(which, filters.cause, ticked);
  const params = { path: { run_id: run.id } };
  if (why) return null;

  const check = async () => {
    setChecking(true);
    const made = await fix.tell(() => client.POST('/api/v1/runs/{run_id}/rejects/check', { params, body: { ...meant, version: 'current', limit: 10_000 } }));
    setChecking(false);
    if (!made?.data) return;
    const isMeant = (reject: S['Reject']) =>
      which === 'open' || (which === 'edited' ? reject.edited.length > 0
        : which === 'ticked' ? meant.rows.includes(reject.row)
        : reject.reasons.some((one) => one.code === cause?.code && one.column === cause.column));
    fix.setChecked({ view: made.data, isMeant, changed: new Set() });
  };
  const replay = async (version: 'current' | 'parent') => {
    const made = await fix.tell(() => client.POST('/api/v1/runs/{run_id}/replay', { params, body: { ...meant, version } }));
    if (!made?.data) return;
    setDialog('');
    void message.success(`The replay of ${rowsWord} has begun.`);
    await fix.refresh();
    void go(`/runs/${made.data.id}`);
  };
  const discard = async (note: string) => {
    const made = await fix.tell(() => client.POST('/api/v1/runs/{run_id}/rejects/discard', { params, body: { ...meant, note } }));
    if (!made?.data) return;
    setDialog('');
    untick();
    fix.setChecked(null);
    void message.success(`${plural(made.data.changed, 'row was', 'rows were')} discarded. They stay here, under “Discarded”, and can be restored.`, 6);
    await fix.refresh();
  };
  const restore = async () => {
    const groupsMeant = filters.cause ? [filters.cause] : [];
    const made = await fix.tell(() => client.POST('/api/v1/runs/{run_id}/rejects/restore', { params, body: { groups: groupsMeant, rows: [], edited: false } }));
    if (!made?.data) return;
    void message.success(`${plural(made.data.changed, 'row is', 'rows are')} open again.`);
    await fix.refresh();
  };
  const discarded = cause ? cause.counts.discarded : groups.counts.discarded;
  return (
    <div className="stack" style={{ gap: 12 }}>
      <div className="reject-actions">
        {offered.length > 0 && (
          <>
            <select className="select" aria-label="Which rows" value={which} onChange={(event) => setChosen(event.target.value as Which)}>
              {offered.map((one) => <option key={one} value={one}>{words[one]} ({figure(one)})</option>)}
            </select>
            <button type="button" className="button" aria-busy={isChecking} onClick={() => !isChecking && void check()}>{isChecking ? 'Checking' : 'Check'}</button>
            <button type="button" className="button primary" onClick={() => setDialog('replay')}>Replay {rowsWord}</button>
            <button type="button" className="button" onClick={() => setDialog('discard')}>Discard</button>
          </>
        )}
        {filters.state === 'discarded' && (discarded ?? 0) > 0 && (
          <button type="button" className="button" onClick={() => void restore()}>Restore {cause ? 'these' : 'all'} {count(discarded)}</button>
        )}
      </div>
      <CheckNote fix={fix} />
      <ReplayDialog isOpen={dialog === 'replay'} rows={rowsWord} close={() => setDialog('')} act={replay} />
      <DiscardDialog isOpen={dialog === 'discard'} rows={rowsWord} close={() => setDialog('')} act={discard} />
    </div>
  );
}

/** What the check found, for all rows together. */
function CheckNote({ fix }: { fix: Fix }) {
  const view = fix.checked?.view;
  const isStale = (fix.checked?.changed.size ?? 0) > 0;
  return (
    <div role="status" className="reject-live">
      {view && (
        <div className={`note ${view.checked === 0 ? '' : view.failed === 0 ? 'success' : 'warning'} row`}>
          <span style={{ flex: 1, minWidth: 200 }}>
            {view.checked > 0 && (
              <strong>
                Of {plural(view.checked, 'row')}, {count(view.passed)} would pass now{view.failed > 0 && ` and ${count(view.failed)} would be rejected again`}.{' '}
              </strong>
            )}
            {view.checked > 0 && 'Nothing was loaded. '}
            {view.remark} {view.warnings.join(' ')} {isStale && 'Rows were changed since: check again.'}
          </span>
          <button type="button" className="button quiet" onClick={() => fix.setChecked(null)}>Close</button>
        </div>
      )}
    </div>
  );
}

function ReplayDialog({ isOpen, rows, close, act }: { isOpen: boolean; rows: string; close: () => void; act: (version: 'current' | 'parent') => Promise<void> }) {
  const name = useId();
  const [version, setVersion] = useState<'current' | 'parent'>('current');
  const [isBusy, setBusy] = useState(false);
  return (
    <Modal
      open={isOpen} onCancel={close} title={`Replay ${rows}`} okText={`Replay ${rows}`} confirmLoading={isBusy}
      onOk={async () => { setBusy(true); await act(version); setBusy(false); }}
    >
      <div className="stack" style={{ gap: 10 }}>
        <p>They are loaded again with their changes, in a run of their own that is linked with this one. What is rejected again waits there.</p>
        <fieldset className="reject-set">
          <legend>With the task</legend>
          <label><input type="radio" name={name} checked={version === 'current'} onChange={() => setVersion('current')} /> as it is now</label>
          <label><input type="radio" name={name} checked={version === 'parent'} onChange={() => setVersion('parent')} /> as it was in this run</label>
        </fieldset>
      </div>
    </Modal>
  );
}

function DiscardDialog({ isOpen, rows, close, act }: { isOpen: boolean; rows: string; close: () => void; act: (note: string) => Promise<void> }) {
  const [note, setNote] = useState('');
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <Modal
      open={isOpen} onCancel={close} title={`Discard ${rows}`} okText={`Discard ${rows}`} okButtonProps={{ danger: true, disabled: note.trim() === '' }}
      confirmLoading={isBusy} afterOpenChange={(open) => open && field.current?.focus()}
      onOk={async () => { setBusy(true); await act(note.trim()); setBusy(false); setNote(''); }}
    >
      <label className="field">
        <span>Why</span>
        <textarea ref={field} className="input" rows={3} maxLength={2000} value={note} onChange={(event) => setNote(event.target.value)} />
        <small>The reason is kept with the rows. They can be restored later.</small>
      </label>
    </Modal>
  );
}
