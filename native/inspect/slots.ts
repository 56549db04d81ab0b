import { Unreadable } from './unreadable.js';

export interface SlotsOptions {
  /** Most tasks at once. */
  readonly atOnce: number;
  /** Most tasks that wait; more are refused. */
  readonly waiting: number;
  /** Milliseconds from the asking to the answer, waiting included. */
  readonly timeoutMs: number;
}

/**
 * Runs tasks a few at a time. A caller is answered in time whatever happens; a task that does not
 * end (a read of a dead network file system cannot be called back) keeps its slot until it does, so
 * that no more than `atOnce` ever hang.
 */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** The task's result. Rejects as the task does, or with a passing {@link Unreadable} when it is not answered in time. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const { atOnce, waiting, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#running >= atOnce && this.#waiting.length >= waiting) {
        reject(new Unreadable('too many others wait to be read', false));
        return;
      }
      let answered = false;
      const timer = setTimeout(() => {
        answered = true;
        reject(new Unreadable(`not read within ${String(timeoutMs / 1000)} s`, false));
      }, timeoutMs);
      timer.unref();
      const begin = (): void => {
        if (answered) {
          this.#next();
          return;
        }
        this.#running += 1;
        task()
          .then(resolve, reject)
          .finally(() => {
            clearTimeout(timer);
            this.#running -= 1;
            this.#next();
          });
      };
      if (this.#running < atOnce) begin();
      else this.#waiting.push(begin);
    });
  }

  #next(): void {
    if (this.#running < this.#options.atOnce) this.#waiting.shift()?.();
  }
}
