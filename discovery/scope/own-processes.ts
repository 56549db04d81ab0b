import type { ProcessKey } from '../../contract/index.js';

/** What is needed to tell who belongs to us. */
export interface Relative {
  readonly key: ProcessKey;
  readonly pid: number;
}

/** Most keys remembered of processes that are gone. */
const MOST_DEAD = 4096;

/**
 * Our own processes: the engine, the window's, the helper, and whatever they start. A PID is
 * claimed once, by the first process seen with it; a later process that reuses it is not ours.
 */
export class OwnProcesses<Process extends Relative> {
  readonly #unclaimed = new Set<number>();
  readonly #claimed = new Set<ProcessKey>();
  /** Judgements on the others, by descent. */
  readonly #own = new Map<ProcessKey, boolean>();
  readonly #dead: ProcessKey[] = [];
  readonly #ancestors: (process: Process) => readonly Process[];

  constructor(ancestors: (process: Process) => readonly Process[]) {
    this.#ancestors = ancestors;
  }

  add(pid: number): void {
    this.#unclaimed.add(pid);
  }

  has(process: Process): boolean {
    const known = this.#own.get(process.key);
    if (known === true) return true;
    if (this.#unclaimed.delete(process.pid)) {
      // Children judged before are judged again, now that their parent is ours.
      this.#own.clear();
      this.#claimed.add(process.key);
    }
    if (this.#claimed.has(process.key)) return true;
    if (known !== undefined) return known;
    const own = this.#ancestors(process).some(
      (ancestor) => this.#claimed.has(ancestor.key) || this.#unclaimed.has(ancestor.pid),
    );
    this.#own.set(process.key, own);
    return own;
  }

  /** By key alone, for a process that may be gone. */
  hasKey(key: ProcessKey): boolean {
    return this.#claimed.has(key) || this.#own.get(key) === true;
  }

  /** The process is gone. Its key stays known for a while: its sockets are told closed after it. */
  forget(key: ProcessKey): void {
    if (!this.#claimed.has(key) && !this.#own.has(key)) return;
    this.#dead.push(key);
    if (this.#dead.length <= MOST_DEAD) return;
    const oldest = this.#dead.shift();
    if (oldest === undefined) return;
    this.#claimed.delete(oldest);
    this.#own.delete(oldest);
  }
}
