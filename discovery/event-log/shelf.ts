import type { BindscopeEvent } from '../../contract/index.js';

/** Room that was left at the front is given back when it is that much and most of the list. */
const LEAST_TO_TRIM = 1024;

/** Events first in, first out. An array, since a map of that size stops for tens of milliseconds as it grows. */
export class Shelf {
  readonly #capacity: number;
  /** Undefined where one has left. */
  #slots: (BindscopeEvent | undefined)[] = [];
  /** Index of the oldest. */
  #head = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#slots.length - this.#head;
  }

  /** Returns what had to leave, if anything. */
  put(event: BindscopeEvent): BindscopeEvent | undefined {
    this.#slots.push(event);
    if (this.size <= this.#capacity) return undefined;
    const oldest = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= LEAST_TO_TRIM && this.#head * 2 >= this.#slots.length) {
      this.#slots = this.#slots.slice(this.#head);
      this.#head = 0;
    }
    return oldest;
  }

  *values(): Generator<BindscopeEvent, void, undefined> {
    for (let index = this.#head; index < this.#slots.length; index += 1) {
      const event = this.#slots[index];
      if (event !== undefined) yield event;
    }
  }
}
