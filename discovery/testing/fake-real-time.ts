import type { RealTime } from '../replay/real-time.js';
import { VirtualTime } from './virtual-time.js';

/** Real time that a test moves; asking for it costs `costMs`, so that work takes its time. */
export class FakeRealTime implements RealTime {
  readonly time = new VirtualTime();
  costMs = 0;
  turns = 0;
  #spentMs = 0;

  after(ms: number, run: () => void): () => void {
    return this.time.after(ms, run);
  }

  now(): number {
    this.#spentMs += this.costMs;
    return Number(this.time.now) / 1e6 + this.#spentMs;
  }

  turn(): Promise<void> {
    this.turns += 1;
    return Promise.resolve();
  }
}
