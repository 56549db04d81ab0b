import type { BindscopeEvent } from '../../contract/index.js';
import type { Changes } from './live.js';

/** Last word on each key: its latest value, or that it went. */
class Latest<K, V> {
  readonly #last = new Map<K, { readonly value: V } | null>();

  add(upsert: readonly V[], remove: readonly K[], keyOf: (value: V) => K): void {
    for (const key of remove) this.#last.set(key, null);
    for (const value of upsert) this.#last.set(keyOf(value), { value });
  }

  take(): { upsert: V[]; remove: K[] } {
    const upsert: V[] = [];
    const remove: K[] = [];
    for (const [key, last] of this.#last) {
      if (last === null) remove.push(key);
      else upsert.push(last.value);
    }
    this.#last.clear();
    return { upsert, remove };
  }
}

/**
 * Batches that came while the view stood still, merged into one. What it holds is bounded by the
 * objects they name and by `capacity` events; events above that count as skipped.
 */
export class PendingChanges {
  readonly #processes = new Latest<
    Changes['remove']['processes'][number],
    Changes['upsert']['processes'][number]
  >();
  readonly #sockets = new Latest<
    Changes['remove']['sockets'][number],
    Changes['upsert']['sockets'][number]
  >();
  readonly #matches = new Latest<
    Changes['remove']['matches'][number],
    Changes['upsert']['matches'][number]
  >();
  #events: BindscopeEvent[] = [];
  #skipped = 0;

  constructor(private readonly capacity: number) {}

  /** Events waiting to be shown. */
  get events(): number {
    return this.#events.length;
  }

  add({ upsert, remove, events, skipped }: Changes): void {
    this.#processes.add(upsert.processes, remove.processes, (process) => process.key);
    this.#sockets.add(upsert.sockets, remove.sockets, (row) => row.socket.key);
    this.#matches.add(upsert.matches, remove.matches, (match) => match.process);
    for (const event of events) this.#events.push(event);
    this.#skipped += skipped;
    // Cut in large steps: a splice costs what stays.
    if (this.#events.length > 2 * this.capacity) this.#trim();
  }

  /** Everything since the last take, as one batch; the object is empty afterwards. */
  take(): Changes {
    this.#trim();
    const processes = this.#processes.take();
    const sockets = this.#sockets.take();
    const matches = this.#matches.take();
    const changes: Changes = {
      upsert: { processes: processes.upsert, sockets: sockets.upsert, matches: matches.upsert },
      remove: { processes: processes.remove, sockets: sockets.remove, matches: matches.remove },
      events: this.#events,
      skipped: this.#skipped,
    };
    this.#events = [];
    this.#skipped = 0;
    return changes;
  }

  clear(): void {
    this.take();
  }

  #trim(): void {
    const over = this.#events.length - this.capacity;
    if (over <= 0) return;
    this.#events.splice(0, over);
    this.#skipped += over;
  }
}
