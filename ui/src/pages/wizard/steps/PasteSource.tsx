import { useState } from 'react';
import { client, type S } from '@/api/client';
import { sentence } from '@/lib/problems';
import { send } from '@/lib/upload';

interface Props {
  project: string;
  onDone: (file: S['FileView']) => void;
}

/** Pasted text becomes a small file of the project. JSON is checked first, so that a slip is named with its line. */
export function PasteSource({ project, onDone }: Props) {
  const [text, setText] = useState('');
  const [refusal, setRefusal] = useState('');
  const [isBusy, setBusy] = useState(false);
  const use = async () => {
    setRefusal('');
    setBusy(true);
    const isJson = /^\s*[[{]/.test(text);
    try {
      if (isJson && !isLines(text)) await client.POST('/api/v1/preview', { params: { query: { project } }, body: { rows: 1, seconds: 10, sample: text } });
      const name = `pasted-${new Date().toISOString().slice(0, 16).replace(/[T:]/g, '-')}.${isJson ? (isLines(text) ? 'ndjson' : 'json') : text.includes('\t') ? 'tsv' : 'csv'}`;
      onDone(await send(new File([text], name), project, () => undefined).done);
    } catch (error) {
      setRefusal(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="card stack">
      <div className="field">
        <label htmlFor="pasted">Paste rows here</label>
        <textarea
          id="pasted" className="input code" rows={10} spellCheck={false} value={text} aria-invalid={refusal ? true : undefined} aria-describedby="pasted-help"
          placeholder={'id;name\n1;Ann\n2;Bo'} onChange={(event) => setText(event.target.value)}
        />
        <small id="pasted-help">From a spreadsheet, a CSV file or a JSON answer. The text is kept as a small file of this project.</small>
      </div>
      {refusal && <p className="note error" role="alert">{refusal}</p>}
      <div><button type="button" className="button primary" disabled={isBusy || text.trim() === ''} onClick={() => void use()}>{isBusy ? 'Looking at it …' : 'Use this text'}</button></div>
    </div>
  );
}

/** One JSON object on each of several lines. */
const isLines = (text: string): boolean => {
  const lines = text.trim().split('\n');
  return lines.length > 1 && lines.slice(0, 2).every((line) => /^\s*\{.*\}\s*$/.test(line));
};
