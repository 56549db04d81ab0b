import type { BindscopeEvent, ProcessKey } from '../../contract/index.js';
import type { EventBuffer } from '../store/event-buffer.js';
import { processesOf } from './event-trail.js';
import { accepts, isEmptyFilter, wordsOf, type Filter, type FilterSubject } from './filter.js';
import type { LiveTables } from './timeline-log.js';
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

/** Processes that have or bound a socket, or that a criterion selects, by what exists now. */
export const concernedNow = ({ sockets, matches }: LiveTables): ReadonlySet<ProcessKey> => {
  const keys = new Set<ProcessKey>(matches.keys());
  for (const { binder, holders } of sockets.values()) {
    if (binder !== null) keys.add(binder);
    for (const key of holders) keys.add(key);
  }
  return keys;
};

/** The process of an event that only tells that it came, changed or went; null for every other event. */
const passerBy = (event: BindscopeEvent): ProcessKey | null =>
  event.name === 'process.created' || event.name === 'process.exec' || event.name === 'process.deleted'
    ? event.process.key
    : null;

/** Events looked at before anybody else gets a turn. */
const chunk = 4000;
/** Processes remembered as concerned; above this what the buffer still holds is looked through again. */
const mostConcerned = 50_000;

/**
 * The events of the buffer that a filter accepts, by their places, oldest first. Looks at each
 * event once for a filter; a new filter over a full log is worked off in pieces. Unless all processes
 * are asked for, the lives of those that never had a socket, a failed bind or a match are withheld;
 * what was withheld of a process comes in at its place once it has one.
 */
export class FilteredEvents {
  private places: number[] = [];
  private head = 0;
  private next = 0;
  private filter: Filter | null = null;
  private all = true;
  private buffer: EventBuffer | null = null;
  private concernedNow: ReadonlySet<ProcessKey> | null = null;
  private readonly concerned = new Set<ProcessKey>();
  private readonly withheld = new Map<ProcessKey, number[]>();

  /**
   * `concerned`: as `concernedNow` has it; null: all processes are asked for. Returns whether
   * everything was looked at; if not, call again.
   */
  update(events: EventBuffer, filter: Filter, concerned: ReadonlySet<ProcessKey> | null): boolean {
    const all = concerned === null;
    const another = this.buffer !== null && !events.continues(this.buffer);
    if (filter !== this.filter || all !== this.all || another || this.concerned.size > mostConcerned) {
      this.places = [];
      this.head = 0;
      this.next = 0;
      this.concerned.clear();
      this.withheld.clear();
      this.concernedNow = null;
    }
    this.filter = filter;
    this.all = all;
    this.buffer = events;
    if (this.passesAll()) return true;
    if (concerned !== null && concerned !== this.concernedNow) {
      this.concernedNow = concerned;
      for (const key of concerned) this.concern(key);
    }
    this.next = Math.max(this.next, events.first);
    const end = Math.min(events.appended, this.next + chunk);
    for (; this.next < end; this.next += 1) {
      const event = events.get(this.next);
      if (event !== undefined) this.take(event, this.next);
    }
    while (this.head < this.places.length && (this.places[this.head] ?? 0) < events.first) this.head += 1;
    if (this.head > 10_000) {
      this.places.splice(0, this.head);
      this.head = 0;
      for (const [key, places] of this.withheld) {
        if ((places.at(-1) ?? 0) < events.first) this.withheld.delete(key);
      }
    }
    return this.next >= events.appended;
  }

  private passesAll(): boolean {
    return this.all && this.filter !== null && isEmptyFilter(this.filter);
  }

  private take(event: BindscopeEvent, place: number): void {
    const key = this.all ? null : passerBy(event);
    if (key !== null && !this.concerned.has(key)) {
      const places = this.withheld.get(key);
      if (places === undefined) this.withheld.set(key, [place]);
      else places.push(place);
      return;
    }
    if (!this.all && key === null) for (const process of processesOf(event)) this.concern(process.key);
    if (this.wants(event)) this.places.push(place);
  }

  private wants(event: BindscopeEvent): boolean {
    return this.filter !== null && (isEmptyFilter(this.filter) || accepts(this.filter, subjectOf(event)));
  }

  private concern(key: ProcessKey): void {
    if (this.concerned.has(key)) return;
    this.concerned.add(key);
    const withheld = this.withheld.get(key);
    if (withheld === undefined) return;
    this.withheld.delete(key);
    for (const place of withheld) {
      const event = this.buffer?.get(place);
      if (event === undefined || !this.wants(event)) continue;
      let at = this.places.length;
      while (at > this.head && (this.places[at - 1] ?? 0) > place) at -= 1;
      this.places.splice(at, 0, place);
    }
  }

  get length(): number {
    if (this.filter === null || this.buffer === null) return 0;
    return this.passesAll() ? this.buffer.length : this.places.length - this.head;
  }

  /** Index 0 is the oldest. */
  at(index: number): BindscopeEvent | undefined {
    if (this.filter === null || this.buffer === null) return undefined;
    if (this.passesAll()) return this.buffer.at(index);
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
