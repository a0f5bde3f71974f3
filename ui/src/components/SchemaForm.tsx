import './schema/form.css';
import { useId, useState } from 'react';
import { KeyValues } from './KeyValues';
import { SecretInput } from './SecretInput';
import { applies, choiceWord, fieldsOfSchema, groupTitle, valueAt, withValue, type FormField, type FormSchema, type Values } from './schema/fields';

interface Props {
  schema: FormSchema;
  value: Values;
  onChange: (next: Values) => void;
  /** The secrets that the server keeps, by path: `auth.token`. */
  secrets?: string[];
  /** What is wrong, by path. */
  errors?: Record<string, string>;
}

/** A form made from the server's JSON schema. What is rarely needed is folded; an error in it opens it. */
export function SchemaForm({ schema, value, onChange, secrets = [], errors = {} }: Props) {
  const all = fieldsOfSchema(schema);
  const fields = all.filter((field) => applies(field, all, value));
  const [plain, advanced] = [fields.filter((field) => !field.property.advanced), fields.filter((field) => field.property.advanced)];
  const isOpen = advanced.some((field) => errorOf(field, errors) !== undefined);
  const isUsed = advanced.filter((field) => valueAt(value, field.path) !== undefined).length;
  const show = (field: FormField) => (
    <SchemaField
      key={field.key} field={field} value={valueAt(value, field.path)} secrets={secrets} error={errorOf(field, errors)}
      onChange={(next) => onChange(withValue(value, field.path, next))}
    />
  );
  return (
    <div className="stack">
      {plain.map(show)}
      {advanced.length > 0 && (
        <details className="fold" open={isOpen || undefined}>
          <summary>More settings{isUsed > 0 ? ` (${isUsed} set)` : ''}</summary>
          <div className="stack" style={{ marginTop: 12 }}>{grouped(advanced, show)}</div>
        </details>
      )}
    </div>
  );
}

/** Errors within a field (`headers.Accept`) are shown at the field. */
const errorOf = (field: FormField, errors: Record<string, string>): string | undefined =>
  errors[field.key] ?? Object.entries(errors).find(([path]) => path.startsWith(`${field.key}.`))?.[1];

/** Neighbours from the same object (but for the way to sign in, which is clear by itself) get its name above them. */
function grouped(fields: FormField[], show: (field: FormField) => React.ReactNode): React.ReactNode[] {
  const made: React.ReactNode[] = [];
  for (let at = 0; at < fields.length; ) {
    const group = fields[at]!.group;
    const end = group && group !== 'auth' ? fields.findIndex((one, index) => index > at && one.group !== group) : at + 1;
    const stop = end < 0 ? fields.length : end;
    const shown = fields.slice(at, stop).map(show);
    made.push(group && group !== 'auth' ? <fieldset key={group} className="group"><legend>{groupTitle(group)}</legend>{shown}</fieldset> : shown);
    at = stop;
  }
  return made;
}

interface FieldProps {
  field: FormField;
  value: unknown;
  secrets: string[];
  error: string | undefined;
  onChange: (next: unknown) => void;
}

function SchemaField({ field, value, secrets, error, onChange }: FieldProps) {
  const id = useId();
  const { property, title } = field;
  const example = property.examples?.[0];
  const help = [property.description?.replaceAll('`', ''), field.kind === 'secret' && 'Kept encrypted. ${INTAKEGATEWAY_VAR_…} names a variable of the server.'].filter(Boolean).join(' ');
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const common = { id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described } as const;
  const placeholder = example === undefined || typeof example === 'object' ? undefined : `such as ${example}`;
  const notes = (
    <>
      {help && <small id={`${id}-help`}>{help}</small>}
      {error && <small id={`${id}-error`} className="bad">{error}</small>}
    </>
  );
  if (field.kind === 'switch') {
    return (
      <div className="field">
        <label className="check" style={{ fontWeight: 550 }}>
          <input type="checkbox" {...common} checked={(value ?? property.default ?? false) === true} onChange={(event) => onChange(event.target.checked)} /> {title}
        </label>
        {notes}
      </div>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>
        {title}{field.isRequired && <span className="muted" aria-hidden="true"> *</span>}
      </label>
      {field.kind === 'secret' ? (
        <SecretInput
          id={id} title={title} value={value as string | null | undefined} isKept={secrets.includes(field.key)} onChange={onChange}
          invalid={error !== undefined} describedBy={described} isRequired={field.isRequired}
        />
      ) : field.kind === 'choice' ? (
        <select className="select" {...common} value={String(value ?? property.default ?? '')} onChange={(event) => onChange(event.target.value || undefined)}>
          {property.default === undefined && <option value="">Not said</option>}
          {property.enum?.map((one) => <option key={String(one)} value={String(one)}>{choiceWord(field.key, one)}</option>)}
        </select>
      ) : field.kind === 'number' ? (
        <NumberInput {...common} value={value} isWhole={field.isWhole} placeholder={property.default === undefined ? placeholder : String(property.default)} least={property.minimum} most={property.maximum} onChange={onChange} />
      ) : field.kind === 'pairs' ? (
        <KeyValues
          label={title} value={(value as Values | undefined) ?? {}} describedBy={described}
          kept={secrets.filter((path) => path.startsWith(`${field.key}.`)).map((path) => path.slice(field.key.length + 1))}
          onChange={(next) => onChange(Object.keys(next).length ? next : undefined)}
        />
      ) : field.kind === 'list' ? (
        <textarea
          className="input" rows={3} {...common} placeholder="One a line" value={Array.isArray(value) ? value.join('\n') : ''}
          onChange={(event) => onChange(event.target.value ? event.target.value.split('\n') : undefined)}
        />
      ) : field.kind === 'json' ? (
        <JsonInput {...common} value={value} example={example} onChange={onChange} />
      ) : field.kind === 'long' ? (
        <textarea className="input" rows={4} spellCheck={false} {...common} value={String(value ?? '')} onChange={(event) => onChange(event.target.value || undefined)} />
      ) : (
        <input
          className="input" {...common} autoComplete="off" spellCheck={false} required={field.isRequired} placeholder={placeholder}
          value={String(value ?? '')} onChange={(event) => onChange(event.target.value || undefined)}
        />
      )}
      {notes}
    </div>
  );
}

interface InputProps {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
  value: unknown;
  onChange: (next: unknown) => void;
}

function NumberInput({ value, isWhole, placeholder, least, most, onChange, ...common }: InputProps & { isWhole: boolean; placeholder?: string; least?: number; most?: number }) {
  return (
    <input
      className="input number" type="number" step={isWhole ? 1 : 'any'} min={least} max={most} {...common} placeholder={placeholder}
      value={value === undefined || value === null ? '' : String(value)}
      onChange={(event) => onChange(event.target.value === '' ? undefined : Number(event.target.value))}
    />
  );
}

/** Anything, written as JSON; a single word stands for itself. */
function JsonInput({ value, example, onChange, ...common }: InputProps & { example: unknown }) {
  const [text, setText] = useState(() => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2)));
  const [isWrong, setWrong] = useState(false);
  return (
    <>
      <textarea
        className="input code" rows={3} spellCheck={false} {...common} aria-invalid={isWrong || common['aria-invalid']} value={text}
        placeholder={example === undefined ? undefined : `such as ${typeof example === 'string' ? example : JSON.stringify(example)}`}
        onChange={(event) => {
          setText(event.target.value);
          const given = event.target.value.trim();
          if (/^[[{]/.test(given)) {
            try {
              onChange(JSON.parse(given));
              setWrong(false);
            } catch {
              setWrong(true);
            }
          } else {
            setWrong(false);
            onChange(given || undefined);
          }
        }}
      />
      {isWrong && <small className="bad" role="status">This is not JSON yet.</small>}
    </>
  );
}
