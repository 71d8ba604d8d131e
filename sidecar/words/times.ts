/** Times as people type and read them. */

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A hundred years are for ever, and still a date. */
const SPAN_MS_MAX = 36_525 * 86_400_000;

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds of `90s`, `30m`, `24h`, `7d`; undefined for anything else. */
export function spanOf(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d+)([smhd])$/i.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit.toLowerCase()] ?? 0);
  return ms > 0 && ms <= SPAN_MS_MAX ? ms : undefined;
}

/** A time as RFC 3339, section 5.6 has it; undefined for anything else, 30 February included. */
export function momentOf(text: string): Date | undefined {
  const [, year = '', month = '', day = ''] = RFC_3339.exec(text) ?? [];
  const daysOfMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const time = new Date(text);
  return day !== '' && Number(day) <= daysOfMonth && !Number.isNaN(time.getTime()) ? time : undefined;
}

/** `2026-11-22 03:14:07Z`; '-' for none. */
export function atSecond(time: Date | undefined): string {
  return time === undefined ? '-' : `${time.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** `2026-11-22 03:14:07.250Z`: where calls follow one another within milliseconds. */
export function atMillisecond(time: Date | undefined): string {
  return time === undefined ? '-' : time.toISOString().replace('T', ' ');
}

/** `12 minutes`: how long something takes or has been, in one unit. */
export function roughly(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}
