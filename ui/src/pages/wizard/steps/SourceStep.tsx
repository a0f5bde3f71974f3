import { put, sourceFor, withFile, withSuggestions, type Tile } from '../draft';
import type { StepProps } from '../context';
import { ApiSource } from './ApiSource';
import { FileChoice } from './FileChoice';
import { FileOptionsForm } from './FileOptionsForm';
import { KeyField } from './KeyField';
import { PasteSource } from './PasteSource';
import { SqlSourceForm } from './SqlSourceForm';
import { TextField, Tiles } from './Field';

const TILES: { value: Tile; title: string; words: string }[] = [
  { value: 'file', title: 'A file', words: 'CSV, Excel, JSON, XML, Parquet and more: upload it, or take one that is here.' },
  { value: 'http', title: 'A REST API', words: 'An address that answers with JSON, page after page.' },
  { value: 'sql', title: 'A database', words: 'A table or a query.' },
  { value: 'paste', title: 'Pasted text', words: 'Copy a table or some JSON and put it in here.' },
  { value: 'path', title: 'Files on the server', words: 'One file or many of a folder that the gateway can read.' },
  { value: 'push', title: 'Sent by a program', words: 'Another program sends rows to this task whenever it has some.' },
];

/** Where the rows come from. */
export function SourceStep(props: StepProps) {
  const { draft, change, edit, file, errors } = props;
  const { definition, tile } = draft;
  const { source } = definition;
  return (
    <div className="stack">
      <Tiles
        label="Where do the rows come from?" name="tile" value={tile} tiles={TILES}
        onChange={(next) => change({ ...draft, tile: next as Tile, definition: { ...definition, source: sourceFor(next as Tile, source) } })}
      />
      {tile === 'file' && source.kind === 'file' && (
        <>
          <FileChoice
            project={props.project} chosen={file} value={source.file ?? ''} error={errors['source.file']}
            onChoose={(one) => change({ ...draft, definition: withSuggestions({ ...definition, source: withFile(source, one.id) }, one.name, file?.name) })}
          />
          {file && <FileOptionsForm source={source} file={file} errors={errors} onChange={(next) => edit({ ...definition, source: next })} />}
        </>
      )}
      {tile === 'paste' && source.kind === 'file' && (
        <PasteSource
          project={props.project}
          onDone={(one) => change({ ...draft, tile: 'file', definition: withSuggestions({ ...definition, source: withFile(source, one.id) }, one.name, file?.name) })}
        />
      )}
      {tile === 'path' && source.kind === 'file' && (
        <div className="card stack">
          <TextField
            label="Path" value={source.path} placeholder="such as incoming/orders-*.csv" error={errors['source.path']}
            help="A relative path begins in the data folder of the gateway. A * stands for any text, ** for any folders. Files of the same shape are read one after the other."
            onChange={(path) => edit({ ...definition, source: { ...source, path } })}
          />
          <FileOptionsForm source={source} file={undefined} errors={errors} onChange={(next) => edit({ ...definition, source: next })} />
        </div>
      )}
      {tile === 'http' && source.kind === 'http' && <ApiSource {...props} source={source} onChange={(next) => edit({ ...definition, source: next })} />}
      {tile === 'sql' && source.kind === 'sql' && <SqlSourceForm {...props} source={source} onChange={(next) => edit({ ...definition, source: next })} />}
      {tile === 'push' && source.kind === 'push' && (
        <div className="card stack">
          <p>When the task is saved, its page shows the address and the token that the program sends its rows with. Each message becomes a run.</p>
          <div className="field">
            <label htmlFor="pushed-sample">An example of what is sent (JSON)</label>
            <textarea
              id="pushed-sample" className="input code" rows={8} spellCheck={false} value={props.pushed} placeholder={'[{"id": 1, "name": "Ann"}]'}
              aria-describedby="pushed-sample-help" onChange={(event) => props.setPushed(event.target.value)}
            />
            <small id="pushed-sample-help">It is only used to find the fields for the next steps. Nothing is loaded.</small>
          </div>
          <TextField label="Where the rows are in it" value={source.records} placeholder="such as $.data[*]" help="Left empty: the list in the message." onChange={(records) => edit({ ...definition, source: put(source, { records }) })} />
          <KeyField value={source.key_field} error={errors['source.key_field']} onChange={(key_field) => edit({ ...definition, source: put(source, { key_field }) })} />
        </div>
      )}
    </div>
  );
}
