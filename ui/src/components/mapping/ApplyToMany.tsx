import { useState } from 'react';
import { Popup } from '@/components/Popup';
import { plural } from '@/lib/format';
import type { TransformItem } from '@/lib/definition';
import { OptionForm } from './OptionForm';
import { optionFields, readOptions, startOf, titleOf, writeTransform } from './options';
import { useTransforms } from './StepPopup';

interface Props {
  /** The columns that have a value. */
  columns: { name: string; type: string }[];
  anchor: Element | null;
  apply: (columns: string[], transform: TransformItem) => void;
  close: () => void;
}

/** The same transform for many columns at once. */
export function ApplyToMany({ columns, anchor, apply, close }: Props) {
  const views = useTransforms();
  const [chosen, choose] = useState<ReadonlySet<string>>(() => new Set(columns.filter((one) => one.type === '' || one.type.startsWith('text')).map((one) => one.name)));
  const [step, setStep] = useState<TransformItem>('trim');
  const name = typeof step === 'string' ? step : (Object.keys(step)[0] ?? '');
  const view = views.find((one) => one.name === name);
  const all = chosen.size === columns.length;
  const toggle = (column: string) => {
    const next = new Set(chosen);
    if (!next.delete(column)) next.add(column);
    choose(next);
  };
  return (
    <Popup title="One transform for many columns" anchor={anchor} close={close} large>
      <label className="field">
        <span>Transform</span>
        <select className="select" value={name} onChange={(event) => { const next = views.find((one) => one.name === event.target.value); if (next) setStep(startOf(next)); }}>
          {views.map((one) => (
            <option key={one.name} value={one.name}>{titleOf(one.name)}</option>
          ))}
        </select>
        <small>{view?.description.replaceAll('``', '')}</small>
      </label>
      {view && <OptionForm fields={optionFields(view)} options={readOptions(step, view)} set={(options) => setStep(writeTransform(name, options, view))} />}
      <fieldset className="many">
        <legend>Columns</legend>
        <label>
          <input type="checkbox" checked={all} onChange={() => choose(all ? new Set() : new Set(columns.map((one) => one.name)))} /> <strong>All</strong>
        </label>
        {columns.map((one) => (
          <label key={one.name}>
            <input type="checkbox" checked={chosen.has(one.name)} onChange={() => toggle(one.name)} /> {one.name} <span className="small muted">{one.type}</span>
          </label>
        ))}
      </fieldset>
      <div>
        <button type="button" className="button primary" disabled={chosen.size === 0} onClick={() => { apply([...chosen], step); close(); }}>
          Add to {plural(chosen.size, 'column')}
        </button>
      </div>
    </Popup>
  );
}
