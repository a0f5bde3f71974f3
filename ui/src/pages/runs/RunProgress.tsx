import type { S } from '@/api/client';
import { bytes, count, duration, percent } from '@/lib/format';

/** How far a run is: a share where the input's size is known, else rows and their rate. */
export function RunProgress({ run, elapsed }: { run: S['RunView']; elapsed: number }) {
  const total = run.bytes_total;
  const share = total ? Math.min(run.bytes_read / total, 1) : null;
  const rate = run.rows_per_second > 0 ? `${count(Math.round(run.rows_per_second))} rows per second` : '';
  const left = run.seconds_left !== null && run.seconds_left > 0 && share !== null && share < 1 ? `about ${duration(run.seconds_left)} left` : '';
  const isStopping = run.cancel_requested_at !== null;
  const facts = [
    `${count(run.total_records)} rows`,
    share !== null ? `${bytes(run.bytes_read)} of ${bytes(total)}` : run.bytes_read > 0 ? bytes(run.bytes_read) : '',
    rate, `running for ${duration(Math.floor(elapsed))}`, left,
  ].filter(Boolean);
  return (
    <section className="card stack" style={{ gap: 8 }} aria-label="Progress">
      <div className="spread">
        <strong>{isStopping ? 'Stopping after this batch' : (PHASES[run.phase] ?? 'Starting')}</strong>
        {share !== null && <span className="number">{percent(Math.floor(share * 100) / 100)}</span>}
      </div>
      <div
        className={share === null ? 'progress endless' : 'progress'} role="progressbar" aria-label="Input read"
        aria-valuemin={0} aria-valuemax={100} aria-valuenow={share === null ? undefined : Math.floor(share * 100)} aria-valuetext={facts.slice(0, 2).join(', ')}
      >
        <i style={{ width: `${share === null ? 30 : share * 100}%` }} />
      </div>
      <p className="muted number">{facts.join(' · ')}</p>
    </section>
  );
}

const PHASES: Record<string, string> = {
  starting: 'Starting', reading: 'Reading the input', loading: 'Loading rows', publishing: 'Publishing the rows',
};
