/** Times of day in a named zone, as `<input type="datetime-local">` writes them, and moments. */

/** The zone of this browser. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** All zones that can be chosen: this browser's and UTC first. */
export function zones(): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return [...new Set([ownZone(), 'UTC', ...known])];
}

function partsAt(at: number, zone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  });
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}

/** How far the zone is ahead of UTC at a moment, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  const p = partsAt(at, zone);
  const wall = Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day), Number(p.hour), Number(p.minute), Number(p.second));
  return wall - Math.floor(at / 1000) * 1000;
}

/** `2026-03-01T06:00` in the zone, as a moment; null for an empty or broken text. */
export function toMoment(local: string, zone: string): string | null {
  const wall = Date.parse(`${local}Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(local) || Number.isNaN(wall)) return null;
  // The offset depends on the moment, which depends on the offset: the second look is right around a change of clocks.
  const guess = wall - offsetAt(wall, zone);
  return new Date(wall - offsetAt(guess, zone)).toISOString();
}

/** A moment as `2026-03-01T06:00` in the zone; empty for none. */
export function toLocal(moment: string | null | undefined, zone: string): string {
  if (!moment) return '';
  const p = partsAt(new Date(moment).getTime(), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

/** A moment as people of the zone read it: "Mon, 2 Mar 2026, 06:00". */
export function inZone(moment: string, zone: string): string {
  const format = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  try {
    return new Intl.DateTimeFormat(undefined, { ...format, timeZone: zone }).format(new Date(moment));
  } catch {
    return new Intl.DateTimeFormat(undefined, { ...format, timeZone: 'UTC' }).format(new Date(moment)) + ' UTC'; // a zone this browser does not know
  }
}
