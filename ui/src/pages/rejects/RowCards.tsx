import type { S } from '@/api/client';
import { causeWords, reasonWords } from '@/components/causes';
import { Icon } from '@/components/icons';
import { Value } from './Cell';
import { verdictOf, wrongNow } from './data';
import { textOf } from './fields';
import type { About } from './Fixer';
import { StateWord, VerdictTag } from './RowParts';
import type { Fix } from './useFix';

/** The same rows on a phone: what is wrong, and a way to the row's fields. */
export function RowCards({ rows, about, fix, open }: { rows: S['Reject'][]; about: About; fix: Fix; open: (row: number) => void }) {
  return (
    <ul className="stack reject-cards" aria-label="Rejected rows">
      {rows.map((reject) => {
        const verdict = verdictOf(reject, fix.checked);
        const bad = wrongNow(reject, verdict, about.bad);
        const fields = about.fields.filter((field) => bad.has(field) || reject.edited.includes(field));
        return (
          <li key={reject.row} className="card">
            <div className="spread">
              <strong>{reject.locator || `row ${reject.row + 1}`}</strong>
              {reject.state !== 'open' && <StateWord state={reject.state} />}
              <VerdictTag verdict={verdict} />
            </div>
            {(verdict && !verdict.passes ? verdict.reasons : reject.reasons).map((one, index) => (
              <p key={index} className={verdict?.passes ? 'reject-reason over' : 'reject-reason'}>{reasonWords(one.message) || causeWords(one.code, one.column)}</p>
            ))}
            {reject.raw !== null && <code className="reject-raw">{reject.raw}</code>}
            <dl className="reject-pairs">
              {fields.map((field) => (
                <div key={field} className={bad.has(field) ? 'bad' : undefined}>
                  <dt className="muted">{field}</dt>
                  <dd>
                    {bad.has(field) && <Icon name="warning" size={13} />} <Value value={textOf(reject.values[field])} />
                    {reject.edited.includes(field) && <span className="muted small"> was <Value value={textOf(reject.original[field])} /></span>}
                  </dd>
                </div>
              ))}
            </dl>
            <button type="button" className="button" style={{ width: '100%' }} onClick={() => open(reject.row)}>
              {reject.state === 'open' ? 'Look and change' : 'Look'}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
