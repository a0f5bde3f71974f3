import { ExpressionField } from '@/components/ExpressionField';
import type { RuleItem } from '@/lib/definition';
import { nameIn } from '@/components/mapping/edit';
import { partsOf, withParts, type Parts } from './rules';

interface Props {
  rule: RuleItem;
  columns: { name: string; type: string }[];
  /** What a condition may name. */
  names: Record<string, string>;
  set: (rule: RuleItem) => void;
}

const MANY = ['not_null', 'unique', 'dedupe', 'reference'];

/** What a rule says, as a form. */
export function RuleForm({ rule, columns, names, set }: Props) {
  const parts = partsOf(rule);
  const change = (next: Partial<Parts>) => set(withParts(rule, { ...parts, ...next }));
  const { kind } = parts;
  return (
    <>
      {MANY.includes(kind) && <ColumnList label={kind === 'reference' ? 'Columns' : kind === 'not_null' ? 'Columns' : 'Columns that are the same'} columns={columns} chosen={parts.columns} set={(next) => change({ columns: next })} />}
      {['range', 'length', 'regex', 'in'].includes(kind) && (
        <label className="field">
          <span>Column</span>
          <select className="select" value={parts.columns[0] ?? ''} onChange={(event) => change({ columns: [event.target.value] })}>
            <Options columns={columns} value={parts.columns[0] ?? ''} empty="Choose a column" />
          </select>
        </label>
      )}
      {(kind === 'range' || kind === 'length') && (
        <div className="rule-pair">
          <Text label={kind === 'range' ? 'At least' : 'At least, characters'} value={parts.min} set={(min) => change({ min })} number={kind === 'length'} />
          <Text label={kind === 'range' ? 'At most' : 'At most, characters'} value={parts.max} set={(max) => change({ max })} number={kind === 'length'} />
        </div>
      )}
      {kind === 'range' && <small className="muted">A number, or a date such as 2026-12-31. Both ends are allowed.</small>}
      {kind === 'regex' && <Pattern value={parts.pattern} set={(pattern) => change({ pattern })} />}
      {kind === 'in' && (
        <label className="field">
          <span>Allowed values, one on each line</span>
          <textarea className="input" rows={5} value={parts.values.join('\n')} onChange={(event) => change({ values: event.target.value === '' ? [] : event.target.value.split('\n') })} />
        </label>
      )}
      {kind === 'dedupe' && (
        <div className="rule-pair">
          <label className="field">
            <span>Keep</span>
            <select className="select" value={parts.keep} onChange={(event) => change({ keep: event.target.value as 'first' | 'last' })}>
              <option value="first">the first row</option>
              <option value="last">the last row</option>
            </select>
          </label>
          <label className="field">
            <span>In the order of</span>
            <select className="select" value={parts.orderBy} onChange={(event) => change({ orderBy: event.target.value })}>
              <Options columns={columns} value={parts.orderBy} empty="the source" />
            </select>
          </label>
        </div>
      )}
      {kind === 'expression' && (
        <ExpressionField label="Condition" condition value={parts.expression} names={names} write={nameIn} placeholder="total >= 0" onChange={(expression) => change({ expression })} />
      )}
      {kind === 'reference' && (
        <div className="rule-pair">
          <Text label="Table of the destination" value={parts.table} set={(table) => change({ table })} />
          <Text label="Its columns, if they have other names" value={parts.to.join(', ')} set={(text) => change({ to: text === '' ? [] : text.split(',').map((one) => one.trim()) })} />
        </div>
      )}
    </>
  );
}

function Options({ columns, value, empty }: { columns: { name: string }[]; value: string; empty: string }) {
  return (
    <>
      <option value="">{empty}</option>
      {value !== '' && !columns.some((one) => one.name === value) && <option value={value}>{value} (not mapped)</option>}
      {columns.map((one) => (
        <option key={one.name} value={one.name}>{one.name}</option>
      ))}
    </>
  );
}

function Text({ label, value, set, number = false }: { label: string; value: string; set: (value: string) => void; number?: boolean }) {
  return (
    <label className="field">
      <span>{label}</span>
      <input className="input" type={number ? 'number' : 'text'} min={number ? 0 : undefined} value={value} autoComplete="off" spellCheck={false} onChange={(event) => set(event.target.value)} />
    </label>
  );
}

const PATTERNS: [string, string][] = [
  ['An e-mail address', '^[^@ ]+@[^@ ]+\\.[^@ ]+$'], ['Digits only', '^[0-9]+$'], ['Letters only', '^\\p{L}+$'],
  ['A web address', '^https?://\\S+$'], ['A phone number', '^\\+?[0-9 ()/-]{6,20}$'], ['Five digits (postal code)', '^[0-9]{5}$'], ['An IBAN', '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'],
];

function Pattern({ value, set }: { value: string; set: (value: string) => void }) {
  return (
    <div className="rule-pair">
      <label className="field">
        <span>Form</span>
        <select className="select" value={PATTERNS.find(([, pattern]) => pattern === value)?.[1] ?? ''} onChange={(event) => event.target.value && set(event.target.value)}>
          <option value="">Own pattern</option>
          {PATTERNS.map(([label, pattern]) => (
            <option key={pattern} value={pattern}>{label}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>Pattern</span>
        <input className="input mono" value={value} autoComplete="off" spellCheck={false} onChange={(event) => set(event.target.value)} />
        <small>A regular expression; ^ and $ are the ends.</small>
      </label>
    </div>
  );
}

/** One column or several, as boxes to tick. */
function ColumnList({ label, columns, chosen, set }: { label: string; columns: { name: string }[]; chosen: string[]; set: (chosen: string[]) => void }) {
  const all = [...columns.map((one) => one.name), ...chosen.filter((one) => !columns.some((column) => column.name === one))];
  return (
    <fieldset className="rule-columns">
      <legend>{label}</legend>
      {all.map((name) => (
        <label key={name}>
          <input type="checkbox" checked={chosen.includes(name)} onChange={(event) => set(event.target.checked ? [...chosen, name] : chosen.filter((one) => one !== name))} /> {name}
        </label>
      ))}
      {all.length === 0 && <span className="muted">Nothing is mapped yet.</span>}
    </fieldset>
  );
}
