import './uploader.css';
import { useEffect, useId, useRef, useState, type DragEvent } from 'react';
import type { S } from '@/api/client';
import { bytes, duration } from '@/lib/format';
import { useLeaveGuard } from '@/lib/guard';
import { send, type Progress, type Sending } from '@/lib/upload';
import { sentence } from './ErrorView';
import { Icon } from './icons';

interface Props {
  project: string;
  onUploaded: (file: S['FileView']) => void;
  multiple?: boolean;
}

interface Job {
  key: number;
  file: File;
  state: 'sending' | 'paused' | 'done' | 'failed';
  progress: Progress;
  /** Bytes in a second, of the last pieces. */
  rate: number;
  error: string;
}

/** Where files are dropped or chosen. They are sent in pieces, so that a broken connection loses little. */
export function Uploader({ project, onUploaded, multiple = true }: Props) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [jobs, setJobs] = useState<Job[]>([]);
  const [isOver, setOver] = useState(false);
  const sendings = useRef(new Map<number, Sending>());
  const next = useRef(1);
  const tell = useRef(onUploaded);
  useEffect(() => {
    tell.current = onUploaded;
  });
  const isBusy = jobs.some((job) => job.state === 'sending' || job.state === 'paused');
  useLeaveGuard(isBusy, 'A file is still being sent. Leave all the same?');
  useEffect(() => {
    const running = sendings.current;
    return () => {
      for (const one of running.values()) one.stop();
    };
  }, []);
  const change = (key: number, part: Partial<Job> | ((job: Job) => Partial<Job>)) =>
    setJobs((old) => old.map((job) => (job.key === key ? { ...job, ...(typeof part === 'function' ? part(job) : part) } : job)));

  const start = (file: File, key: number) => {
    let last = { at: performance.now(), sent: 0 };
    const sending = send(file, project, (progress) => {
      const now = performance.now();
      const rate = progress.sent > last.sent ? ((progress.sent - last.sent) / Math.max(1, now - last.at)) * 1000 : 0;
      if (progress.sent !== last.sent) last = { at: now, sent: progress.sent };
      change(key, (job) => ({ progress, rate: rate && job.rate ? job.rate * 0.6 + rate * 0.4 : rate || job.rate }));
    });
    sendings.current.set(key, sending);
    sending.done.then(
      (made) => {
        change(key, { state: 'done' });
        tell.current(made);
      },
      (error: unknown) => {
        if (error instanceof DOMException && error.name === 'AbortError') setJobs((old) => old.filter((job) => job.key !== key));
        else change(key, { state: 'failed', error: sentence(error) });
      },
    );
  };
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])].slice(0, multiple ? undefined : 1);
    const made = files.map((file): Job => ({
      key: next.current++, file, state: 'sending', progress: { sent: 0, size: file.size, isWaiting: false }, rate: 0, error: '',
    }));
    setJobs((old) => [...(multiple ? old : old.filter((job) => job.state === 'sending')), ...made]);
    for (const job of made) start(job.file, job.key);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <div className="stack" style={{ gap: 10 }}>
      <div
        className={isOver ? 'drop-zone over' : 'drop-zone'} onDrop={drop} onDragLeave={() => setOver(false)}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      >
        <p>
          <strong>Drop {multiple ? 'files' : 'a file'} here</strong> or
        </p>
        <button type="button" className="button" onClick={() => field.current?.click()}>
          Choose {multiple ? 'files' : 'a file'}
        </button>
        <input
          ref={field} id={id} type="file" hidden multiple={multiple} aria-label={multiple ? 'Files to upload' : 'File to upload'}
          onChange={(event) => { take(event.target.files); event.target.value = ''; }}
        />
        <p className="muted small">CSV, Excel, JSON, Parquet, XML, text, PDF, Word; also packed. Large files are sent in pieces.</p>
      </div>
      {jobs.length > 0 && (
        <ul className="uploads" aria-label="Uploads">
          {jobs.map((job) => (
            <Line
              key={job.key} job={job}
              pause={() => { sendings.current.get(job.key)?.pause(); change(job.key, { state: 'paused', rate: 0 }); }}
              resume={() => { sendings.current.get(job.key)?.resume(); change(job.key, { state: 'sending' }); }}
              retry={() => { change(job.key, { state: 'sending', error: '' }); start(job.file, job.key); }}
              remove={() => {
                if (job.state !== 'done') sendings.current.get(job.key)?.cancel();
                if (job.state === 'done' || job.state === 'failed') setJobs((old) => old.filter((one) => one.key !== job.key));
              }}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

interface LineProps {
  job: Job;
  pause: () => void;
  resume: () => void;
  retry: () => void;
  remove: () => void;
}

function Line({ job, pause, resume, retry, remove }: LineProps) {
  const { progress, state, file } = job;
  const share = progress.size === 0 ? 1 : progress.sent / progress.size;
  const percent = state === 'done' ? 100 : Math.floor(share * 100);
  const isRunning = state === 'sending' || state === 'paused';
  const left = job.rate > 0 ? (progress.size - progress.sent) / job.rate : null;
  const words = state === 'done' ? `Sent, ${bytes(file.size)}`
    : state === 'failed' ? job.error
    : state === 'paused' ? `Paused at ${bytes(progress.sent)} of ${bytes(file.size)}`
    : progress.isWaiting ? 'The connection is lost. It goes on by itself when it is back.'
    : [`${bytes(progress.sent)} of ${bytes(file.size)}`, job.rate > 0 && `${bytes(job.rate)}/s`, left !== null && left >= 1 && `${duration(left)} left`].filter(Boolean).join(', ');
  return (
    <li>
      <div className="spread">
        <span className="row" style={{ minWidth: 0 }}>
          {state === 'done' && <span className="upload-ok"><Icon name="check" size={16} /></span>}
          {state === 'failed' && <span className="field-error"><Icon name="warning" size={16} /></span>}
          <strong>{file.name}</strong>
        </span>
        <span className="row">
          {state === 'sending' && <button type="button" className="button" onClick={pause} aria-label={`Pause ${file.name}`}>Pause</button>}
          {state === 'paused' && <button type="button" className="button" onClick={resume} aria-label={`Go on with ${file.name}`}>Go on</button>}
          {state === 'failed' && <button type="button" className="button" onClick={retry} aria-label={`Try ${file.name} again`}>Try again</button>}
          <button type="button" className="button quiet" onClick={remove} aria-label={`${isRunning ? 'Cancel' : 'Take away'} ${file.name}`}>
            {isRunning ? 'Cancel' : 'Close'}
          </button>
        </span>
      </div>
      {isRunning && (
        <div className="progress" role="progressbar" aria-label={`Sending ${file.name}`} aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100}>
          <i style={{ width: `${percent}%` }} />
        </div>
      )}
      <div className={state === 'failed' ? 'small field-error' : 'small muted'} role={isRunning && !progress.isWaiting ? undefined : 'status'}>{words}</div>
    </li>
  );
}
