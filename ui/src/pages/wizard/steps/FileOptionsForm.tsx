import { useState } from 'react';
import type { S } from '@/api/client';
import { remarkWords } from '@/components/causes';
import type { FileSource } from '@/lib/definition';
import { put } from '../draft';
import { Choice, ListField, TextField } from './Field';
import { KeyField } from './KeyField';
import { SheetChoice, sheetsOf } from './SheetChoice';

const FORMATS: Record<string, string> = {
  '': 'Found from the content', csv: 'CSV', tsv: 'Tab-separated (TSV)', txt: 'Text', fixed: 'Fixed width', json: 'JSON', ndjson: 'JSON lines (NDJSON)',
  excel: 'Excel', ods: 'OpenDocument (ODS)', parquet: 'Parquet', arrow: 'Arrow', xml: 'XML',
};
const ENCODINGS: Record<string, string> = {
  '': 'Found from the content', 'utf-8': 'UTF-8', 'utf-8-sig': 'UTF-8 with a mark', 'utf-16': 'UTF-16', cp1252: 'Windows-1252 (Western Europe)', 'iso-8859-1': 'Latin-1 (ISO 8859-1)',
  'iso-8859-15': 'Latin-9 (ISO 8859-15)', cp1250: 'Windows-1250 (Central Europe)', cp1251: 'Windows-1251 (Cyrillic)', cp437: 'DOS (437)', cp850: 'DOS (850)', shift_jis: 'Shift JIS', gb18030: 'GB 18030',
};
const DELIMITERS: Record<string, string> = { '': 'Found from the content', ',': 'Comma ,', ';': 'Semicolon ;', '\t': 'Tab', '|': 'Bar |', ':': 'Colon :', ' ': 'Blank' };
const SEPARATED: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'bars', ':': 'colons', ' ': 'blanks' };
const AUTO: Record<string, string> = { '': 'Found from the content', true: 'Yes', false: 'No' };

const said = (value: boolean | null | undefined): string => (value === undefined || value === null ? '' : String(value));
const flag = (text: string): boolean | null => (text === '' ? null : text === 'true');
const number = (text: string): number | undefined => (text.trim() === '' || Number.isNaN(Number(text)) ? undefined : Number(text));

interface Props {
  source: FileSource;
  file: S['FileView'] | undefined;
  errors: Record<string, string>;
  onChange: (next: FileSource) => void;
}

/** How a file is read: what was found, in a sentence, and a way to say otherwise. */
export function FileOptionsForm({ source, file, errors, onChange }: Props) {
  const set = (change: Partial<FileSource>) => onChange(put(source, change));
  const format = source.format || file?.format || '';
  const isText = ['', 'csv', 'tsv', 'txt', 'fixed'].includes(format);
  const isSheet = format === 'excel' || format === 'ods';
  const sheets = sheetsOf(file);
  // That there are other sheets is seen from the choice of them.
  const notes = warnings(file).filter((one) => sheets.length < 2 || !one.includes('the workbook also has'));
  const isTree = ['json', 'ndjson', 'xml'].includes(format);
  const error = (key: string) => errors[`source.${key}`];
  const [isSaid] = useState(() => Object.keys(source).some((key) => !['kind', 'file', 'path', 'sheet', 'connection', 'explode', 'arrays'].includes(key)));
  return (
    <div className="stack" style={{ gap: 10 }}>
      {file?.format && <p><strong>Found:</strong> {foundWords(file)}</p>}
      {notes.map((one) => <p key={one} className="note warning">{remarkWords(one)}</p>)}
      {isSheet && sheets.length > 1 && <SheetChoice source={source} sheets={sheets} error={error('sheet')} onChange={onChange} />}
      <details className="fold" open={isSaid || Object.keys(errors).some((path) => path.startsWith('source.') && path !== 'source.sheet') || undefined}>
        <summary>Read it differently</summary>
        <div className="form-grid" style={{ marginTop: 12 }}>
          <Choice label="Format" value={source.format ?? ''} choices={FORMATS} error={error('format')} onChange={(next) => set({ format: next })} />
          {isText && (
            <>
              <Choice label="Encoding" value={source.encoding ?? ''} choices={ENCODINGS} error={error('encoding')} help="If letters such as ä or é look wrong." onChange={(encoding) => set({ encoding })} />
              {format !== 'fixed' && <Choice label="Between the values" value={source.delimiter ?? ''} choices={DELIMITERS} error={error('delimiter')} onChange={(delimiter) => onChange(delimiter === ' ' ? { ...source, delimiter } : put(source, { delimiter }))} />}
              <Choice label="Names in the first row" value={said(source.header)} choices={AUTO} error={error('header')} onChange={(next) => set({ header: flag(next) })} />
              <TextField label="Lines to skip at the start" type="number" min={0} value={source.skip_rows} placeholder="0" error={error('skip_rows')} onChange={(next) => set({ skip_rows: number(next) })} />
              <Choice label="Decimal comma (1.234,50)" value={said(source.decimal_comma)} choices={AUTO} onChange={(next) => set({ decimal_comma: flag(next) })} />
              <TextField label="Quotes around values" value={source.quote} placeholder={'"'} error={error('quote')} onChange={(quote) => set({ quote })} />
              <ListField label="Texts that mean nothing" value={source.null_texts ?? []} placeholder="such as N/A, NULL, -" help="Separated by commas. They become null." onChange={(next) => set({ null_texts: next })} />
              {format === 'fixed' && <ListField label="Characters of each field" value={(source.widths ?? []).map(String)} placeholder="such as 8, 20, 10" error={error('widths')} onChange={(next) => set({ widths: next.map(Number).filter((one) => one > 0) })} />}
            </>
          )}
          {isSheet && (
            <>
              {sheets.length < 2 && <TextField label="Sheet" value={source.sheet} placeholder="The first one" help="Its name, or its number from 1." error={error('sheet')} onChange={(next) => set({ sheet: /^\d+$/.test(next) ? Number(next) : next })} />}
              <TextField label="Row with the names" type="number" min={1} value={source.header_row} placeholder="Found from the content" error={error('header_row')} onChange={(next) => set({ header_row: number(next) })} />
              <TextField label="Cells" value={source.range} placeholder="such as B3:F200" help="Left empty: all." error={error('range')} onChange={(range) => set({ range })} />
            </>
          )}
          {isTree && (
            <TextField
              label={format === 'xml' ? 'Name of the element that repeats' : 'Where the rows are'} value={source.records} placeholder={format === 'xml' ? 'such as order' : 'such as $.data[*]'}
              help="Left empty: found from the content. The preview shows the tree to choose from." error={error('records')} onChange={(records) => set({ records })}
            />
          )}
          {format === 'json' && <KeyField value={source.key_field} error={error('key_field')} onChange={(key_field) => set({ key_field })} />}
          {/\.zip$/i.test(file?.name ?? source.path ?? '') && <TextField label="Files in the archive" value={source.member} placeholder="such as orders-*.csv" help="Left empty: all." error={error('member')} onChange={(member) => set({ member })} />}
        </div>
      </details>
    </div>
  );
}

interface Detected {
  delimiter?: string;
  header?: boolean;
  decimal_comma?: boolean;
  fields?: string[];
  warnings?: string[];
}
const warnings = (file: S['FileView'] | undefined): string[] => ((file?.detected ?? {}) as Detected).warnings ?? [];

/** What was found out about a file, in a sentence. */
function foundWords(file: S['FileView']): string {
  const found = file.detected as Detected;
  const parts = [FORMATS[file.format] ?? (file.format || 'an unknown format')];
  if (file.encoding) parts.push(ENCODINGS[file.encoding] ?? file.encoding);
  if (found.delimiter) parts.push(`separated by ${SEPARATED[found.delimiter] ?? found.delimiter}`);
  if (found.header !== undefined) parts.push(found.header ? 'names in the first row' : 'no names in the first row');
  if (found.decimal_comma) parts.push('numbers with a decimal comma');
  if (found.fields?.length) parts.push(`${found.fields.length} fields`);
  return `${parts.join(', ')}.`;
}
