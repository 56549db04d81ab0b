import type {
  EventSource,
  KernelEvent,
  ProcessInfo,
  Since,
  SocketInfo,
  SocketKey,
  SocketRow,
  WallNs,
} from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import type { WallClock } from '../wall-clock.js';
import { fieldsOf, ProcessTable, sameStart } from './process-table.js';
import type { ProcessFields, ProcessRecord, SocketFields, SocketId } from './records.js';
import { SocketRecord, socketInfo } from './records.js';
import { SocketTable } from './socket-table.js';

/** Who saw a change, and when (boot-clock nanoseconds). */
export interface Sighting {
  readonly at: bigint;
  readonly source: EventSource;
  readonly hook: string | null;
}

export interface ProcessChange {
  readonly type: 'process';
  /** `changed`: a port more, or anything else about it. A port less is no change: nothing ends by it. */
  readonly kind: 'created' | 'changed' | 'deleted';
  readonly process: ProcessRecord;
  readonly executableChanged: boolean;
  readonly time: WallNs;
  readonly source: EventSource;
  readonly hook: string | null;
}

/** What the accounter hands on, in order. */
export type Change =
  | { readonly type: 'event'; readonly draft: EventDraft }
  | ProcessChange
  | { readonly type: 'socket'; readonly key: SocketKey; readonly row: SocketRow | null };

/** The two tables and the list of what changed in them since it was last taken. */
export class Ledger {
  readonly processes: ProcessTable;
  readonly sockets = new SocketTable();
  readonly clock: WallClock;
  /** Every local port of a process counts as open; else listening TCP and bound UDP. */
  countPortsAsBeyla = false;
  #changes: Change[] = [];
  /** Sockets that changed, each once; null: gone. */
  #sockets = new Map<SocketKey, SocketRecord | null>();

  constructor(clock: WallClock, userName: (uid: number) => string | null) {
    this.clock = clock;
    this.processes = new ProcessTable(clock, userName);
  }

  /**
   * The changes since the last call, in order; what concerns the matching of a living process comes
   * last and once, so that the events which led to a match are told before it.
   */
  takeChanges(): Change[] {
    const changes: Change[] = [];
    const living = new Map<ProcessRecord, ProcessChange>();
    for (const change of this.#changes) {
      if (change.type !== 'process' || change.kind === 'deleted') {
        changes.push(change);
        if (change.type === 'process') living.delete(change.process);
        continue;
      }
      const before = living.get(change.process);
      living.set(change.process, {
        ...change,
        kind: before?.kind ?? change.kind,
        executableChanged: change.executableChanged || before?.executableChanged === true,
      });
    }
    for (const change of living.values()) changes.push(change);
    for (const [key, socket] of this.#sockets) {
      changes.push({ type: 'socket', key, row: socket === null ? null : socket.row });
    }
    this.#changes = [];
    this.#sockets = new Map();
    return changes;
  }

  event(draft: EventDraft): void {
    this.#changes.push({ type: 'event', draft });
  }

  /** What every event has in common. */
  base(seen: Sighting): { time: WallNs; source: EventSource; hook: string | null } {
    return { time: this.clock.toWall(seen.at), source: seen.source, hook: seen.hook };
  }

  processChanged(
    kind: ProcessChange['kind'],
    process: ProcessRecord,
    seen: Sighting,
    executableChanged = false,
  ): void {
    if (process.isKernelThread) return;
    this.#changes.push({ type: 'process', kind, process, executableChanged, ...this.base(seen) });
  }

  socketChanged(socket: SocketRecord): void {
    this.#sockets.set(socket.fields.key, socket);
  }

  /** Whether the port of a socket counts as open port of its holders. */
  counts(socket: SocketRecord): boolean {
    return this.countPortsAsBeyla || socket.isOpenPort;
  }

  /** Whether the process is in the table; one that is not may still be named, but holds nothing. */
  isAlive(process: ProcessRecord): boolean {
    return this.processes.at(process.pid) === process;
  }

  /**
   * The record of an event's process; it is created (and that is told) when it was not known. The
   * record of an exited one comes back as it was: a late event does not raise the dead.
   */
  processOf(event: KernelEvent, seen: Sighting): ProcessRecord {
    const known = this.processes.at(event.pid);
    if (known !== undefined) {
      if (sameStart(known.fields.startTime, event.startTime)) {
        known.touchedAt = event.time;
        if (known.executable === null && event.identity?.executable != null) {
          known.update({
            executable: event.identity.executable,
            executableFile: event.identity.executableFile,
            executableType: null,
            args: event.identity.args,
            argsLength: event.identity.argsLength,
          });
          known.executableReader = 'kernel';
          this.processChanged('changed', known, seen, true);
        }
        return known;
      }
      if (known.fields.startTime > event.startTime) {
        // Of an earlier process with this PID.
        return this.processes.exited(event.pid, event.startTime) ?? this.processes.bygone(event);
      }
      this.processDeleted(known, seen, null);
    }
    const exited = this.processes.exited(event.pid, event.startTime);
    if (exited !== undefined) return exited;
    return this.processCreated(fieldsOf(event), 'kernel', seen);
  }

  processCreated(fields: ProcessFields, reader: 'kernel' | 'proc', seen: Sighting): ProcessRecord {
    const record = this.processes.add(fields);
    if (fields.executable !== null) record.executableReader = reader;
    if (seen.source === 'ebpf') record.touchedAt = seen.at;
    if (!record.isKernelThread) {
      this.event({ ...this.base(seen), name: 'process.created', process: record.info });
      this.processChanged('created', record, seen);
    }
    return record;
  }

  /** Takes the process out of the table and out of its sockets' holders. */
  processDeleted(record: ProcessRecord, seen: Sighting, exitCode: number | null): void {
    this.processes.remove(record, seen.at, seen.source === 'poll');
    for (const socket of [...record.held]) {
      this.sockets.setHolders(
        socket,
        socket.holders.filter((holder) => holder !== record),
      );
      if (socket.holders.length === 0) socket.lastProcess = record.info;
      this.socketChanged(socket);
    }
    if (record.isKernelThread) return;
    this.event({ ...this.base(seen), name: 'process.deleted', process: record.info, exitCode });
    this.processChanged('deleted', record, seen);
  }

  addSocket(id: SocketId, fields: SocketFields, seen: Sighting, exact: boolean): SocketRecord {
    const since: Since = { at: this.clock.toWall(seen.at), exact };
    const record = new SocketRecord(id, fields, since, seen.at);
    if (seen.source === 'ebpf') record.touch(seen.at);
    if (fields.state === 'listening') record.listeningSince = since;
    this.sockets.add(record);
    return record;
  }

  /** `boundAt`: what the kernel says of the beginning, where it does. */
  socketClosed(
    socket: SocketRecord,
    seen: Sighting,
    process: ProcessInfo | null,
    boundAt: bigint | null = null,
  ): void {
    this.sockets.remove(socket, seen.at);
    if (seen.source === 'poll' && socket.cookie !== null) this.sockets.noteUnheard(socket.cookie);
    // Where the kernel did not see the bind, it says when the socket began to listen.
    const saysBind = boundAt !== null && boundAt !== socket.toldListeningAt;
    const exact = socket.since.exact || saysBind;
    this.closed(
      socketInfo(socket.fields),
      seen,
      { process, ...socket.ownerUid(process) },
      { from: exact ? (boundAt ?? socket.sinceBoot) : socket.sinceBoot, exact },
    );
    this.#sockets.set(socket.fields.key, null);
  }

  /** Tells of a close. `from`: where the duration begins; not exact: the socket may be older. */
  closed(
    socket: SocketInfo,
    seen: Sighting,
    whose: { readonly process: ProcessInfo | null; readonly ownerUid?: number },
    { from, exact }: { readonly from: bigint; readonly exact: boolean },
  ): void {
    this.event({
      name: 'socket.closed',
      time: this.clock.toWall(seen.at),
      source: seen.source,
      hook: seen.hook,
      ...whose,
      socket,
      durationNs: from < seen.at ? seen.at - from : 0n,
      durationExact: exact,
    });
  }

  /** Who to name with a socket when the caller is not known. */
  principalOf(socket: SocketRecord): ProcessInfo | null {
    return socket.principal((record) => this.processes.ancestors(record))?.info ?? null;
  }
}
