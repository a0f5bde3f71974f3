import { TextField } from './Field';

interface Props {
  value: string | null | undefined;
  error?: string | undefined;
  onChange: (next: string) => void;
}

/** Rows that stand under their keys: a field for the key, which would be lost otherwise. */
export function KeyField({ value, error, onChange }: Props) {
  return (
    <TextField
      label="Field for the key of each row" value={value} placeholder="such as id" error={error} onChange={onChange}
      help={<>For rows that stand under their keys, as in <code>{'{"17": {…}, "18": {…}}'}</code> with <code>$.*</code> as the place: a name for what stands there.</>}
    />
  );
}
