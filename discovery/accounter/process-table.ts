import type { Pid, ProcessInfo, ProcessKey } from '../../contract/index.js';
import type { KernelEvent } from '../../contract/index.js';
import { RecentMap } from '../recent-map.js';
import type { WallClock } from '../wall-clock.js';
import type { ProcessFields } from './records.js';
import { ProcessRecord } from './records.js';

/** /proc tells start times in clock ticks of 10 ms, the kernel's programs in nanoseconds. */
const TICK_NS = 10_000_000n;

/** Whether two start times can be the same moment, told at different resolutions. */
export const sameStart = (left: bigint, right: bigint): boolean =>
  left === right ||
  (left % TICK_NS === 0n && right / TICK_NS === left / TICK_NS) ||
  (right % TICK_NS === 0n && left / TICK_NS === right / TICK_NS);

/** Most exits remembered: of many seconds, however fast processes come and go. */
const MOST_GONE = 65_536;

interface Gone {
  readonly startTime: bigint;
  readonly record: ProcessRecord | null;
  readonly at: bigint;
  /** A snapshot did not show it any more. A later one that shows it is right: it could not be read in between. */
  readonly bySnapshot: boolean;
  generation: number;
}

/** Every living process, by PID; and for a while the ones that are gone, so that late facts find them. */
export class ProcessTable {
  readonly #byPid = new Map<number, ProcessRecord>();
  /** Exited, by PID: what a snapshot begun before, or a zombie, must not bring back. */
  readonly #gone = new RecentMap<number, Gone>(MOST_GONE);
  /** The newest exit that was forgotten for want of room. */
  #forgotten = -1n;
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
      executableFile: fields.executableFile,
      executableType: fields.executableType,
      placement: fields.placement,
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

  remove(record: ProcessRecord, at: bigint, bySnapshot: boolean): void {
    if (this.#byPid.get(record.pid) === record) this.#byPid.delete(record.pid);
    const { startTime } = record.fields;
    this.#remember(record.pid, { startTime, record, at, bySnapshot, generation: record.generation });
  }

  /** The exit of a process that no table knew: a snapshot that is running may show it still. */
  noteExit(pid: number, startTime: bigint, at: bigint): void {
    this.#remember(pid, { startTime, record: null, at, bySnapshot: false, generation: -1 });
  }

  #remember(pid: number, gone: Gone): void {
    const forgotten = this.#gone.set(pid, gone)?.[1].at;
    if (forgotten !== undefined && forgotten > this.#forgotten) this.#forgotten = forgotten;
  }

  /** Who had this identity and has exited lately. */
  exited(pid: number, startTime: bigint): ProcessRecord | undefined {
    const gone = this.#gone.get(pid);
    return gone !== undefined && sameStart(gone.startTime, startTime)
      ? (gone.record ?? undefined)
      : undefined;
  }

  /**
   * Whether a row of a snapshot is of a process that has exited, or of one that had the PID before
   * it; remembers that it is shown still.
   */
  isExited(pid: number, startTime: bigint, generation: number): boolean {
    const gone = this.#gone.get(pid);
    if (gone === undefined) return false;
    if (!sameStart(gone.startTime, startTime)) return startTime < gone.startTime;
    if (gone.bySnapshot) return false;
    gone.generation = generation;
    return true;
  }

  /** Whether somebody gave up this PID since then: whom a snapshot begun then means by it, nobody knows. */
  changedHands(pid: number, since: bigint): boolean {
    const gone = this.#gone.get(pid);
    return gone !== undefined && gone.at >= since;
  }

  /** Whether every exit since then is remembered, so that a process unknown till now is a new one. */
  remembersExits(since: bigint): boolean {
    return this.#forgotten < since;
  }

  /** Forgets the exited that a snapshot begun after their exit does not show (a zombie stays until reaped). */
  forgetExited(snapshotStartedAt: bigint, generation: number): void {
    for (const [pid, gone] of this.#gone) {
      if (gone.at < snapshotStartedAt && gone.generation !== generation) this.#gone.delete(pid);
    }
  }

  /** A process that has made way for another, as an event alone tells of it: in no table. */
  bygone(event: KernelEvent): ProcessRecord {
    return new ProcessRecord(fieldsOf(event), this.#describe);
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

/** What an event tells of its process besides who it is. */
export const toldOf = (
  event: KernelEvent,
): Omit<ProcessFields, 'pid' | 'startTime' | 'executableType' | 'placement'> => ({
  parentPid: event.parentPid,
  uid: event.uid,
  name: event.name,
  executable: event.identity?.executable ?? null,
  executableFile: event.identity?.executableFile ?? null,
  args: event.identity?.args ?? [],
  argsLength: event.identity?.argsLength ?? 0,
  cgroupId: event.cgroupId,
  networkNamespace: event.networkNamespace,
});

/** The fields of the process that an event carries. */
export const fieldsOf = (event: KernelEvent): ProcessFields => ({
  pid: event.pid,
  startTime: event.startTime,
  executableType: null,
  placement: null,
  ...toldOf(event),
});
