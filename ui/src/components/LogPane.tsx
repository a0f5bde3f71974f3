import './runs.css';
import { useLayoutEffect, useRef, useState } from 'react';
import { url } from '@/base';
import { count, moment } from '@/lib/format';
import { ErrorView } from './ErrorView';
import { SearchField } from './FilterBar';
import { Skeleton } from './QueryBoundary';
import { MOST_LINES, useRunLog, type Level, type LogLine } from './useRunLog';

const LEVELS: [Level, string][] = [['debug', 'All lines'], ['info', 'Information and above'], ['warning', 'Warnings and errors'], ['error', 'Errors only']];
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
const WORDS: Record<string, string> = { debug: 'Detail', info: 'Info', warning: 'Warning', error: 'Error' };
const NEAR = 24;

/** What a run logs, as it comes: follows the end until somebody scrolls up. */
export function LogPane({ run, isRunning }: { run: string; isRunning: boolean }) {
  const [level, setLevel] = useState<Level>('debug');
  const [search, setSearch] = useState('');
  const [follows, setFollows] = useState(true);
  const { lines, isCut, error, again } = useRunLog(run, level, search);
  const pane = useRef<HTMLDivElement>(null);
  const toEnd = () => {
    if (pane.current) pane.current.scrollTop = pane.current.scrollHeight;
  };
  useLayoutEffect(() => {
    if (follows) toEnd();
  }, [lines, follows]);
  const isFiltered = level !== 'debug' || search !== '';
  const query = new URLSearchParams({ level, ...(search ? { search } : {}) });
  return (
    <section aria-label="Log">
      <div className="log-tools filters" style={{ marginBottom: 10 }}>
        <SearchField label="Search the log" value={search} set={setSearch} />
        <select className="select" aria-label="Level" value={level} onChange={(event) => setLevel(event.target.value as Level)}>
          {LEVELS.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <label className="filter-choice">
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.target.checked)} />
          Follow
        </label>
        <a className="button" href={url(`/api/v1/runs/${run}/logs/download?${query}`)} download>
          Download{isFiltered ? ' these' : ''}
        </a>
      </div>
      {error !== null && <ErrorView what="The log" error={error} retry={again} />}
      {lines === undefined ? (
        error === null && <Skeleton rows={8} height={22} />
      ) : (
        <>
          {isCut && <p className="muted small">The newest {count(MOST_LINES)} lines. The download has all of them.</p>}
          <div
            ref={pane} className="log-pane" role="log" aria-live="off" aria-label="Lines of the log" tabIndex={0}
            onScroll={(event) => {
              const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
              const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR;
              if (isAtEnd !== follows) setFollows(isAtEnd);
            }}
          >
            {lines.map((line) => (
              <Line key={line.id} line={line} />
            ))}
            {lines.length === 0 && <p className="log-line muted"><span />{isFiltered ? 'No line matches.' : isRunning ? 'Nothing was logged yet.' : 'Nothing was logged.'}</p>}
          </div>
        </>
      )}
    </section>
  );
}

const RATHER: Record<string, string> = { opened: 'Source and destination are open.' };
/** Facts that the message says already. */
const SAID = new Set(['phase', 'status', 'fence']);

function Line({ line }: { line: LogLine }) {
  const facts = Object.entries(line.facts).filter(([key, value]) => !SAID.has(key) && value !== null && value !== '');
  return (
    <div className={`log-line ${line.level}`}>
      <time dateTime={line.at} title={moment(line.at)}>{clock.format(new Date(line.at))}</time>
      <span className="level">{WORDS[line.level] ?? line.level}</span>
      <span>
        {line.message || RATHER[line.event] || line.event.replaceAll('_', ' ')}{' '}
        <span className="facts">{facts.map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join('  ')}</span>
      </span>
    </div>
  );
}
