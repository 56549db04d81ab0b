import type { BindscopeEvent, ExportScope, ProcessInfo, ProcessKey } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import { RecentMap } from '../recent-map.js';
import { isLifecycle, processOf } from './concerned.js';
import type { EventLog } from './event-log.js';
import { Shelf } from './shelf.js';

export interface MemoryEventLogOptions {
  /** Most events of sockets, matches and the watching, and of the lives of processes that had one. */
  readonly capacity?: number;
  /** Most events of the lives of all other processes. */
  readonly lifecycleCapacity?: number;
}

/** Most processes remembered by key. */
const MOST_KEYS = 65_536;

/**
 * The log in memory, bounded. Two classes of retention, so that a machine that starts thousands of
 * processes does not push out what one looks for: the lives of processes that never had a socket or
 * a match have a room of their own.
 */
export class MemoryEventLog implements EventLog {
  readonly #main: Shelf;
  /** Lives of processes that had neither a socket nor a match, by sequence number: taken out when there is one. */
  readonly #lives: RecentMap<number, BindscopeEvent>;
  /** Sequence numbers among the lives, by process. */
  readonly #livesOf = new Map<ProcessKey, number[]>();
  /** Processes that had a socket or a match, the latest last. */
  readonly #noted = new RecentMap<ProcessKey, true>(MOST_KEYS);
  /** Processes that had a match, the latest last; outlives the event that says so. */
  readonly #matched = new RecentMap<ProcessKey, true>(MOST_KEYS);
  #appended = 0;
  #evicted = 0;

  constructor({ capacity = 200_000, lifecycleCapacity = 20_000 }: MemoryEventLogOptions = {}) {
    this.#main = new Shelf(capacity);
    this.#lives = new RecentMap(lifecycleCapacity);
  }

  get size(): number {
    return this.#main.size + this.#lives.size;
  }

  get appended(): number {
    return this.#appended;
  }

  get evicted(): number {
    return this.#evicted;
  }

  append(draft: EventDraft): BindscopeEvent {
    this.#appended += 1;
    // Spread first: objects are copied whole much faster than field by field into one that has any.
    const event: BindscopeEvent = { ...draft, seq: this.#appended };
    const process = processOf(event);
    if (isLifecycle(event) && process !== null && !this.#noted.has(process.key)) {
      this.#putLife(event, process.key);
    } else {
      if (!isLifecycle(event) && process !== null) this.#note(process);
      this.#putMain(event);
    }
    if (event.name === 'match.started') this.#matched.set(event.process.key, true);
    return event;
  }

  newest(count: number): BindscopeEvent[] {
    return count <= 0 ? [] : this.#inOrder().slice(-count);
  }

  select(scope: ExportScope): readonly BindscopeEvent[] {
    const all = this.#inOrder();
    switch (scope.kind) {
      case 'all':
        return all;
      case 'range':
        return all.filter(({ time }) => time >= scope.from && time <= scope.to);
      case 'matched':
        return all.filter((event) => {
          const process = processOf(event);
          return process !== null && this.#matched.has(process.key);
        });
    }
  }

  #inOrder(): BindscopeEvent[] {
    return [...this.#lives.values(), ...this.#main.values()].sort((left, right) => left.seq - right.seq);
  }

  /** The process had a socket or a match: its life so far moves to the main shelf. */
  #note({ key }: ProcessInfo): void {
    const life = this.#livesOf.get(key);
    if (life !== undefined) {
      this.#livesOf.delete(key);
      for (const seq of life) {
        const event = this.#lives.get(seq);
        if (event === undefined) continue;
        this.#lives.delete(seq);
        this.#putMain(event);
      }
    }
    this.#noted.set(key, true);
  }

  #putMain(event: BindscopeEvent): void {
    if (this.#main.put(event) !== undefined) this.#evicted += 1;
  }

  #putLife(event: BindscopeEvent, key: ProcessKey): void {
    const life = this.#livesOf.get(key);
    if (life === undefined) this.#livesOf.set(key, [event.seq]);
    else life.push(event.seq);
    const evicted = this.#lives.set(event.seq, event);
    if (evicted === undefined) return;
    this.#evicted += 1;
    const gone = processOf(evicted[1]);
    if (gone === null) return;
    // What leaves is the oldest, so it is the first of its process too.
    const left = this.#livesOf.get(gone.key);
    left?.shift();
    if (left?.length === 0) this.#livesOf.delete(gone.key);
  }
}
