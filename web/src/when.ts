/** Times as people say them. */

const STEPS: [limit: number, unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  [3_600, 'minute', 60],
  [86_400, 'hour', 3_600],
  [604_800, 'day', 86_400],
];
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const dated = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });

export function ago(iso: string, now = Date.now()): string {
  const then = Date.parse(iso);
  const seconds = Math.max(0, (now - then) / 1000);
  if (seconds < 60) return relative.format(0, 'second');
  for (const [limit, unit, size] of STEPS)
    if (seconds < limit) return relative.format(-Math.floor(seconds / size), unit);
  return dated.format(then);
}

export const exact = (iso: string) => exactly.format(Date.parse(iso));
