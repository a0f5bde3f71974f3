import { Icon } from '@/components/icons';
import type { JoinMapping, SplitMapping } from '@/lib/definition';
import { moved } from './edit';
import { FieldCombo, type Choice } from './FieldCombo';

/** Several fields into one column. */
export function JoinForm({ item, choices, set }: { item: JoinMapping; choices: Choice[]; set: (join: JoinMapping['join']) => void }) {
  const { from } = item.join;
  const change = (next: string[]) => set({ ...item.join, from: next });
  return (
    <>
      <div className="field">
        <span>Fields, in their order</span>
        <ol className="order">
          {from.map((field, index) => (
            <li key={`${index} ${field}`}>
              <span className="ellipsis">{field}</span>
              <button type="button" className="button quiet icon" aria-label={`Move ${field} up`} disabled={index === 0} onClick={() => change(moved(from, index, index - 1))}>
                <Icon name="up" size={14} />
              </button>
              <button type="button" className="button quiet icon" aria-label={`Move ${field} down`} disabled={index === from.length - 1} onClick={() => change(moved(from, index, index + 1))}>
                <Icon name="down" size={14} />
              </button>
              <button type="button" className="button quiet icon" aria-label={`Take ${field} away`} disabled={from.length === 1} onClick={() => change(from.toSpliced(index, 1))}>
                <Icon name="cross" size={14} />
              </button>
            </li>
          ))}
        </ol>
        <FieldCombo label="Add a field" value="" placeholder="Add a field" choices={choices} pick={(field) => change([...from, field])} />
      </div>
      <label className="field">
        <span>Text between them</span>
        <input className="input" value={item.join.with ?? ' '} onChange={(event) => set({ ...item.join, with: event.target.value })} />
        <small>Empty fields are left out.</small>
      </label>
    </>
  );
}

/** One field into several columns. */
export function SplitForm({ item, choices, columns, set }: { item: SplitMapping; choices: Choice[]; columns: string[]; set: (to: string[], split: SplitMapping['split']) => void }) {
  const { split, to } = item;
  const byPattern = split.pattern !== undefined && split.pattern !== null;
  const free = columns.filter((one) => !to.includes(one));
  return (
    <>
      <div className="field">
        <span>Field</span>
        <FieldCombo label="Field to split" value={split.from} choices={choices} pick={(from) => set(to, { ...split, from })} />
      </div>
      <div className="field">
        <label>
          Cut it{' '}
          <select className="select" value={byPattern ? 'pattern' : 'by'} onChange={(event) => set(to, event.target.value === 'by' ? { from: split.from, by: ' ' } : { from: split.from, pattern: '^(\\S+)\\s+(.*)$' })}>
            <option value="by">at a text</option>
            <option value="pattern">by a pattern with groups</option>
          </select>
        </label>
        <input
          className="input" aria-label={byPattern ? 'Pattern' : 'Text to cut at'} value={(byPattern ? split.pattern : split.by) ?? ''} spellCheck={false}
          onChange={(event) => set(to, byPattern ? { from: split.from, pattern: event.target.value } : { from: split.from, by: event.target.value })}
        />
        <small>{byPattern ? 'One group in brackets for each column. A value that does not match rejects its row.' : `${split.by === ' ' ? 'Now: one blank.' : 'A blank, a comma, a dash …'} The last column keeps what is left over.`}</small>
      </div>
      <div className="field">
        <span>Columns, in the order of the parts</span>
        <ol className="order">
          {to.map((column, index) => (
            <li key={column}>
              <span className="ellipsis">{column}</span>
              <button type="button" className="button quiet icon" aria-label={`Move ${column} up`} disabled={index === 0} onClick={() => set(moved(to, index, index - 1), split)}>
                <Icon name="up" size={14} />
              </button>
              <button type="button" className="button quiet icon" aria-label={`Move ${column} down`} disabled={index === to.length - 1} onClick={() => set(moved(to, index, index + 1), split)}>
                <Icon name="down" size={14} />
              </button>
              <button type="button" className="button quiet icon" aria-label={`Take ${column} away`} disabled={to.length === 1} onClick={() => set(to.toSpliced(index, 1), split)}>
                <Icon name="cross" size={14} />
              </button>
            </li>
          ))}
        </ol>
        <select className="select" aria-label="Add a column" value="" onChange={(event) => event.target.value && set([...to, event.target.value], split)}>
          <option value="">Add a column</option>
          {free.map((one) => (
            <option key={one} value={one}>{one}</option>
          ))}
        </select>
      </div>
    </>
  );
}
