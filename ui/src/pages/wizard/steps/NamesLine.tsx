import type { S } from '@/api/client';
import type { FileSource } from '@/lib/definition';

const MOST = 12;
const short = (line: string): string => (line.length > 70 ? `${line.slice(0, 70)} …` : line);

/** A file whose first line is no line of names may have them further down, below a title: which line it is can be chosen. */
export function NamesLine({ source, preview, onChange }: { source: FileSource; preview: S['PreviewView']; onChange: (change: Partial<FileSource>) => void }) {
  const isUnnamed = preview.fields.length > 1 && preview.fields.every((one) => /^column_\d+$/.test(one.name));
  if (!isUnnamed || source.skip_rows || source.header != null || source.columns?.length || preview.raw.length < 2) return null;
  return (
    <label className="field note">
      <span>In which line are the names of the fields?</span>
      <select className="select" value="" onChange={(event) => onChange({ header: true, skip_rows: Number(event.target.value) || undefined } as Partial<FileSource>)}>
        <option value="">In none: the fields are called column_1, column_2 and so on</option>
        {preview.raw.slice(0, MOST).map((line, at) => <option key={at} value={String(at)}>Line {at + 1}: {short(line)}</option>)}
      </select>
      <small>What stands above it is left out.</small>
    </label>
  );
}
