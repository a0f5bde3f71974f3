import { useId } from 'react';
import { ExpressionField } from '@/components/ExpressionField';
import { Popup } from '@/components/Popup';
import type { S } from '@/api/client';
import { isConstant, isDirect, isExpression, isJoin, isSplit, type DestinationColumn, type MappingItem, type TaskDefinition } from '@/lib/definition';
import * as edit from './edit';
import { FieldCombo, type Choice } from './FieldCombo';
import { JoinForm, SplitForm } from './Several';
import { Samples } from './Samples';
import { scalarOf } from './options';
import { renamed, type Row } from './trying';

const KINDS: [edit.Kind, string, string][] = [
  ['field', 'One field', 'The value of one field'],
  ['join', 'Several fields joined', 'The values of several fields, one after the other'],
  ['split', 'Part of a field', 'One field goes to several columns'],
  ['constant', 'A constant', 'The same value in every row'],
  ['expression', 'A formula', 'Worked out from other fields and columns'],
];

interface Props {
  definition: TaskDefinition;
  column: DestinationColumn;
  columns: DestinationColumn[];
  fields: S['FieldView'][];
  choices: Choice[];
  sample: Row[];
  anchor: Element | null;
  change: (make: (now: TaskDefinition) => TaskDefinition, place?: string) => void;
  close: () => void;
}

/** Everything about where a column's value comes from. */
export function RowPopup({ definition, column, columns, fields, choices, sample, anchor, change, close }: Props) {
  const id = useId();
  const name = column.name;
  const item = edit.itemOf(definition, name);
  const kind = item && !edit.isEmpty(item) ? edit.kindOf(item) : 'field';
  const first = choices[0]?.path ?? '';
  return (
    <Popup title={`What goes to ${name}`} anchor={anchor} close={close}>
      <div className="field">
        <label htmlFor={`${id}-kind`}>Comes from</label>
        <select id={`${id}-kind`} className="select" value={kind} aria-describedby={`${id}-hint`} onChange={(event) => change((now) => edit.setKind(now, name, event.target.value as edit.Kind, first))}>
          {KINDS.map(([value, label]) => (
            <option key={value} value={value}>{label}</option>
          ))}
        </select>
        <small id={`${id}-hint`}>{KINDS.find(([value]) => value === kind)?.[2]}.</small>
      </div>
      {kind === 'field' && (
        <div className="field">
          <span>Field</span>
          <FieldCombo label={`Field of ${name}`} value={item && isDirect(item) ? item.from : ''} choices={choices} pick={(field) => change((now) => edit.setField(now, name, field))} />
        </div>
      )}
      {item && isJoin(item) && <JoinForm item={item} choices={choices} set={(join) => change((now) => edit.setJoin(now, name, join), `${name} join`)} />}
      {item && isSplit(item) && (
        <SplitForm item={item} choices={choices} columns={columns.filter((one) => !one.generated).map((one) => one.name)} set={(to, split) => change((now) => edit.setSplit(now, to, split), `${name} split`)} />
      )}
      {item && isConstant(item) && kind === 'constant' && (
        <label className="field">
          <span>Value</span>
          <input className="input" value={String(item.constant ?? '')} onChange={(event) => change((now) => edit.setConstant(now, name, scalarOf(event.target.value)), `${name} constant`)} />
        </label>
      )}
      {item && isExpression(item) && (
        <ExpressionField
          label="Formula" value={item.expression} names={namesFor(definition, fields, columns, name)} write={edit.nameIn}
          onChange={(text) => change((now) => edit.setExpression(now, name, text), `${name} expression`)}
        />
      )}
      {item && !edit.isEmpty(item) && !isConstant(item) && (
        <label className="field">
          <span>If there is no value</span>
          <input className="input" placeholder="leave it empty" value={String(item.default ?? '')} onChange={(event) => change((now) => edit.setDefault(now, name, event.target.value === '' ? undefined : scalarOf(event.target.value)), `${name} default`)} />
        </label>
      )}
      {item && canShow(item) && <Samples item={item} mapping={[renamedWhole(item)]} sample={sample} columns={column.type === '' || isSplit(item) ? [] : [{ ...column, name: 'after' }]} />}
      <div className="spread">
        <button type="button" className="button" disabled={edit.isEmpty(item)} onClick={() => { change((now) => edit.clearColumn(now, name)); close(); }}>
          Clear
        </button>
        <button type="button" className="button primary" onClick={close}>
          Done
        </button>
      </div>
    </Popup>
  );
}

/** Formulas may name other columns, which a sample of one mapping does not have; constants need no sample. */
const canShow = (item: MappingItem) => !edit.isEmpty(item) && !isConstant(item) && !(isExpression(item) && item.expression.trim() === '');
const renamedWhole = (item: MappingItem): MappingItem => ({ ...renamed(item, 'after'), ...(item.default == null ? {} : { default: item.default }), ...(item.type ? { type: item.type } : {}) });

/** What a formula may name: the columns with their types, and the fields. */
export function namesFor(definition: TaskDefinition, fields: S['FieldView'][], columns: DestinationColumn[], own: string): Record<string, string> {
  const filled = new Set(edit.allTargets(definition));
  const others = columns.filter((one) => one.name !== own && filled.has(one.name));
  return {
    ...Object.fromEntries(fields.map((one) => [one.name, one.type])),
    ...Object.fromEntries(others.filter((one) => one.type !== '').map((one) => [one.name, one.type])),
  };
}
