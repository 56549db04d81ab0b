import { RecentMap } from '../recent-map.js';
import type { ProcessRecord, SocketFields, SocketRecord } from './records.js';

export const exactNumber = (value: bigint): number | bigint =>
  value <= 9_007_199_254_740_991n ? Number(value) : value;

/** Most closes remembered; far more than can happen while one snapshot is taken. */
const MOST_CLOSED = 65_536;

/** Every socket known to exist. Keeps the holders' sets of sockets in step. */
export class SocketTable {
  readonly #byCookie = new Map<number | bigint, SocketRecord>();
  readonly #byInode = new Map<number | bigint, SocketRecord>();
  readonly #byPort = new Map<number, Set<SocketRecord>>();
  /** Closed lately, by cookie, with the boot-clock time: what a snapshot begun before must not bring back. */
  readonly #closed = new RecentMap<number | bigint, bigint>(MOST_CLOSED);

  get size(): number {
    return this.#byCookie.size + this.#byInode.size;
  }

  *values(): IterableIterator<SocketRecord> {
    yield* this.#byCookie.values();
    yield* this.#byInode.values();
  }

  byCookie(cookie: number | bigint): SocketRecord | undefined {
    return this.#byCookie.get(cookie);
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
    if (record.id.space === 'cookie') this.#closed.set(record.id.value, at);
  }

  closedAt(cookie: number | bigint): bigint | undefined {
    return this.#closed.get(cookie);
  }

  forgetClosed(snapshotStartedAt: bigint): void {
    for (const [cookie, at] of this.#closed) if (at < snapshotStartedAt) this.#closed.delete(cookie);
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
