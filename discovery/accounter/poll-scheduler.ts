import type { Timers } from '../timers.js';

/** Least time between the starts of two polls, so that a storm of binds is not a storm of snapshots. */
export const LEAST_GAP_MS = 250;

/**
 * Decides when to poll: at once when asked, but never two polls at a time and never more often than
 * every {@link LEAST_GAP_MS}; otherwise every interval. A request during a poll leads to another one
 * after it, because the running one may have passed by already.
 */
export class PollScheduler {
  readonly #timers: Timers;
  readonly #poll: () => Promise<void>;
  #intervalMs: number | null;
  #stopped = true;
  #running = false;
  #wanted = false;
  /** While set, a poll has started less than the least gap ago. */
  #gap: (() => void) | null = null;
  #next: (() => void) | null = null;

  /** `intervalMs` null: only on request. `poll` must not reject. */
  constructor(timers: Timers, poll: () => Promise<void>, intervalMs: number | null) {
    this.#timers = timers;
    this.#poll = poll;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    this.#stopped = false;
    this.request();
  }

  stop(): void {
    this.#stopped = true;
    this.#gap?.();
    this.#next?.();
    this.#gap = this.#next = null;
  }

  setInterval(intervalMs: number | null): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    if (!this.#stopped && !this.#running) this.#scheduleNext();
  }

  request(): void {
    if (this.#stopped) return;
    if (this.#running || this.#gap !== null) {
      this.#wanted = true;
      return;
    }
    this.#run();
  }

  #run(): void {
    this.#wanted = false;
    this.#running = true;
    this.#next?.();
    this.#next = null;
    this.#gap = this.#timers.after(LEAST_GAP_MS, () => {
      this.#gap = null;
      this.#continue();
    });
    void this.#poll().then(() => {
      this.#running = false;
      if (this.#stopped) return;
      this.#scheduleNext();
      this.#continue();
    });
  }

  #continue(): void {
    if (this.#wanted && !this.#stopped && !this.#running && this.#gap === null) this.#run();
  }

  #scheduleNext(): void {
    this.#next?.();
    this.#next =
      this.#intervalMs === null
        ? null
        : this.#timers.after(this.#intervalMs, () => {
            this.#next = null;
            this.request();
          });
  }
}
