import type { Timers } from './timers.js';

interface Waiting {
  readonly at: bigint;
  readonly order: number;
  readonly run: () => void;
}

/** Timers on a clock that somebody moves. `now` is in boot-clock nanoseconds. */
export class VirtualTime implements Timers {
  now: bigint;
  readonly #waiting = new Set<Waiting>();
  #order = 0;

  constructor(now: bigint) {
    this.now = now;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.now + BigInt(Math.round(ms * 1e6)), order: (this.#order += 1), run };
    this.#waiting.add(entry);
    return () => {
      this.#waiting.delete(entry);
    };
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** Whether {@link runUntil} would run anything. */
  isDue(end: bigint): boolean {
    return this.#next(end) !== undefined;
  }

  /** Runs what is due until then, in order, and lets promises settle in between. The clock never goes back. */
  async runUntil(end: bigint): Promise<void> {
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#waiting.delete(next);
      if (next.at > this.now) this.now = next.at;
      next.run();
      await settle();
    }
    if (end > this.now) this.now = end;
  }

  /** As {@link runUntil}, `ms` from now, once promises have settled. */
  async advance(ms: number): Promise<void> {
    const end = this.now + BigInt(Math.round(ms * 1e6));
    await settle();
    await this.runUntil(end);
  }

  #next(end: bigint): Waiting | undefined {
    let first: Waiting | undefined;
    for (const entry of this.#waiting) {
      if (entry.at > end) continue;
      if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order))
        first = entry;
    }
    return first;
  }
}

/** Lets every promise that can settle do so. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
