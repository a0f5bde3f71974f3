/** Spans of past time, as filters of lists hold them in the address: `24h`, or `FROM..TO` with local times. */
export const SPANS: [value: string, label: string][] = [
  ['1h', 'Last hour'], ['24h', 'Last 24 hours'], ['7d', 'Last 7 days'], ['30d', 'Last 30 days'],
];
const HOURS: Record<string, number> = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 };

const iso = (local: string | undefined): string | undefined => {
  const at = local ? new Date(local) : undefined;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
};

/** What the API takes for a span; whole minutes, so that the same span asks the same question for a while. */
export function timeRange(span: string, now: number = Date.now()): { since?: string; until?: string } {
  if (span.includes('..')) {
    const [from, to] = span.split('..');
    return { since: iso(from), until: iso(to) };
  }
  const hours = HOURS[span];
  if (!hours) return {};
  const minute = Math.floor(now / 60_000) * 60_000;
  return { since: new Date(minute - hours * 3_600_000).toISOString() };
}

/** A moment as a field for local times takes it. */
export function localInput(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Lengths of runs, as filters hold them: seconds from and to, one of which may be missing. */
export const DURATIONS: [value: string, label: string][] = [
  ['..10', 'Under 10 seconds'], ['10..60', '10 seconds to 1 minute'], ['60..600', '1 to 10 minutes'], ['600..3600', '10 minutes to 1 hour'], ['3600..', '1 hour or longer'],
];

/** What the API takes for a length. */
export function durationRange(span: string): { min_seconds?: number; max_seconds?: number } {
  const [from, to] = span.split('..').map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : undefined));
  return { min_seconds: from, max_seconds: to };
}
