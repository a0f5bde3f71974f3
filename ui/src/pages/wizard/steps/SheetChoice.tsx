import type { S } from '@/api/client';
import type { FileSource } from '@/lib/definition';
import { plural } from '@/lib/format';
import { put } from '../draft';
import { Choice } from './Field';

interface Sheet {
  name: string;
  /** The number of the last row with a value; none: not known. */
  rows: number | null;
  hidden: boolean;
}

/** The sheets of a workbook that was uploaded; none for other files. */
export const sheetsOf = (file: S['FileView'] | undefined): Sheet[] => ((file?.detected ?? {}) as { sheets?: Sheet[] }).sheets ?? [];

interface Props {
  source: FileSource;
  sheets: Sheet[];
  error: string | undefined;
  onChange: (next: FileSource) => void;
}

/** Which sheet of a workbook is read. */
export function SheetChoice({ source, sheets, error, onChange }: Props) {
  const first = sheets.find((one) => !one.hidden && one.rows !== 0) ?? sheets[0];
  const words = (one: Sheet) => [one.name, one.rows === 0 ? 'empty' : one.rows !== null && plural(one.rows, 'row'), one.hidden && 'hidden'].filter(Boolean).join(', ');
  const value = typeof source.sheet === 'number' ? sheets[source.sheet - 1]?.name : source.sheet;
  return (
    <Choice
      label="Sheet" value={value ?? ''} error={error} help={`The workbook has ${sheets.length} sheets. One task reads one of them.`}
      choices={[['', `The first with rows (${first?.name ?? ''})`], ...sheets.map((one): [string, string] => [one.name, words(one)])]} onChange={(sheet) => onChange(put(source, { sheet }))}
    />
  );
}
