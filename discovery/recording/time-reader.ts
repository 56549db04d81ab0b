import type { Value } from './fields.js';

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** Resolution of /proc: starts that are closer may be taken for one. */
const TICK_NS = 10_000_000n;

/** Nanoseconds since the Unix epoch; null: no time of RFC 3339. */
export const wallTimeOf = (text: string): bigint | null => {
  const found = RFC_3339.exec(text);
  if (found === null) return null;
  const [, seconds = '', fraction = '', zone = ''] = found;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) return null;
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
};

/**
 * Reads times of one file: boot-clock nanoseconds as they are, wall times of RFC 3339 by the file's
 * own clocks. A start that is neither is a name: it tells processes of one PID apart, and stands for
 * the moment at which it is first said.
 */
export class TimeReader {
  /** Wall clock less boot clock. */
  offset = 0n;
  /** Where the clock stands, in boot-clock nanoseconds. */
  now = 0n;
  /** Whether somebody wrote this: then a start of 0 is a name, not the moment of booting. */
  scenario = true;
  readonly #named = new Map<string, bigint>();
  readonly #namedOf = new Map<number, number>();

  start(pid: number, value: Value): bigint {
    const { raw } = value;
    if (typeof raw === 'string') {
      const wall = wallTimeOf(raw);
      if (wall !== null) return this.#boot(wall);
      if (raw !== '' && !/^\d+$/.test(raw)) return this.#name(pid, raw);
    }
    const start = value.big('a start time (nanoseconds of the boot clock, a time of RFC 3339, or a name)');
    return start === 0n && this.scenario ? this.#name(pid, '0') : start;
  }

  /** A moment: boot-clock nanoseconds, or a wall time. */
  moment(value: Value): bigint {
    const wall = typeof value.raw === 'string' ? wallTimeOf(value.raw) : null;
    if (wall !== null) return this.#boot(wall);
    return value.big('a time (nanoseconds of the boot clock, or of RFC 3339)');
  }

  #boot(wall: bigint): bigint {
    const boot = wall - this.offset;
    return boot < 0n ? 0n : boot;
  }

  #name(pid: number, name: string): bigint {
    const key = `${String(pid)} ${name}`;
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const before = this.#namedOf.get(pid) ?? 0;
    this.#namedOf.set(pid, before + 1);
    const start = this.now + BigInt(before) * TICK_NS;
    this.#named.set(key, start);
    return start;
  }
}
