import { useState } from 'react';
import { Drawer } from 'antd';
import type { S } from '@/api/client';
import { useCan } from '@/api/session';
import { useConfirmDanger } from '@/components/confirm';
import { RelativeTime } from '@/components/RelativeTime';
import { count, plural } from '@/lib/format';
import { Value } from './Cell';
import { RuleDialog } from './RuleDialog';
import type { Fix } from './useFix';

interface Props {
  run: S['RunView'];
  edits: S['EditView'][];
  total: number;
  fix: Fix;
  why: string;
}

/** What was changed so far, with the ways back, and rules made of it. */
export function Changes({ run, edits, total, fix, why }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [rule, setRule] = useState('');
  const confirm = useConfirmDanger();
  const canEdit = useCan('editor');
  if (total === 0) return null;
  const fields = [...new Set(edits.filter((one) => one.row === null).map((one) => one.field))];
  return (
    <>
      {!why && <button type="button" className="button" onClick={() => void fix.undo()} title="Take the latest change back (Ctrl+Z)">Undo</button>}
      <button type="button" className="button" onClick={() => setOpen(true)}>Changes ({count(total)})</button>
      <Drawer open={isOpen} onClose={() => setOpen(false)} title="Changes" size={480}>
        <div className="stack">
          <p className="muted">Nothing of this is loaded before the rows are replayed.</p>
          {canEdit && run.task_id && fields.length > 0 && (
            <div className="row">
              {fields.map((field) => (
                <button key={field} type="button" className="button" onClick={() => setRule(field)}>Make a rule of the changes in {field}</button>
              ))}
            </div>
          )}
          <ol className="reject-changes">
            {edits.map((one) => (
              <li key={one.id}>
                <strong>{one.field}</strong>: <Value value={one.old} /> → <Value value={one.new} />
                <div className="muted small">
                  {one.row === null ? 'In all rows with this value' : `In row ${count(one.row + 1)}`}, <RelativeTime at={one.edited_at} />
                </div>
              </li>
            ))}
          </ol>
          {total > edits.length && <p className="muted small">The latest {edits.length} of {count(total)}.</p>}
          {!why && (
            <div className="row">
              <button type="button" className="button" onClick={() => void fix.undo()}>Undo the latest</button>
              <button
                type="button" className="button"
                onClick={() => confirm({
                  title: 'Take all changes back?', text: `${plural(total, 'change is', 'changes are')} lost; the rows are as they were read.`,
                  verb: 'Take all back', act: async () => { await fix.clear(); setOpen(false); },
                })}
              >
                Take all back
              </button>
            </div>
          )}
        </div>
      </Drawer>
      {rule && <RuleDialog run={run} field={rule} close={() => setRule('')} />}
    </>
  );
}
