/** Nanoseconds in a unit of Go's durations. */
const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** The longest that is taken for meant: a year, in milliseconds. */
const LONGEST_MS = 365 * 24 * 3600e3;

/** What is wrong with a duration; `position` is an offset into its text. */
export interface DurationProblem {
  readonly message: string;
  readonly position: number;
}

/** A duration as Go writes it (`5s`, `1m30s`, `500ms`, `0`), in milliseconds. */
export const parseDuration = (text: string): number | DurationProblem => {
  const body = text.replace(/^\+/, '');
  const signed = text.length - body.length;
  if (body.startsWith('-')) return { message: 'a time between polls cannot be negative', position: 0 };
  if (body === '0') return 0;
  let nanoseconds = 0;
  let end = 0;
  for (const match of body.matchAll(PART)) {
    nanoseconds += Number(match[1]) * (units[match[2] ?? ''] ?? 0);
    end = match.index + match[0].length;
  }
  if (end === 0 || end < body.length) {
    return {
      message: `expected a number with a unit, found "${body.slice(end, end + 20)}"; write for example 5s or 500ms`,
      position: signed + end,
    };
  }
  return limited(nanoseconds / 1e6);
};

/** A bare number, which to Go is one of nanoseconds, in milliseconds. */
export const durationOfNumber = (nanoseconds: number): number | DurationProblem =>
  nanoseconds < 0
    ? { message: 'a time between polls cannot be negative', position: 0 }
    : limited(nanoseconds / 1e6);

const limited = (ms: number): number | DurationProblem =>
  ms <= LONGEST_MS ? ms : { message: 'a time between polls of over a year', position: 0 };

/** As Go reads it. */
export const formatDuration = (ms: number): string =>
  ms % 1000 === 0 ? `${String(ms / 1000)}s` : `${String(ms)}ms`;
