import type { Pid, ProcessInfo, ProcessKey } from '../../contract/index.js';
import { processKey } from '../../contract/index.js';
import type { KernelEvent } from '../../contract/index.js';
import type { WallClock } from '../wall-clock.js';
import type { SocketRecord } from './socket-table.js';

/** /proc tells start times in clock ticks of 10 ms, the kernel's programs in nanoseconds. */
const TICK_NS = 10_000_000n;

/** Whether two start times can be the same moment, told at different resolutions. */
export const sameStart = (left: bigint, right: bigint): boolean =>
  left === right ||
  (left % TICK_NS === 0n && right / TICK_NS === left / TICK_NS) ||
  (right % TICK_NS === 0n && left / TICK_NS === right / TICK_NS);

/** Most exits remembered; far more than can happen while one snapshot is taken. */
const MOST_GONE = 16_384;

/** Who read the path: the kernel's walk and /proc may word one file differently, and are never compared. */
export type PathReader = 'kernel' | 'proc';

export interface ProcessFields {
  readonly pid: number;
  readonly startTime: bigint;
  parentPid: number;
  uid: number;
  name: string;
  executable: string | null;
  args: readonly string[];
  argsLength: number;
  cgroupId: bigint;
  networkNamespace: number;
}

/** A process that lives, as far as known. Owned by the {@link ProcessTable}; mutable within the accounter. */
export class ProcessRecord {
  readonly key: ProcessKey;
  readonly fields: ProcessFields;
  executableReader: PathReader | null = null;
  /** Sockets of which it has a descriptor. */
  readonly held = new Set<SocketRecord>();
  /** Sockets that it bound and that still exist. */
  bound = 0;
  /** Boot-clock time of the newest kernel event about it; a snapshot begun before, or then, does not overrule that. */
  touchedAt = 0n;
  /** The last snapshot that showed it. */
  generation = -1;
  /** Its columns as the last snapshot showed them, to compare without decoding; null: decode next time. */
  raw: { readonly name: Uint8Array; readonly executable: Uint8Array; readonly args: Uint8Array } | null =
    null;
  #info: ProcessInfo | null = null;
  readonly #describe: (fields: ProcessFields, key: ProcessKey) => ProcessInfo;

  constructor(fields: ProcessFields, describe: (fields: ProcessFields, key: ProcessKey) => ProcessInfo) {
    this.fields = fields;
    this.key = processKey(fields.pid, fields.startTime);
    this.#describe = describe;
  }

  get pid(): number {
    return this.fields.pid;
  }

  get executable(): string | null {
    return this.fields.executable;
  }

  /** As it is now; the same object until something changes. */
  get info(): ProcessInfo {
    this.#info ??= this.#describe(this.fields, this.key);
    return this.#info;
  }

  update(change: Partial<Omit<ProcessFields, 'pid' | 'startTime'>>): void {
    Object.assign(this.fields, change);
    this.#info = null;
  }

  /** Threads of the kernel: children of kthreadd, without executable and arguments. They are no one's process. */
  get isKernelThread(): boolean {
    const { pid, parentPid, executable, argsLength } = this.fields;
    return executable === null && argsLength === 0 && (pid === 2 || parentPid === 2);
  }

  /** Ports that count for matching: listening TCP and bound UDP, ascending. */
  openPorts(): number[] {
    const ports = new Set<number>();
    for (const socket of this.held) if (socket.isOpenPort) ports.add(socket.fields.port);
    return [...ports].sort((left, right) => left - right);
  }
}

interface Gone {
  readonly startTime: bigint;
  readonly record: ProcessRecord | null;
  readonly at: bigint;
  generation: number;
}

/** Every living process, by PID; and for a while the ones that are gone, so that late facts find them. */
export class ProcessTable {
  readonly #byPid = new Map<number, ProcessRecord>();
  /** Exited, by PID: what a snapshot begun before, or a zombie, must not bring back. */
  readonly #gone = new Map<number, Gone>();
  readonly #describe: (fields: ProcessFields, key: ProcessKey) => ProcessInfo;

  constructor(clock: WallClock, userName: (uid: number) => string | null) {
    this.#describe = (fields, key) => ({
      key,
      pid: fields.pid as Pid,
      parentPid: fields.parentPid as Pid,
      startTime: fields.startTime as ProcessInfo['startTime'],
      startedAt: clock.toWall(fields.startTime),
      uid: fields.uid,
      userName: userName(fields.uid),
      name: fields.name,
      executable: fields.executable,
      args: [...fields.args],
      argsLength: fields.argsLength,
      cgroupId: fields.cgroupId,
      networkNamespace: fields.networkNamespace,
    });
  }

  get size(): number {
    return this.#byPid.size;
  }

  values(): IterableIterator<ProcessRecord> {
    return this.#byPid.values();
  }

  at(pid: number): ProcessRecord | undefined {
    return this.#byPid.get(pid);
  }

  get(key: ProcessKey): ProcessRecord | undefined {
    const record = this.#byPid.get(Number(key.slice(0, key.indexOf(':'))));
    return record?.key === key ? record : undefined;
  }

  add(fields: ProcessFields): ProcessRecord {
    const record = new ProcessRecord(fields, this.#describe);
    this.#byPid.set(fields.pid, record);
    return record;
  }

  remove(record: ProcessRecord, at: bigint): void {
    if (this.#byPid.get(record.pid) === record) this.#byPid.delete(record.pid);
    const { startTime } = record.fields;
    this.#remember(record.pid, { startTime, record, at, generation: record.generation });
  }

  /** The exit of a process that no table knew: a snapshot that is running may show it still. */
  noteExit(pid: number, startTime: bigint, at: bigint): void {
    this.#remember(pid, { startTime, record: null, at, generation: -1 });
  }

  #remember(pid: number, gone: Gone): void {
    this.#gone.delete(pid);
    this.#gone.set(pid, gone);
    if (this.#gone.size <= MOST_GONE) return;
    const [oldest] = this.#gone.keys();
    if (oldest !== undefined) this.#gone.delete(oldest);
  }

  /** Who had this identity and has exited lately. */
  exited(pid: number, startTime: bigint): ProcessRecord | undefined {
    const gone = this.#gone.get(pid);
    return gone !== undefined && sameStart(gone.startTime, startTime)
      ? (gone.record ?? undefined)
      : undefined;
  }

  /** Whether a row of a snapshot is of a process that has exited; remembers that it is shown still. */
  isExited(pid: number, startTime: bigint, generation: number): boolean {
    const gone = this.#gone.get(pid);
    if (gone === undefined || !sameStart(gone.startTime, startTime)) return false;
    gone.generation = generation;
    return true;
  }

  /** Forgets the exited that a snapshot begun after their exit does not show (a zombie stays until reaped). */
  forgetExited(snapshotStartedAt: bigint, generation: number): void {
    for (const [pid, gone] of this.#gone) {
      if (gone.at < snapshotStartedAt && gone.generation !== generation) this.#gone.delete(pid);
    }
  }

  /** What an event alone tells of its process, for one that is in no table. */
  describeCaller(event: KernelEvent): ProcessInfo {
    return this.#describe(fieldsOf(event), processKey(event.pid, event.startTime));
  }

  /** Parent first, up to PID 1 as far as known. */
  ancestors(record: ProcessRecord): ProcessRecord[] {
    const found: ProcessRecord[] = [];
    const seen = new Set<ProcessRecord>([record]);
    let parent = this.#byPid.get(record.fields.parentPid);
    while (parent !== undefined && !seen.has(parent)) {
      found.push(parent);
      seen.add(parent);
      parent = this.#byPid.get(parent.fields.parentPid);
    }
    return found;
  }
}

/** The fields of the process that an event carries. */
export const fieldsOf = (event: KernelEvent): ProcessFields => ({
  pid: event.pid,
  startTime: event.startTime,
  parentPid: event.parentPid,
  uid: event.uid,
  name: event.name,
  executable: event.identity?.executable ?? null,
  args: event.identity?.args ?? [],
  argsLength: event.identity?.argsLength ?? 0,
  cgroupId: event.cgroupId,
  networkNamespace: event.networkNamespace,
});
