import { useState } from 'react';
import { Drawer } from 'antd';
import type { S } from '@/api/client';
import { causeWords, reasonWords, stepOfReason } from '@/components/causes';
import { titleOf } from '@/components/mapping/options';
import { useNarrow } from '@/lib/useMedia';
import { Value } from './Cell';
import { verdictOf, wrongNow } from './data';
import { textOf } from './fields';
import type { About } from './Fixer';
import { StateWord, VerdictTag } from './RowParts';
import type { Fix } from './useFix';

interface Props {
  reject: S['Reject'] | null;
  about: About;
  fix: Fix;
  isFixed: boolean;
  close: () => void;
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
}

/** All of one row: why it was rejected, the line as it was read, and its fields to change. */
export function RowDrawer({ reject, previous, next, close, ...rest }: Props) {
  const isNarrow = useNarrow();
  return (
    <Drawer
      open={reject !== null} onClose={close} size={isNarrow ? '92%' : 520} placement={isNarrow ? 'bottom' : 'right'} destroyOnHidden
      title={reject ? reject.locator || `Row ${reject.row + 1}` : ''}
      footer={
        <div className="spread">
          <button type="button" className="button" disabled={!previous} onClick={previous}>Previous row</button>
          <button type="button" className="button" disabled={!next} onClick={next}>Next row</button>
        </div>
      }
    >
      {reject && <Row key={reject.row} reject={reject} {...rest} />}
    </Drawer>
  );
}

function Row({ reject, about, fix, isFixed }: { reject: S['Reject'] } & Pick<Props, 'about' | 'fix' | 'isFixed'>) {
  const verdict = verdictOf(reject, fix.checked);
  const bad = wrongNow(reject, verdict, about.bad);
  const canChange = !isFixed && reject.state === 'open';
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [isSaving, setSaving] = useState(false);
  const changed = Object.entries(texts).filter(([field, text]) => text !== (textOf(reject.values[field]) ?? ''));
  const save = async () => {
    setSaving(true);
    const edits = changed.map(([field, text]) => ({ row: reject.row, field, value: text === '' ? null : text }));
    const [only] = edits;
    const isSaved = edits.length === 1 && only
      ? await fix.cell(reject.row, only.field, textOf(reject.values[only.field]), only.value)
      : await fix.rows(edits);
    if (isSaved) setTexts({});
    setSaving(false);
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void save(); }}>
      <section className="stack" style={{ gap: 6 }} aria-label="Reasons">
        <div className="row">
          <StateWord state={reject.state} />
          <VerdictTag verdict={verdict} />
        </div>
        <ul className="reject-reasons">
          {(verdict && !verdict.passes ? verdict.reasons : reject.reasons).map((one, index) => (
            <li key={index}>
              <strong>{causeWords(one.code, one.column)}</strong>
              <span>{reasonWords(one.message)}</span>
              {stepOfReason(one.message) && <span className="muted small">In the step “{titleOf(stepOfReason(one.message))}” of the mapping.</span>}
            </li>
          ))}
        </ul>
      </section>
      {reject.raw !== null && (
        <section aria-label="The line as it was read">
          <h3>The line as it was read</h3>
          <pre className="reject-line" tabIndex={0}>{reject.raw}</pre>
          {canChange && <p className="muted small">It could not be taken apart. Give its fields their values below, and it becomes a row.</p>}
        </section>
      )}
      <div className="stack" style={{ gap: 12 }}>
        {about.fields.map((field) => {
          const value = textOf(reject.values[field]);
          const hint = about.hint(field);
          const isBad = bad.has(field);
          const text = texts[field] ?? value ?? '';
          const shared = {
            className: 'input', value: text, readOnly: !canChange, 'aria-invalid': isBad, spellCheck: false, autoComplete: 'off',
            placeholder: value === null ? 'none' : undefined,
            onChange: (event: { target: { value: string } }) => setTexts({ ...texts, [field]: event.target.value }),
          } as const;
          return (
            <label key={field} className="field">
              <span>{field}</span>
              {text.includes('\n') || text.length > 80
                ? <textarea {...shared} rows={3} />
                : <input {...shared} inputMode={hint.kind === 'integer' ? 'numeric' : hint.kind === 'number' ? 'decimal' : undefined} />}
              <small>
                {isBad && <strong className="field-error">{bad.get(field)} </strong>}
                {reject.edited.includes(field) && <>Was <Value value={textOf(reject.original[field])} />. </>}
                {isBad && hint.words}
              </small>
            </label>
          );
        })}
      </div>
      {canChange && (
        <div className="reject-save">
          <button type="submit" className="button primary" disabled={changed.length === 0 || isSaving}>
            {changed.length === 0 ? 'Nothing changed' : changed.length === 1 ? 'Save 1 change' : `Save ${changed.length} changes`}
          </button>
        </div>
      )}
    </form>
  );
}
