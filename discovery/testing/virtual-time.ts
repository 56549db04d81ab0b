import type { Timers } from '../timers.js';

/** Timers on a clock that a test moves. `now` is in boot-clock nanoseconds. */
export class VirtualTime implements Timers {
  now = 1_000_000_000_123n;
  readonly #waiting: { at: bigint; order: number; run: () => void }[] = [];
  #order = 0;

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.now + BigInt(Math.round(ms * 1e6)), order: (this.#order += 1), run };
    this.#waiting.push(entry);
    return () => {
      const index = this.#waiting.indexOf(entry);
      if (index >= 0) this.#waiting.splice(index, 1);
    };
  }

  get pending(): number {
    return this.#waiting.length;
  }

  /** Runs what is due within `ms`, in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.now + BigInt(Math.round(ms * 1e6));
    await settle();
    for (;;) {
      const [next] = this.#waiting
        .filter(({ at }) => at <= end)
        .sort((left, right) => Number(left.at - right.at) || left.order - right.order);
      if (next === undefined) break;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      if (next.at > this.now) this.now = next.at;
      next.run();
      await settle();
    }
    this.now = end;
  }
}

/** Lets every promise that can settle do so. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
