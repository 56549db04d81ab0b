/**
 * A handle on a map that grows in place. Every change gives a new handle, so that identity tells
 * React what changed, while a batch costs what it holds and not what the map holds. An old handle
 * shows the present contents: use it to read now, not to remember.
 */
export class LiveMap<K, V> implements ReadonlyMap<K, V> {
  readonly #map: Map<K, V>;

  private constructor(map: Map<K, V>) {
    this.#map = map;
  }

  static of<K, V>(entries: Iterable<readonly [K, V]> = []): LiveMap<K, V> {
    return new LiveMap(new Map(entries));
  }

  /** Applies a change in place; the same handle comes back when there is nothing to do. */
  changed(upsert: readonly V[], remove: readonly K[], keyOf: (value: V) => K): LiveMap<K, V> {
    if (upsert.length === 0 && remove.length === 0) return this;
    for (const key of remove) this.#map.delete(key);
    for (const value of upsert) this.#map.set(keyOf(value), value);
    return new LiveMap(this.#map);
  }

  get size(): number {
    return this.#map.size;
  }
  get(key: K): V | undefined {
    return this.#map.get(key);
  }
  has(key: K): boolean {
    return this.#map.has(key);
  }
  keys(): MapIterator<K> {
    return this.#map.keys();
  }
  values(): MapIterator<V> {
    return this.#map.values();
  }
  entries(): MapIterator<[K, V]> {
    return this.#map.entries();
  }
  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map.entries();
  }
  forEach(callback: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    this.#map.forEach((value, key) => callback(value, key, this));
  }
}
