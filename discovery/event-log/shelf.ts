import type { BindscopeEvent } from '../../contract/index.js';

/** Room that was left at the front is given back when it is that much and most of the list. */
const LEAST_TO_TRIM = 1024;

/** Events first in, first out; one can be taken out of the middle. */
export class Shelf {
  readonly #capacity: number;
  /** By place; undefined where one was taken or has left. */
  #slots: (BindscopeEvent | undefined)[] = [];
  /** Place of the first slot. */
  #base = 0;
  /** Index of the first slot that may hold an event. */
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** The place that the next event will have. Places are never used again. */
  get nextPlace(): number {
    return this.#base + this.#slots.length;
  }

  /** Returns what had to leave, if anything. */
  put(event: BindscopeEvent): BindscopeEvent | undefined {
    this.#slots.push(event);
    this.#size += 1;
    return this.#size > this.#capacity ? this.#evict() : undefined;
  }

  /** Undefined where it has left already. */
  take(place: number): BindscopeEvent | undefined {
    const index = place - this.#base;
    const event = index < 0 ? undefined : this.#slots[index];
    if (event === undefined) return undefined;
    this.#slots[index] = undefined;
    this.#size -= 1;
    return event;
  }

  *values(): Generator<BindscopeEvent, void, undefined> {
    for (let index = this.#head; index < this.#slots.length; index += 1) {
      const event = this.#slots[index];
      if (event !== undefined) yield event;
    }
  }

  #evict(): BindscopeEvent | undefined {
    let oldest: BindscopeEvent | undefined;
    while (oldest === undefined && this.#head < this.#slots.length) {
      oldest = this.#slots[this.#head];
      this.#slots[this.#head] = undefined;
      this.#head += 1;
    }
    if (oldest !== undefined) this.#size -= 1;
    if (this.#head >= LEAST_TO_TRIM && this.#head * 2 >= this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#base += this.#head;
      this.#head = 0;
    }
    return oldest;
  }
}
