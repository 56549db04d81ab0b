import type { BindscopeEvent } from '../../contract/index.js';

class Ring {
  readonly items: BindscopeEvent[] = [];
  /** Where the oldest lies once the ring is full. */
  head = 0;
  /** Ever appended. */
  appended = 0;
  skipped = 0;

  constructor(readonly capacity: number) {}

  push(event: BindscopeEvent): void {
    if (this.items.length < this.capacity) this.items.push(event);
    else {
      this.items[this.head] = event;
      this.head = (this.head + 1) % this.capacity;
    }
    this.appended += 1;
  }
}

/**
 * The newest events, oldest first, at most `capacity`. A handle like `LiveMap`: every append gives
 * a new one over the same ring. Events are addressed by their place since the window connected
 * (`first` ≤ place < `appended`), which stays theirs when old ones are dropped.
 */
export class EventBuffer {
  readonly #ring: Ring;

  private constructor(ring: Ring) {
    this.#ring = ring;
  }

  static empty(capacity: number): EventBuffer {
    return new EventBuffer(new Ring(capacity));
  }

  /** `skipped`: events the engine left out of the stream just before these. */
  append(events: readonly BindscopeEvent[], skipped = 0): EventBuffer {
    if (events.length === 0 && skipped === 0) return this;
    this.#ring.skipped += skipped;
    for (const event of events) this.#ring.push(event);
    return new EventBuffer(this.#ring);
  }

  /** How many are held. */
  get length(): number {
    return this.#ring.items.length;
  }
  /** Place of the oldest event held. */
  get first(): number {
    return this.#ring.appended - this.#ring.items.length;
  }
  /** Place after the newest event; how many came in all. */
  get appended(): number {
    return this.#ring.appended;
  }
  /** Events that the engine left out because the window was slow. They are in the log, not here. */
  get skipped(): number {
    return this.#ring.skipped;
  }

  /** Whether this is the same log as `other`, perhaps with more in it: places mean the same. */
  continues(other: EventBuffer): boolean {
    return this.#ring === other.#ring;
  }

  /** The event at a place, undefined when it was dropped or has not come. */
  get(place: number): BindscopeEvent | undefined {
    if (place < this.first || place >= this.appended) return undefined;
    const { items, head, capacity } = this.#ring;
    return items[(head + place - this.first) % capacity];
  }

  /** Index 0 is the oldest held, -1 the newest. */
  at(index: number): BindscopeEvent | undefined {
    return this.get(index < 0 ? this.appended + index : this.first + index);
  }

  /** Events from a place on, oldest first; from the oldest held where that place was dropped. */
  *since(place: number): Generator<BindscopeEvent> {
    for (let next = Math.max(place, this.first); next < this.appended; next += 1) {
      const event = this.get(next);
      if (event !== undefined) yield event;
    }
  }

  /** By the engine's sequence number; a binary search, as they only rise. */
  bySeq(seq: number): BindscopeEvent | undefined {
    let low = this.first;
    let high = this.appended - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const event = this.get(middle);
      if (event === undefined || event.seq === seq) return event;
      if (event.seq < seq) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
