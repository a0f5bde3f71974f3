import { useRef, useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { api, type S } from '@/api/client';
import { Icon } from '@/components/icons';
import { RelativeTime } from '@/components/RelativeTime';
import { bytes, percent } from '@/lib/format';
import { sentence } from '@/lib/problems';
import { send as begin } from '@/lib/upload';

interface Props {
  project: string;
  chosen: S['FileView'] | undefined;
  value: string;
  error: string | undefined;
  onChoose: (file: S['FileView']) => void;
}

/** Upload a file in place, or take one that is here. */
export function FileChoice({ project, chosen, value, error, onChoose }: Props) {
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const running = useRef<{ stop: () => void }>(undefined);
  const [share, setShare] = useState<number>();
  const [isWaiting, setWaiting] = useState(false);
  const [name, setName] = useState('');
  const [refusal, setRefusal] = useState('');
  const [isOver, setOver] = useState(false);
  const [search, setSearch] = useState('');
  const files = api.useQuery('get', '/api/v1/files', { params: { query: { project, limit: 20, search, status: 'ready' } } }, { placeholderData: (old) => old });

  const send = async (file: File | undefined) => {
    if (!file) return;
    setRefusal('');
    setName(file.name);
    setShare(0);
    const going = begin(file, project, (progress) => {
      setShare(progress.size ? progress.sent / progress.size : 1);
      setWaiting(progress.isWaiting);
    });
    running.current = { stop: going.cancel };
    try {
      const made = await going.done;
      queries.setQueryData(['get', '/api/v1/files/{file}', { params: { path: { file: made.id }, query: { project } } }], made);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/files'] });
      onChoose(made);
    } catch (failure) {
      if (!(failure instanceof DOMException)) setRefusal(sentence(failure));
    } finally {
      setShare(undefined);
    }
  };

  return (
    <div className="card stack">
      <div
        className="drop" data-over={isOver || undefined} data-small={chosen && share === undefined ? true : undefined}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); setOver(false); void send(event.dataTransfer.files[0]); }}
      >
        {share === undefined ? (
          <>
            <button type="button" className={chosen ? 'button' : 'button primary'} onClick={() => input.current?.click()}><Icon name="file" size={16} /> {chosen ? 'Upload another file' : 'Choose a file'}</button>
            <span className="muted">or drop it here</span>
          </>
        ) : (
          <div className="stack" role="status" style={{ gap: 8, width: '100%' }}>
            <span>{isWaiting ? `The connection is lost; ${name} goes on when it is back` : `Uploading ${name}: ${share < 1 ? percent(share) : 'arrived, looking at it …'}`}</span>
            <div className="progress"><i style={{ width: `${share * 100}%` }} /></div>
            <div><button type="button" className="button quiet" onClick={() => running.current?.stop()}>Stop</button></div>
          </div>
        )}
        <input ref={input} type="file" className="sr-only" tabIndex={-1} aria-label="File to upload" onChange={(event) => { void send(event.target.files?.[0]); event.target.value = ''; }} />
      </div>
      {(refusal || error) && <p className="note error" role="alert">{refusal || error}</p>}
      {chosen && (
        <p className={chosen.error ? 'note warning' : 'note success'} role="status">
          <strong>{chosen.name}</strong> <span className="muted">({bytes(chosen.size)}, uploaded <RelativeTime at={chosen.created_at} />)</span> is chosen.
          {chosen.error && <> It could not be read as it is: {chosen.error}</>}
        </p>
      )}
      {value && !chosen && <p className="muted" role="status">Looking at the chosen file …</p>}
      <details className="fold" open={(!value && (files.data?.total ?? 0) > 0) || undefined}>
        <summary>Files that are here already</summary>
        <div className="stack" style={{ gap: 8, marginTop: 8 }}>
          <input className="input" type="search" aria-label="Search files" placeholder="Search by name" value={search} onChange={(event) => setSearch(event.target.value)} style={{ maxWidth: 320 }} />
          {files.error ? <p className="note error">{sentence(files.error)}</p> : null}
          <ul className="pick">
            {files.data?.items.map((one) => (
              <li key={one.id}>
                <button type="button" aria-pressed={one.id === chosen?.id} onClick={() => onChoose(one)}>
                  <span className="ellipsis"><strong>{one.name}</strong></span>
                  <span className="muted small nowrap">{one.format || 'unknown'} · {bytes(one.size)} · <RelativeTime at={one.created_at} /></span>
                </button>
              </li>
            ))}
          </ul>
          {files.data?.total === 0 && <p className="muted">{search ? 'No file matches.' : 'There is none yet.'}</p>}
        </div>
      </details>
    </div>
  );
}
