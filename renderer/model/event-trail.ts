import type { BindscopeEvent, Evaluation, ProcessInfo, ProcessKey, SocketKey } from '../../contract/index.js';
import type { EventBuffer } from '../store/event-buffer.js';

/** The processes that an event concerns: who did it, and who stood in the way. */
export const processesOf = (event: BindscopeEvent): readonly ProcessInfo[] => {
  switch (event.name) {
    case 'process.created':
    case 'process.exec':
    case 'process.deleted':
    case 'match.started':
    case 'match.ended':
      return [event.process];
    case 'socket.bound':
    case 'socket.listening':
    case 'socket.closed':
      return event.process === null ? [] : [event.process];
    case 'socket.bind_failed':
      return event.conflict?.process ? [event.process, event.conflict.process] : [event.process];
    case 'watcher.ready':
    case 'watcher.degraded':
    case 'watcher.lost':
    case 'poll.completed':
      return [];
  }
};

export const concernsProcess = (event: BindscopeEvent, key: ProcessKey): boolean =>
  processesOf(event).some((process) => process.key === key);

export const concernsSocket = (event: BindscopeEvent, key: SocketKey): boolean => {
  switch (event.name) {
    case 'socket.bound':
    case 'socket.listening':
    case 'socket.closed':
      return event.socket.key === key;
    case 'socket.bind_failed':
      return event.conflict?.socket === key;
    default:
      return false;
  }
};

export interface Trail {
  /** Newest first, at most `limit`. */
  readonly events: readonly BindscopeEvent[];
  /** Older ones that are in the buffer and not in `events`. */
  readonly older: number;
}

/**
 * The events about one thing. Keeps what it found, and each `read` looks only at what came since:
 * a details panel that stays open costs what a batch holds.
 */
export class EventTrail {
  #next = 0;
  #found: BindscopeEvent[] = [];
  #matched = 0;
  #last: EventBuffer | null = null;
  #trail: Trail = { events: [], older: 0 };

  constructor(
    private readonly concerns: (event: BindscopeEvent) => boolean,
    private readonly limit: number,
  ) {}

  read(events: EventBuffer): Trail {
    if (events === this.#last) return this.#trail;
    // Another engine's buffer starts again.
    if (events.appended < this.#next || (this.#last !== null && !events.continues(this.#last))) {
      this.#next = 0;
      this.#found = [];
      this.#matched = 0;
    }
    this.#last = events;
    const before = this.#matched;
    for (const event of events.since(this.#next)) {
      if (!this.concerns(event)) continue;
      this.#matched += 1;
      this.#found.push(event);
    }
    const restarted = this.#next === 0;
    this.#next = events.appended;
    if (this.#matched !== before || restarted) {
      this.#found = this.#found.slice(-this.limit);
      this.#trail = {
        events: this.#found.toReversed(),
        older: this.#matched - this.#found.length,
      };
    }
    return this.#trail;
  }
}

/** The newest that is known of a process which is no longer in the tables. */
export const findProcess = (events: EventBuffer, key: ProcessKey): ProcessInfo | null => {
  for (let place = events.appended - 1; place >= events.first; place -= 1) {
    const event = events.get(place);
    const process = event === undefined ? undefined : processesOf(event).find((one) => one.key === key);
    if (process !== undefined) return process;
  }
  return null;
};

/** Why a process matched when it last did, from the log. */
export const findEvaluation = (events: EventBuffer, key: ProcessKey): Evaluation | undefined => {
  for (let place = events.appended - 1; place >= events.first; place -= 1) {
    const event = events.get(place);
    if (event?.name !== 'match.started' || event.process.key !== key) continue;
    const { criterion, conditions } = event;
    return {
      criterionId: criterion.id,
      criterionName: criterion.name,
      exclude: false,
      conditions,
      held: true,
    };
  }
  return undefined;
};
