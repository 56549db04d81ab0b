import type { KernelEvent } from '../../contract/index.js';
import { RecentMap } from '../recent-map.js';
import type { ProcessRecord, SocketFields, SocketRecord } from './records.js';

export const exactNumber = (value: bigint): number | bigint =>
  value <= 9_007_199_254_740_991n ? Number(value) : value;

/** Most closes remembered: as many sockets as the kernel side tracks, or 13 s of 20,000 closes a second. */
const MOST_CLOSED = 262_144;
/** Most closes of unknown sockets that wait for a snapshot, and most closed by snapshots that wait for a word. */
const MOST_UNTOLD = 4096;

/** Every socket known to exist. Keeps the holders' sets of sockets in step. */
export class SocketTable {
  readonly #byCookie = new Map<number | bigint, SocketRecord>();
  readonly #byInode = new Map<number | bigint, SocketRecord>();
  readonly #byPort = new Map<number, Set<SocketRecord>>();
  /** Closed since the last snapshot was entered, by cookie, with the boot-clock time: what the next one must not bring back. */
  readonly #closed = new RecentMap<number | bigint, bigint>(MOST_CLOSED);
  /** Of those, the ones nobody knew: the kernel's word, until a snapshot shows what the socket was. */
  readonly #untold = new RecentMap<number | bigint, KernelEvent>(MOST_UNTOLD);
  /** Closed by the word of snapshots: the kernel's may yet come, when its thread was held up. */
  readonly #closedUnheard = new RecentMap<number | bigint, true>(MOST_UNTOLD);
  /** The newest close that was forgotten for want of room. */
  #forgotten = -1n;
  /** Those known by their inode whose cookie became known later, by that. */
  readonly #named = new Map<number | bigint, SocketRecord>();

  get size(): number {
    return this.#byCookie.size + this.#byInode.size;
  }

  *values(): IterableIterator<SocketRecord> {
    yield* this.#byCookie.values();
    yield* this.#byInode.values();
  }

  byCookie(cookie: number | bigint): SocketRecord | undefined {
    return this.#byCookie.get(cookie) ?? this.#named.get(cookie);
  }

  byInode(inode: number | bigint): SocketRecord | undefined {
    return this.#byInode.get(inode);
  }

  atPort(port: number): Iterable<SocketRecord> {
    return this.#byPort.get(port) ?? [];
  }

  add(record: SocketRecord): void {
    (record.id.space === 'cookie' ? this.#byCookie : this.#byInode).set(record.id.value, record);
    this.#index(record);
  }

  /** Whether any has no cookie. */
  get hasNameless(): boolean {
    return this.#byInode.size > 0;
  }

  /** A socket that is known by its inode has got a cookie: events speak of it by that. */
  nameByCookie(record: SocketRecord, cookie: number | bigint): void {
    record.cookie = cookie;
    this.#named.set(cookie, record);
  }

  /** Gives a socket another endpoint (its port index follows). */
  move(record: SocketRecord, endpoint: Pick<SocketFields, 'address' | 'port'>): void {
    this.#unindex(record);
    record.fields = { ...record.fields, ...endpoint };
    record.changed();
    this.#index(record);
  }

  remove(record: SocketRecord, at: bigint): void {
    (record.id.space === 'cookie' ? this.#byCookie : this.#byInode).delete(record.id.value);
    this.#unindex(record);
    for (const holder of record.holders) holder.held.delete(record);
    if (record.binderRecord !== null) record.binderRecord.bound -= 1;
    if (record.cookie === null) return;
    this.#named.delete(record.cookie);
    this.noteClosed(record.cookie, at);
  }

  /** `untold`: nobody knew the socket, and the next snapshot is to say whether it is to be told of. */
  noteClosed(cookie: number | bigint, at: bigint, untold: KernelEvent | null = null): void {
    if (untold !== null) this.#untold.set(cookie, untold);
    const forgotten = this.#closed.set(cookie, at)?.[1];
    if (forgotten !== undefined && forgotten > this.#forgotten) this.#forgotten = forgotten;
  }

  /** Snapshots said that it is closed, and the kernel did not. */
  noteUnheard(cookie: number | bigint): void {
    this.#closedUnheard.set(cookie, true);
  }

  /** Whether its close was told before the kernel says so; true once. */
  takeUnheard(cookie: number | bigint): boolean {
    return this.#closedUnheard.delete(cookie);
  }

  closedAt(cookie: number | bigint): bigint | undefined {
    return this.#closed.get(cookie);
  }

  /** The close of a socket that nobody knew; given once. */
  takeUntold(cookie: number | bigint): KernelEvent | undefined {
    const event = this.#untold.get(cookie);
    if (event !== undefined) this.#untold.delete(cookie);
    return event;
  }

  /** Whether every close since then is remembered, so that a socket unknown till now is a new one. */
  remembersCloses(since: bigint): boolean {
    return this.#forgotten < since;
  }

  /** A snapshot is entered: the next one begins after all these closes, and brings nothing back. */
  forgetClosed(): void {
    this.#closed.clear();
    this.#untold.clear();
  }

  setHolders(record: SocketRecord, holders: ProcessRecord[]): void {
    for (const holder of record.holders) holder.held.delete(record);
    for (const holder of holders) holder.held.add(record);
    record.holders = holders;
    record.changed();
  }

  setBinder(record: SocketRecord, binder: ProcessRecord): void {
    if (record.binderRecord !== null) record.binderRecord.bound -= 1;
    record.binder = binder.info;
    record.binderRecord = binder;
    record.lastProcess = binder.info;
    binder.bound += 1;
    record.changed();
  }

  #index(record: SocketRecord): void {
    const { port } = record.fields;
    const found = this.#byPort.get(port);
    if (found === undefined) this.#byPort.set(port, new Set([record]));
    else found.add(record);
  }

  #unindex(record: SocketRecord): void {
    const { port } = record.fields;
    const found = this.#byPort.get(port);
    found?.delete(record);
    if (found?.size === 0) this.#byPort.delete(port);
  }
}
