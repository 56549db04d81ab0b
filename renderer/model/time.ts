import type { WallNs } from '../../contract/index.js';

/** Milliseconds since the epoch of a wall-clock time in nanoseconds; microseconds are kept. */
export const msOf = (wallNs: bigint): number => Number(wallNs / 1000n) / 1000;

/** Wall-clock nanoseconds of milliseconds since the epoch. */
export const nsOf = (ms: number): WallNs => (BigInt(Math.round(ms * 1000)) * 1000n) as WallNs;

const two = (value: number): string => String(value).padStart(2, '0');

/** Local time of day: `14:03:20`, with `digits` decimals of a second (0 to 6). */
export const clockTime = (ms: number, digits = 0): string => {
  const date = new Date(ms);
  const base = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (digits === 0) return base;
  const micros = Math.floor((ms - Math.floor(ms / 1000) * 1000) * 1000);
  return `${base}.${String(micros).padStart(6, '0').slice(0, digits)}`;
};

/** Local date: `2026-03-01`. */
export const calendarDate = (ms: number): string => {
  const date = new Date(ms);
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** Clock time, with the date in front where it is another day than `now` is. */
export const moment = (ms: number, now: number, digits = 0): string =>
  calendarDate(ms) === calendarDate(now)
    ? clockTime(ms, digits)
    : `${calendarDate(ms)} ${clockTime(ms, digits)}`;

/** As a stopwatch shows it: `1:23.4`, `1:02:03.4`; never negative. */
export const stopwatch = (ms: number): string => {
  const tenths = Math.floor(Math.max(0, ms) / 100);
  const seconds = Math.floor(tenths / 10);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${two(seconds % 60)}.${String(tenths % 10)}`;
  return hours === 0 ? `${String(minutes)}:${rest}` : `${String(hours)}:${two(minutes)}:${rest}`;
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A moment where room is scarce: `14:03:20` today, `7 Mar 14:03` this year, else `2025-03-07`. */
export const briefMoment = (ms: number, now: number): string => {
  if (calendarDate(ms) === calendarDate(now)) return clockTime(ms);
  const date = new Date(ms);
  if (date.getFullYear() !== new Date(now).getFullYear()) return calendarDate(ms);
  const day = `${String(date.getDate())} ${months[date.getMonth()] ?? ''}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

/** How long ago, in one unit: `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export const timeAgo = (ms: number): string => {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${String(seconds)} s ago`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ago`;
  if (seconds < 48 * 3600) return `${String(Math.floor(seconds / 3600))} h ago`;
  return `${String(Math.floor(seconds / 86_400))} d ago`;
};

/** A length of time in at most two units: `840 µs`, `12.3 ms`, `4.2 s`, `3 min 20 s`, `2 d 4 h`. */
export const duration = (ms: number): string => {
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < 1) return `${String(Math.round(ms * 1000))} µs`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${String(Math.round(ms))} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${String(Math.floor(hours / 24))} d ${String(hours % 24)} h`;
};
