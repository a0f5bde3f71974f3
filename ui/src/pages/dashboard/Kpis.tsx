import { Link } from 'react-router';
import type { S } from '@/api/client';
import { Skeleton } from '@/components/QueryBoundary';
import { count, percent } from '@/lib/format';
import { DAY, difference, iso, loaded, thisHour, useDayBefore } from './numbers';

interface Kpi {
  name: string;
  value: string;
  note: string;
  to: string;
  bars?: number[];
  isBad?: boolean;
}

/** Four numbers of the last 24 hours; each leads to the list that it counts. */
export function Kpis({ data, project }: { data: S['Dashboard']; project: string }) {
  const before = useDayBefore(project);
  const { today, hours } = data;
  const since = encodeURIComponent(iso(thisHour() - DAY));
  const to = (now: number | null | undefined, then: number | null | undefined, isShare = false) =>
    before === undefined ? 'last 24 hours' : now == null || then == null ? 'nothing to compare with' : difference(now, then, isShare);
  const kpis: Kpi[] = [
    {
      name: 'Rows loaded', value: count(loaded(today)), note: to(loaded(today), before && loaded(before)),
      to: `/runs?since=${since}`, bars: hours.map(loaded),
    },
    {
      name: 'Runs', value: count(today.runs ?? 0), note: to(today.runs, before?.runs), to: `/runs?since=${since}`,
      bars: hours.map((one) => one.runs ?? 0),
    },
    {
      name: 'Success rate', value: percent(today.success_rate), note: to(today.success_rate, before?.success_rate, true),
      to: `/runs?status=FAILED&since=${since}`, bars: hours.map((one) => one.failed ?? 0), isBad: true,
    },
    {
      name: 'Open rejected rows', value: count(data.open_rejects), note: 'of the last 7 days', to: '/runs?has_rejects=true',
      bars: hours.map((one) => one.rejected_records ?? 0), isBad: true,
    },
  ];
  return (
    <ul className="kpis" aria-label="Last 24 hours">
      {kpis.map((kpi) => (
        <li key={kpi.name}>
          <Link to={kpi.to} className="card kpi">
            <span className="muted">{kpi.name}</span>
            <strong className="number">{kpi.value}</strong>
            <span className="muted small">{kpi.note}</span>
            {kpi.bars && <Bars values={kpi.bars} isBad={kpi.isBad ?? false} />}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The shape of a day at a glance; the numbers are in the chart below. */
function Bars({ values, isBad }: { values: number[]; isBad: boolean }) {
  const top = Math.max(...values);
  if (!(top > 0)) return null;
  const step = 100 / values.length;
  return (
    <svg className={isBad ? 'bars bad' : 'bars'} viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {values.map((value, index) => {
        const height = value > 0 ? Math.max((value / top) * 24, 2) : 0;
        return <rect key={index} x={index * step} y={24 - height} width={step * 0.7} height={height} />;
      })}
    </svg>
  );
}

export const KpiSkeleton = () => (
  <div className="kpis">
    {[0, 1, 2, 3].map((one) => (
      <Skeleton key={one} height={112} />
    ))}
  </div>
);
