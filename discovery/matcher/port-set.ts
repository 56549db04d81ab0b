import type { PortRange } from '../../contract/index.js';

/** A set of ports as sorted, disjoint ranges; a look-up is a binary search. */
export class PortSet {
  readonly #first: Uint16Array;
  readonly #last: Uint16Array;

  constructor(ranges: readonly PortRange[]) {
    const merged: { first: number; last: number }[] = [];
    for (const { first, last } of [...ranges].sort((left, right) => left.first - right.first)) {
      const previous = merged.at(-1);
      if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
      else merged.push({ first, last });
    }
    this.#first = Uint16Array.from(merged, ({ first }) => first);
    this.#last = Uint16Array.from(merged, ({ last }) => last);
  }

  /** How many disjoint ranges are left after merging. */
  get ranges(): number {
    return this.#first.length;
  }

  has(port: number): boolean {
    let low = 0;
    let high = this.#first.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (port < (this.#first[middle] ?? 0)) high = middle - 1;
      else if (port > (this.#last[middle] ?? 0)) low = middle + 1;
      else return true;
    }
    return false;
  }
}
