import { useRef, useState } from 'react';
import { Dropdown } from 'antd';
import { client, type S } from '@/api/client';
import { url } from '@/base';
import { sentence } from '@/components/ErrorView';
import { count, plural } from '@/lib/format';
import { filterQuery, type Filters } from './data';
import type { Fix } from './useFix';

const FORMATS: [string, string][] = [['csv', 'CSV'], ['xlsx', 'Excel'], ['jsonl', 'JSON lines'], ['parquet', 'Parquet']];

/** The rows that are shown, as a file to mend elsewhere. */
export function Export({ run, filters }: { run: S['RunView']; filters: Filters }) {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(filterQuery(filters))) if (value) search.set(key, value);
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: FORMATS.map(([format, word]) => ({
          key: format,
          label: <a href={url(`/api/v1/runs/${run.id}/rejects/export?${new URLSearchParams({ ...Object.fromEntries(search), format })}`)} download>{word}</a>,
        })),
      }}
    >
      <button type="button" className="button">Export</button>
    </Dropdown>
  );
}

type Outcome = { name: string; done: S['Imported'] } | { name: string; failed: string } | null;

/** An export that was mended elsewhere comes back: its cells that differ become changes. */
export function Import({ run, fix }: { run: S['RunView']; fix: Fix }) {
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [isBusy, setBusy] = useState(false);
  const take = async (file: File) => {
    const ending = file.name.toLowerCase().split('.').pop() ?? '';
    const format = ending === 'ndjson' ? 'jsonl' : (['csv', 'jsonl', 'xlsx'] as const).find((one) => one === ending);
    if (!format) {
      setOutcome({ name: file.name, failed: 'This is not a file that can be read back. Allowed: the CSV, Excel (.xlsx) or JSON lines (.jsonl) that Export gave.' });
      return;
    }
    setBusy(true);
    setOutcome(null);
    try {
      const form = new FormData();
      form.set('file', file);
      const { data } = await client.POST('/api/v1/runs/{run_id}/rejects/import', {
        params: { path: { run_id: run.id }, query: { format } }, body: { file: file.name }, bodySerializer: () => form,
      });
      if (data) setOutcome({ name: file.name, done: data });
      fix.dropOffer();
      fix.setChecked(null);
      await fix.refresh();
    } catch (error) {
      setOutcome({ name: file.name, failed: sentence(error) });
    }
    setBusy(false);
    button.current?.focus();
  };
  return (
    <>
      <button ref={button} type="button" className="button" disabled={isBusy} onClick={() => field.current?.click()}>
        {isBusy ? 'Reading the file' : 'Take back a mended file'}
      </button>
      <input
        ref={field} type="file" hidden accept=".csv,.jsonl,.ndjson,.xlsx" aria-label="A mended export"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) void take(file);
        }}
      />
      <div role="status" style={{ flexBasis: '100%' }} hidden={outcome === null}>
        {outcome && (
          <div className={`note ${'failed' in outcome ? 'error' : 'success'} row`}>
            <span style={{ flex: 1, minWidth: 200 }}>
              <strong>{outcome.name}</strong>: {'failed' in outcome ? `nothing was taken. ${outcome.failed}` : taken(outcome.done)}
            </span>
            <button type="button" className="button quiet" onClick={() => setOutcome(null)}>Close</button>
          </div>
        )}
      </div>
    </>
  );
}

function taken({ rows, changed, skipped }: S['Imported']): string {
  const parts = [`${plural(rows, 'row')} read, ${plural(changed, 'cell')} changed.`];
  if (skipped > 0) parts.push(`${count(skipped)} ${skipped === 1 ? 'row was' : 'rows were'} left alone, because ${skipped === 1 ? 'it is' : 'they are'} not open any more.`);
  if (changed === 0) parts.push('All cells are as they are here.');
  return parts.join(' ');
}
