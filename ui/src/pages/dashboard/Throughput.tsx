import { keepPreviousData } from '@tanstack/react-query';
import { api, type S } from '@/api/client';
import { QueryBoundary, Skeleton } from '@/components/QueryBoundary';
import { ThroughputChart, ThroughputTable, type Throughput as Point } from '@/components/ThroughputChart';
import { useUrlState } from '@/lib/url';
import { DAY, HOUR, iso, loaded, thisHour } from './numbers';

type Range = '24h' | '7d' | '30d';
const RANGES: Record<Range, string> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

const hourName = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const hourTick = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
// The server's days begin at midnight UTC; in the reader's zone they could have the wrong name.
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
const dayTick = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });

function asked(range: Range): { since: string; bucket: 'hour' | 'day' } {
  const hour = thisHour();
  if (range === '24h') return { since: iso(hour - 23 * HOUR), bucket: 'hour' };
  return { since: iso(Math.floor(hour / DAY) * DAY - (range === '7d' ? 6 : 29) * DAY), bucket: 'day' };
}

const pointOf = (one: S['RunBucket']): Point => ({
  at: one.at, loaded: loaded(one), rejected: one.rejected_records ?? 0, runs: one.runs ?? 0, failed: one.failed ?? 0,
});

/** Rows over time, as a chart or as a table. */
export function Throughput({ project }: { project: string }) {
  const [given, setRange] = useUrlState('range', '24h');
  const [view, setView] = useUrlState('view', 'chart');
  const range = given in RANGES ? (given as Range) : '24h';
  const query = api.useQuery('get', '/api/v1/stats/runs', { params: { query: { project, ...asked(range) } } }, { placeholderData: keepPreviousData });
  const label = `Rows of the last ${RANGES[range]}`;
  const isHours = range === '24h';
  return (
    <section className="card stack" aria-labelledby="throughput">
      <div className="spread">
        <h2 id="throughput">Rows loaded and rejected</h2>
        <div className="row">
          <div role="group" aria-label="Time" className="segments">
            {(Object.keys(RANGES) as Range[]).map((one) => (
              <button key={one} type="button" aria-pressed={one === range} onClick={() => setRange(one)}>
                {RANGES[one]}
              </button>
            ))}
          </div>
          <label className="row small">
            <input type="checkbox" checked={view === 'table'} onChange={(event) => setView(event.target.checked ? 'table' : 'chart')} />
            As table
          </label>
        </div>
      </div>
      <QueryBoundary what="The chart" query={query} skeleton={<Skeleton height={240} />}>
        {(stats) => {
          const points = stats.buckets.map(pointOf);
          const name = (at: string) => (stats.bucket === 'hour' ? hourName : dayName).format(new Date(at));
          if (view === 'table') return <ThroughputTable label={label} points={points} name={name} />;
          return <ThroughputChart label={label} points={points} name={name} tick={(at) => (stats.bucket === 'hour' ? hourTick : dayTick).format(new Date(at))} />;
        }}
      </QueryBoundary>
      {!isHours && <p className="muted small">Days begin at midnight UTC.</p>}
    </section>
  );
}
