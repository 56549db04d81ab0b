import type { BindscopeEvent } from '../../contract/index.js';
import type { EventBuffer } from '../store/event-buffer.js';
import { processesOf } from './event-trail.js';
import { accepts, isEmptyFilter, wordsOf, type Filter, type FilterSubject } from './filter.js';
import { eventText } from './words.js';

/** The port that an event is about, null where it is about none. */
export const portOf = (event: BindscopeEvent): number | null => {
  if ('socket' in event) return event.socket.port;
  return event.name === 'socket.bind_failed' ? event.endpoint.port : null;
};

const subjectOf = (event: BindscopeEvent): FilterSubject => {
  const port = portOf(event);
  const processes = processesOf(event);
  const sockets = 'socket' in event ? [event.socket] : [];
  const endpoint =
    event.name === 'socket.bind_failed'
      ? [event.error, event.endpoint.transport, event.endpoint.address]
      : [];
  return {
    ports: port === null ? [] : [port],
    pids: processes.map(({ pid }) => pid),
    words: wordsOf(processes, sockets, [event.name, eventText(event), ...endpoint]),
  };
};

/** Events looked at before anybody else gets a turn. */
const chunk = 4000;

/**
 * The events of the buffer that a filter accepts, by their places, oldest first. Looks at each
 * event once for a filter; a new filter over a full log is worked off in pieces.
 */
export class FilteredEvents {
  private places: number[] = [];
  private head = 0;
  private next = 0;
  private filter: Filter | null = null;
  private buffer: EventBuffer | null = null;

  /** Returns whether everything was looked at; if not, call again. */
  update(events: EventBuffer, filter: Filter): boolean {
    if (filter !== this.filter || (this.buffer !== null && !events.continues(this.buffer))) {
      this.places = [];
      this.head = 0;
      this.next = 0;
    }
    this.filter = filter;
    this.buffer = events;
    if (isEmptyFilter(filter)) return true;
    this.next = Math.max(this.next, events.first);
    const end = Math.min(events.appended, this.next + chunk);
    for (; this.next < end; this.next += 1) {
      const event = events.get(this.next);
      if (event !== undefined && accepts(filter, subjectOf(event))) this.places.push(this.next);
    }
    while (this.head < this.places.length && (this.places[this.head] ?? 0) < events.first) this.head += 1;
    if (this.head > 10_000) {
      this.places.splice(0, this.head);
      this.head = 0;
    }
    return this.next >= events.appended;
  }

  get length(): number {
    if (this.filter === null || this.buffer === null) return 0;
    return isEmptyFilter(this.filter) ? this.buffer.length : this.places.length - this.head;
  }

  /** Index 0 is the oldest. */
  at(index: number): BindscopeEvent | undefined {
    if (this.filter === null || this.buffer === null) return undefined;
    if (isEmptyFilter(this.filter)) return this.buffer.at(index);
    const place = this.places[this.head + index];
    return place === undefined ? undefined : this.buffer.get(place);
  }

  /** Place in the shown list of an event by its sequence number; -1 when it is not shown. */
  indexOf(seq: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.at(middle)?.seq ?? Infinity;
      if (found === seq) return middle;
      if (found < seq) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
