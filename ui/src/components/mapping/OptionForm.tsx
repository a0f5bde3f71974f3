import { useId } from 'react';
import { Icon } from '@/components/icons';
import { scalarOf, type OptionField, type Options } from './options';

interface Props {
  fields: OptionField[];
  options: Options;
  set: (options: Options) => void;
}

const FORMATS: [string, string][] = [
  ['%d.%m.%Y', '31.12.2026'], ['%d/%m/%Y', '31/12/2026'], ['%m/%d/%Y', '12/31/2026'], ['%Y-%m-%d', '2026-12-31'], ['%Y%m%d', '20261231'],
  ['%d %b %Y', '31 Dec 2026'], ['%d.%m.%Y %H:%M', '31.12.2026 18:30'], ['%Y-%m-%d %H:%M:%S', '2026-12-31 18:30:00'], ['%d/%m/%Y %H:%M:%S', '31/12/2026 18:30:00'],
];

/** The options of a transform, made from its description. */
export function OptionForm({ fields, options, set }: Props) {
  return (
    <>
      {fields.map((field) => (
        <Option key={field.name} field={field} value={options[field.name]} set={(value) => set({ ...options, [field.name]: value })} />
      ))}
    </>
  );
}

function Option({ field, value, set }: { field: OptionField; value: unknown; set: (value: unknown) => void }) {
  const id = useId();
  const text = value === undefined ? '' : Array.isArray(value) ? value.join('\n') : String(value ?? '');
  const label = (
    <label htmlFor={id}>
      {field.label}
      {field.required && <span className="map-required"> *</span>}
    </label>
  );
  if (field.kind === 'pairs') return <Pairs field={field} value={(value ?? {}) as Options} set={set} />;
  return (
    <div className="field">
      {label}
      {field.kind === 'choice' ? (
        <select id={id} className="select" value={text || String(field.fallback ?? '')} onChange={(event) => set(event.target.value)}>
          {field.choices.map((one) => (
            <option key={one} value={one}>{one || 'none'}</option>
          ))}
        </select>
      ) : field.kind === 'list' ? (
        <textarea id={id} className="input" rows={3} value={text} aria-describedby={`${id}-hint`} onChange={(event) => set(listFrom(event.target.value))} />
      ) : (
        <input
          id={id} className="input" type={field.kind === 'number' ? 'number' : 'text'} min={field.min} max={field.max} maxLength={field.maxLength} value={text}
          list={field.kind === 'format' ? `${id}-formats` : undefined} aria-describedby={`${id}-hint`} autoComplete="off" spellCheck={false}
          placeholder={value === undefined && field.fallback !== null && field.fallback !== undefined ? String(field.fallback) : ''}
          onChange={(event) => set(typed(field, event.target.value))}
        />
      )}
      {field.kind === 'format' && (
        <datalist id={`${id}-formats`}>
          {FORMATS.map(([format, example]) => (
            <option key={format} value={format}>{example}</option>
          ))}
        </datalist>
      )}
      <small id={`${id}-hint`}>
        {field.hint}
        {field.kind === 'list' && ' (one on each line)'}
      </small>
    </div>
  );
}

const listFrom = (text: string) => (text === '' ? undefined : text.split('\n'));

function typed(field: OptionField, text: string): unknown {
  if (text === '') return field.required && field.kind === 'text' ? '' : undefined;
  if (field.kind === 'number') return Number(text);
  return field.kind === 'scalar' ? scalarOf(text) : text;
}

/** What becomes of each value, as two columns. */
function Pairs({ field, value, set }: { field: OptionField; value: Options; set: (value: unknown) => void }) {
  const pairs = Object.entries(value);
  const replace = (index: number, key: string, to: unknown) => set(Object.fromEntries(pairs.with(index, [key, to])));
  return (
    <fieldset className="map-pairs">
      <legend>{field.hint || field.label}</legend>
      {pairs.map(([key, to], index) => (
        <div key={index} className="map-pair">
          <input className="input" aria-label={`Value ${index + 1}`} value={key} onChange={(event) => !(event.target.value in value) && replace(index, event.target.value, to)} />
          <Icon name="arrow" size={14} />
          <input className="input" aria-label={`Becomes ${index + 1}`} value={String(to ?? '')} placeholder="empty" onChange={(event) => replace(index, key, event.target.value === '' ? null : scalarOf(event.target.value))} />
          <button type="button" className="button quiet icon" aria-label={`Remove ${key || 'the pair'}`} disabled={pairs.length === 1} onClick={() => set(Object.fromEntries(pairs.toSpliced(index, 1)))}>
            <Icon name="cross" size={14} />
          </button>
        </div>
      ))}
      <div>
        <button type="button" className="button" disabled={'' in value} onClick={() => set({ ...value, '': '' })}>
          <Icon name="plus" size={14} /> Add a value
        </button>
      </div>
    </fieldset>
  );
}
