/**
 * A map that holds the newest entries only: one more than `most` pushes the oldest out. To set a key
 * again makes it the newest.
 */
export class RecentMap<Key, Value> {
  readonly #most: number;
  readonly #entries = new Map<Key, Value>();
  /**
   * Goes along the map once. A new iterator would step over every place that was deleted before the
   * first entry, which makes each eviction as long as the map. It gives keys only to evict them, so
   * every key in the map is still before it.
   */
  readonly #oldest = this.#entries.keys();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Oldest first. */
  values(): MapIterator<Value> {
    return this.#entries.values();
  }

  /** Oldest first. */
  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#entries.entries();
  }

  /** Returns what was pushed out, if anything. */
  set(key: Key, value: Value): [Key, Value] | undefined {
    const before = this.#entries.size;
    this.#entries.set(key, value);
    if (this.#entries.size === before) {
      // It was there, and has kept its old place.
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    if (this.#entries.size <= this.#most) return undefined;
    const next = this.#oldest.next();
    if (next.done === true) return undefined;
    const pushedOut: [Key, Value] = [next.value, this.#entries.get(next.value) as Value];
    this.#entries.delete(next.value);
    return pushedOut;
  }
}
