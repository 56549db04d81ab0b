import type { BootNs, WallNs } from '../contract/index.js';

export type ReadClocks = () => { readonly boot: bigint; readonly wall: bigint };

/** Smaller changes of the offset are measuring noise; adopting them would make start times jitter. */
const NOISE_NS = 1_000_000n;

/** Turns boot-clock into wall-clock nanoseconds. Follows steps of the wall clock when refreshed. */
export class WallClock {
  readonly #read: ReadClocks;
  #offset: bigint;

  constructor(read: ReadClocks) {
    this.#read = read;
    const { boot, wall } = read();
    this.#offset = wall - boot;
  }

  /** Looks whether the wall clock was set; call now and then (each poll does). */
  refresh(): void {
    const { boot, wall } = this.#read();
    const offset = wall - boot;
    const step = offset - this.#offset;
    if (step > NOISE_NS || step < -NOISE_NS) this.#offset = offset;
  }

  bootNow(): BootNs {
    return this.#read().boot as BootNs;
  }

  now(): WallNs {
    return this.toWall(this.bootNow());
  }

  toWall(boot: bigint): WallNs {
    return (boot + this.#offset) as WallNs;
  }
}
