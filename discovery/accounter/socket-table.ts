import type {
  LocalEndpoint,
  ProcessInfo,
  Since,
  SocketInfo,
  SocketKey,
  SocketRow,
} from '../../contract/index.js';
import type { ProcessRecord } from './process-table.js';

export interface SocketFields extends LocalEndpoint {
  readonly key: SocketKey;
  state: SocketInfo['state'];
}

/** A socket's place in the table: its cookie, or its inode where there is none. Numbers where they are exact. */
export interface SocketId {
  readonly space: 'cookie' | 'inode';
  readonly value: number | bigint;
}

export const exactNumber = (value: bigint): number | bigint =>
  value <= 9_007_199_254_740_991n ? Number(value) : value;

/** A socket that exists. Owned by the {@link SocketTable}; mutable within the accounter. */
export class SocketRecord {
  readonly id: SocketId;
  fields: SocketFields;
  /** Kernel state and port as the last snapshot showed them; -1: not yet shown. */
  rawState = -1;
  binder: ProcessInfo | null = null;
  binderRecord: ProcessRecord | null = null;
  holders: ProcessRecord[] = [];
  /** The process it was last known with; outlives the holders. */
  lastProcess: ProcessInfo | null = null;
  since: Since;
  sinceBoot: bigint;
  /** Whether it may be older than our watching, so that no duration can be told. */
  olderThanWatch: boolean;
  listeningSince: Since | null = null;
  uid: number | null = null;
  touchedAt = 0n;
  generation = -1;
  /** While a snapshot is applied: how many of `holders` were met in order, and the others. */
  metHolders = 0;
  otherHolders: ProcessRecord[] | null = null;
  lastMet: ProcessRecord | null = null;
  #row: SocketRow | null = null;

  constructor(id: SocketId, fields: SocketFields, since: Since, sinceBoot: bigint, olderThanWatch: boolean) {
    this.id = id;
    this.fields = fields;
    this.since = since;
    this.sinceBoot = sinceBoot;
    this.olderThanWatch = olderThanWatch;
  }

  /** Counts as an open port of its holders: listening TCP and bound UDP. */
  get isOpenPort(): boolean {
    const { transport, state } = this.fields;
    return state === 'listening' || (transport === 'udp' && state === 'bound');
  }

  get info(): SocketInfo {
    return this.row.socket;
  }

  /** As it is now; the same object until something changes. */
  get row(): SocketRow {
    this.#row ??= {
      socket: { ...this.fields },
      binder: this.binder?.key ?? null,
      holders: this.holders.map(({ key }) => key),
      since: this.since,
      listeningSince: this.listeningSince,
      ...(this.uid === null ? {} : { uid: this.uid }),
    };
    return this.#row;
  }

  changed(): void {
    this.#row = null;
  }

  /**
   * The process to name where one is asked for and the binder is not known: the only holder, or the
   * holder from which all others descend (a master and its workers). Otherwise nobody: never a guess.
   */
  principal(ancestors: (record: ProcessRecord) => readonly ProcessRecord[]): ProcessRecord | null {
    const [first, ...rest] = this.holders;
    if (first === undefined) return null;
    if (rest.length === 0) return first;
    const oldest = this.holders.reduce((left, right) =>
      right.fields.startTime < left.fields.startTime ? right : left,
    );
    const descend = this.holders.every((holder) => holder === oldest || ancestors(holder).includes(oldest));
    return descend ? oldest : null;
  }
}

/** Most closes remembered; far more than can happen while one snapshot is taken. */
const MOST_CLOSED = 16_384;

/** Every socket known to exist. Keeps the holders' sets of sockets in step. */
export class SocketTable {
  readonly #byCookie = new Map<number | bigint, SocketRecord>();
  readonly #byInode = new Map<number | bigint, SocketRecord>();
  readonly #byPort = new Map<number, Set<SocketRecord>>();
  /** Closed lately, by cookie, with the boot-clock time: what a snapshot begun before must not bring back. */
  readonly #closed = new Map<number | bigint, bigint>();

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
    if (record.id.space !== 'cookie') return;
    this.#closed.set(record.id.value, at);
    if (this.#closed.size <= MOST_CLOSED) return;
    const [oldest] = this.#closed.keys();
    if (oldest !== undefined) this.#closed.delete(oldest);
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
