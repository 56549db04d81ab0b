import type { BindscopeEvent, ProcessInfo, ProcessKey } from '../contract/index.js';

/** Most processes, and events of each, that wait for a match. */
const MOST_PROCESSES = 4096;
const MOST_EVENTS = 64;

const isOfTheWatching = ({ name }: BindscopeEvent): boolean =>
  name.startsWith('watcher.') || name === 'poll.completed';

/**
 * With criteria, lets through what they select: every event of a process that is or was matched
 * (those before its match are held back until it matches), bind failures that would have been
 * selected, and what concerns the watching itself.
 */
export class EventSelection {
  readonly #wouldSelect: (process: ProcessInfo, port: number) => boolean;
  readonly #matched = new Set<ProcessKey>();
  readonly #waiting = new Map<ProcessKey, BindscopeEvent[]>();

  constructor(wouldSelect: (process: ProcessInfo, port: number) => boolean) {
    this.#wouldSelect = wouldSelect;
  }

  /** How many processes were matched so far. */
  get matched(): number {
    return this.#matched.size;
  }

  /** What is to be shown now that this event has come, in order. */
  take(event: BindscopeEvent): BindscopeEvent[] {
    const process = 'process' in event ? event.process : null;
    if (process === null) return isOfTheWatching(event) ? [event] : [];
    const { key } = process;
    if (event.name === 'match.started' && !this.#matched.has(key)) {
      this.#matched.add(key);
      const before = this.#waiting.get(key) ?? [];
      this.#waiting.delete(key);
      return [...before, event];
    }
    if (this.#matched.has(key)) return [event];
    if (event.name === 'socket.bind_failed' && this.#wouldSelect(process, event.endpoint.port))
      return [event];
    this.#wait(key, event);
    return [];
  }

  #wait(key: ProcessKey, event: BindscopeEvent): void {
    if (event.name === 'process.deleted') {
      this.#waiting.delete(key);
      return;
    }
    const events = this.#waiting.get(key);
    if (events === undefined) {
      this.#waiting.set(key, [event]);
      if (this.#waiting.size > MOST_PROCESSES) {
        const [oldest] = this.#waiting.keys();
        if (oldest !== undefined) this.#waiting.delete(oldest);
      }
      return;
    }
    events.push(event);
    if (events.length > MOST_EVENTS) events.shift();
  }
}
