import type { KernelEvent, Port, SnapshotColumns, SocketInfo } from '../../contract/index.js';
import { addressText, socketKey } from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import { decodeText } from '../text.js';
import { ConnectedPorts } from './connected-ports.js';
import type { Ledger, Sighting } from './ledger.js';
import { namespacesInSight } from './namespaces-in-sight.js';
import { sameStart } from './process-table.js';
import type { PathReader, ProcessFields, ProcessRecord, SocketRecord } from './records.js';
import { ABSENT } from './records.js';
import { exactNumber } from './socket-table.js';

const AF_INET = 2;
const IPPROTO_TCP = 6;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;
/** A high half below this keeps a 64-bit value exact as a number. */
const EXACT_HIGH = 0x20_0000;

const stateOf = (protocol: number, state: number): SocketInfo['state'] => {
  if (protocol === IPPROTO_TCP && state === TCP_LISTEN) return 'listening';
  return state === TCP_CLOSE ? 'bound' : 'connected';
};

const sameBytes = (text: Uint8Array, from: number, to: number, known: Uint8Array): boolean => {
  if (to - from !== known.length) return false;
  for (let index = 0; index < known.length; index += 1) {
    if (text[from + index] !== known[index]) return false;
  }
  return true;
};

/** 64-bit values as numbers where exact, without making a bigint of each. */
const reader = (column: BigUint64Array): ((row: number) => number | bigint) => {
  const halves = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  return (row) => {
    const high = halves[row * 2 + 1] ?? 0;
    return high < EXACT_HIGH ? high * 0x1_0000_0000 + (halves[row * 2] ?? 0) : exactNumber(column[row] ?? 0n);
  };
};

/** All rows are of one moment, as in a scenario; else they were read one after the other. */
export const isInstant = ({ startedAt, finishedAt }: SnapshotColumns): boolean => startedAt >= finishedAt;

const SLASH = 0x2f;

/** The link to the executable reads `/`: the process is being made, or taken down. */
const isNotReady = ({ processes }: SnapshotColumns, row: number): boolean => {
  const from = processes.executable[row] ?? 0;
  return processes.executable[row + 1] === from + 1 && processes.text[from] === SLASH;
};

export interface DiffOptions {
  /** Whether the sockets' rows are to be read; if not, all that is known of sockets goes on to hold. */
  readonly portsFetched: boolean;
}

export interface DiffResult {
  /** A row could not be told from one of before: its holder or its socket came or went meanwhile. */
  readonly incomplete: boolean;
  /** Something was shown that no event told of; the next snapshot says whether it is so. */
  readonly doubtful: boolean;
}

/** A process that a snapshot was the first to show, and its event, to which its open ports are yet to be added. */
interface Created {
  readonly process: ProcessRecord;
  readonly told: Extract<EventDraft, { name: 'process.created' }>;
}

/** A socket that was closed while the snapshot was taken, before anybody had heard of it. */
interface Departed {
  readonly row: number;
  readonly closed: KernelEvent;
}

/**
 * Compares a snapshot with the ledger and enters what changed. Rows that did not change cost a few
 * look-ups and no object. The rules are those of docs/ordering.md: every event of before the
 * snapshot's end has been entered; what an event told after the snapshot began is never overruled
 * by it; and what is shown against all events, in rows that were not read in one instant, is
 * believed when the next snapshot shows it too.
 */
export class SnapshotDiff {
  readonly #ledger: Ledger;
  #generation = 0;
  #incomplete = false;
  #doubtful = false;
  /** Processes that this snapshot shows and that are left out, by PID. */
  readonly #notReady = new Set<number>();
  /** Sockets without a cookie that the last snapshot was the first to show, by inode, and when it ended. */
  #nameless = new Map<bigint, bigint>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  apply(columns: SnapshotColumns, options: DiffOptions): DiffResult {
    this.#generation += 1;
    this.#notReady.clear();
    this.#incomplete = this.#doubtful = false;
    const seen: Sighting = { at: columns.finishedAt, source: 'poll', hook: null };
    const { sockets, processes } = this.#ledger;
    const gainedPort = new Set<ProcessRecord>();

    const fresh = this.#processes(columns, seen);
    if (options.portsFetched) this.#sockets(columns, seen, gainedPort);
    this.#absentProcesses(columns.startedAt, seen);

    // Told after the sockets were entered, so that the matcher sees a process with all its ports.
    for (const { process, told } of fresh) {
      const openPorts = process.openPorts(this.#ledger.countPortsAsBeyla);
      if (openPorts.length > 0) told.openPorts = openPorts as Port[];
      this.#ledger.processChanged('created', process, seen);
      gainedPort.delete(process);
    }
    for (const process of gainedPort) this.#ledger.processChanged('changed', process, seen);

    processes.forgetExited(columns.startedAt, this.#generation);
    if (options.portsFetched) sockets.forgetClosed();
    return { incomplete: this.#incomplete, doubtful: this.#doubtful };
  }

  /** Enters new and changed processes; returns the new ones, of which the matcher has not heard. */
  #processes(columns: SnapshotColumns, seen: Sighting): Created[] {
    const { processes } = this.#ledger;
    const rows = columns.processes;
    const pathReader: PathReader = columns.source === 'iter' ? 'kernel' : 'proc';
    const fresh: ProcessRecord[] = [];
    for (let row = 0; row < rows.length; row += 1) {
      const pid = rows.pid[row] ?? 0;
      const startTime = rows.startTime[row] ?? 0n;
      const known = processes.at(pid);
      if (known !== undefined && sameStart(known.fields.startTime, startTime)) {
        known.generation = this.#generation;
        if (known.touchedAt < columns.startedAt) this.#compare(known, columns, row, pathReader, seen);
        continue;
      }
      if (processes.isExited(pid, startTime, this.#generation)) continue;
      if (known !== undefined) {
        // An event told of a later process with this PID than the row shows.
        if (known.fields.startTime > startTime && known.touchedAt >= columns.startedAt) continue;
        this.#ledger.processDeleted(known, seen, null);
      }
      if (!processes.remembersExits(columns.startedAt)) {
        // It may be one of the many that have exited since.
        this.#incomplete = true;
        this.#notReady.add(pid);
        continue;
      }
      if (isNotReady(columns, row)) {
        // No event, not remembered, tried again with the next poll.
        this.#notReady.add(pid);
        continue;
      }
      const record = processes.add(this.#decode(columns, row));
      record.generation = this.#generation;
      if (record.executable !== null) record.executableReader = pathReader;
      this.#remember(record, columns, row);
      if (record.isKernelThread) continue;
      fresh.push(record);
    }
    return fresh.map((process) => {
      const told: Created['told'] = {
        ...this.#ledger.base(seen),
        name: 'process.created',
        process: process.info,
      };
      this.#ledger.event(told);
      return { process, told };
    });
  }

  #compare(
    known: ProcessRecord,
    columns: SnapshotColumns,
    row: number,
    pathReader: PathReader,
    seen: Sighting,
  ): void {
    const rows = columns.processes;
    const { fields, raw } = known;
    const readable = rows.executableKnown[row] === 1;
    const unchanged =
      raw !== null &&
      fields.uid === rows.uid[row] &&
      fields.parentPid === rows.parentPid[row] &&
      fields.networkNamespace === rows.networkNamespace[row] &&
      fields.cgroupId === rows.cgroupId[row] &&
      (!readable || fields.executable !== null) &&
      sameBytes(rows.text, rows.name[row] ?? 0, rows.name[row + 1] ?? 0, raw.name) &&
      sameBytes(rows.text, rows.executable[row] ?? 0, rows.executable[row + 1] ?? 0, raw.executable) &&
      sameBytes(rows.text, rows.args[row] ?? 0, rows.args[row + 1] ?? 0, raw.args);
    if (unchanged) {
      known.execDoubtedAt = null;
      return;
    }

    const now = this.#decode(columns, row);
    const previous = fields.executable;
    // An executable that cannot be read now is the one that was read before.
    const executable = now.executable ?? previous;
    const comparable = known.executableReader === pathReader;
    const replaced =
      previous !== null && now.executable !== null && comparable && now.executable !== previous;
    let { at } = seen;
    if (replaced) {
      // An exec shows before its event is on its way.
      const since = this.#replacedSince(known, columns);
      if (since === null) return;
      at = since;
    }
    known.execDoubtedAt = null;
    this.#remember(known, columns, row);
    const becameReadable = previous === null && executable !== null;
    const keepsPath = previous !== null && !replaced;
    // What was captured of a long command line differs between readers; only a real change is one.
    const sameArguments = !comparable && now.argsLength === fields.argsLength && fields.args.length > 0;
    known.update({
      parentPid: now.parentPid,
      uid: now.uid,
      name: now.name,
      cgroupId: now.cgroupId,
      networkNamespace: now.networkNamespace,
      executable: keepsPath ? previous : executable,
      executableFile: now.executableFile ?? fields.executableFile,
      executableType: replaced || becameReadable ? null : fields.executableType,
      placement: now.cgroupId === fields.cgroupId ? fields.placement : null,
      args: sameArguments || (now.args.length === 0 && !replaced) ? fields.args : now.args,
      argsLength: now.argsLength === 0 && !replaced ? fields.argsLength : now.argsLength,
    });
    if (replaced || becameReadable) known.executableReader = pathReader;
    if (replaced) {
      this.#ledger.event({
        ...this.#ledger.base({ ...seen, at }),
        name: 'process.exec',
        process: known.info,
        previousExecutable: previous,
      });
    }
    this.#ledger.processChanged('changed', known, { ...seen, at }, replaced || becameReadable);
  }

  /** Since when a process runs another executable of which no event told; null: not to be believed yet. */
  #replacedSince(process: ProcessRecord, columns: SnapshotColumns): bigint | null {
    if (isInstant(columns)) return columns.finishedAt;
    const { execDoubtedAt } = process;
    if (execDoubtedAt !== null && execDoubtedAt < columns.startedAt) return execDoubtedAt;
    process.execDoubtedAt = columns.finishedAt;
    this.#doubtful = true;
    return null;
  }

  /**
   * Since when a socket has been as this snapshot shows it and no event told; null: not to be believed
   * yet. Rows are not read in one instant: a descriptor that travels from a process not yet looked at
   * to one already looked at is missed, and listen() sets a state that it may take back.
   */
  #shownSince(socket: SocketRecord, shown: number, columns: SnapshotColumns): bigint | null {
    if (isInstant(columns)) return columns.finishedAt;
    const { doubt } = socket;
    if (doubt?.shown === shown && doubt.at < columns.startedAt) {
      socket.doubt = null;
      return doubt.at;
    }
    socket.doubt = { shown, at: columns.finishedAt };
    this.#doubtful = true;
    return null;
  }

  #decode(columns: SnapshotColumns, row: number): ProcessFields {
    const rows = columns.processes;
    const text = (offsets: Uint32Array): string =>
      decodeText(rows.text.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0));
    const args = text(rows.args);
    const inode = rows.executableInode[row] ?? 0n;
    return {
      pid: rows.pid[row] ?? 0,
      startTime: rows.startTime[row] ?? 0n,
      parentPid: rows.parentPid[row] ?? 0,
      uid: rows.uid[row] ?? 0,
      name: text(rows.name),
      executable: rows.executableKnown[row] === 1 && !isNotReady(columns, row) ? text(rows.executable) : null,
      executableFile: inode === 0n ? null : { device: rows.executableDevice[row] ?? 0, inode },
      executableType: null,
      placement: null,
      args: args === '' ? [] : (args.endsWith('\0') ? args.slice(0, -1) : args).split('\0'),
      argsLength: rows.argsLength[row] ?? 0,
      cgroupId: rows.cgroupId[row] ?? 0n,
      networkNamespace: rows.networkNamespace[row] ?? 0,
    };
  }

  #remember(record: ProcessRecord, columns: SnapshotColumns, row: number): void {
    const rows = columns.processes;
    const bytes = (offsets: Uint32Array): Uint8Array =>
      rows.text.slice(offsets[row] ?? 0, offsets[row + 1] ?? 0);
    record.raw = { name: bytes(rows.name), executable: bytes(rows.executable), args: bytes(rows.args) };
  }

  #absentProcesses(startedAt: bigint, seen: Sighting): void {
    const { processes } = this.#ledger;
    for (const process of processes.values()) {
      if (process.generation !== this.#generation && process.touchedAt < startedAt) {
        this.#ledger.processDeleted(process, seen, null);
      }
    }
  }

  #sockets(columns: SnapshotColumns, seen: Sighting, gainedPort: Set<ProcessRecord>): void {
    const { sockets, processes } = this.#ledger;
    const rows = columns.sockets;
    const cookieAt = reader(rows.cookie);
    const inodeAt = reader(rows.inode);
    const fresh: SocketRecord[] = [];
    const nowListening: SocketRecord[] = [];
    const departed: Departed[] = [];
    const nameless = new Map<bigint, bigint>();
    const connected = this.#ledger.countPortsAsBeyla ? new ConnectedPorts<ProcessRecord>() : null;
    let lastPid = -1;
    let holder: ProcessRecord | undefined;

    for (let row = 0; row < rows.length; row += 1) {
      const cookie = cookieAt(row);
      let record = cookie === 0 ? sockets.byInode(inodeAt(row)) : sockets.byCookie(cookie);
      if (record === undefined && cookie !== 0 && sockets.hasNameless) {
        record = sockets.byInode(inodeAt(row));
        if (record !== undefined) sockets.nameByCookie(record, cookie);
      }
      if (record === undefined) {
        if (rows.port[row] === 0 || this.#notReady.has(rows.pid[row] ?? 0)) continue;
        if (stateOf(rows.protocol[row] ?? 0, rows.state[row] ?? 0) === 'connected') {
          connected?.add(processes.at(rows.pid[row] ?? 0), rows.port[row] ?? 0, rows.protocol[row] ?? 0);
          continue;
        }
        const closedAt = cookie === 0 ? undefined : sockets.closedAt(cookie);
        if (closedAt !== undefined) {
          const closed = sockets.takeUntold(cookie);
          if (closed !== undefined && closedAt >= columns.startedAt) departed.push({ row, closed });
          continue;
        }
        if (!sockets.remembersCloses(columns.startedAt)) {
          // It may be one of the many that were closed since.
          this.#incomplete = true;
          continue;
        }
        if (cookie === 0 && !this.#isNameless(row, columns, nameless)) continue;
        record = this.#newSocket(columns, row, seen);
        fresh.push(record);
      } else if (record.touchedAt < columns.startedAt) {
        if (record.rawState !== rows.state[row]) {
          const now = this.#newState(record, columns, row, seen, fresh, nowListening);
          if (now === null) continue;
          record = now;
        } else record.doubt = null;
      }
      if (record.generation !== this.#generation) {
        record.generation = this.#generation;
        record.metHolders = 0;
        record.otherHolders = null;
        record.lastMet = null;
      }

      const pid = rows.pid[row] ?? 0;
      if (pid === 0) {
        // Not ours to see. Holders known from a time of better sight stay.
        record.metHolders = record.holders.length;
        continue;
      }
      if (pid !== lastPid) {
        lastPid = pid;
        holder = this.#holder(pid, columns);
      }
      if (holder === undefined) {
        this.#incomplete = true;
        continue;
      }
      if (record.lastMet === holder) continue;
      record.lastMet = holder;
      if (record.otherHolders === null && record.holders[record.metHolders] === holder)
        record.metHolders += 1;
      else (record.otherHolders ??= []).push(holder);
    }

    this.#nameless = nameless;
    const isInSight = namespacesInSight(columns);
    const absent: { record: SocketRecord; at: bigint }[] = [];
    for (const record of sockets.values()) {
      if (record.generation === this.#generation) this.#settleHolders(record, columns.startedAt, gainedPort);
      else if (record.touchedAt < columns.startedAt && !this.#isHeldOutOfSight(record, isInSight)) {
        const at = this.#shownSince(record, ABSENT, columns);
        if (at !== null) absent.push({ record, at });
      }
    }
    for (const { record, at } of absent) {
      const process = this.#ledger.principalOf(record) ?? record.lastProcess;
      this.#ledger.socketClosed(record, { ...seen, at }, process);
    }
    for (const record of fresh) this.#tell(record, seen, gainedPort);
    for (const record of nowListening) this.#tell(record, seen, gainedPort);
    for (const { row, closed } of departed) this.#tellDeparted(columns, row, closed, seen);
    connected?.settle(processes.values(), gainedPort);
  }

  /**
   * Whether a socket of which nobody knows has no cookie, and did not just get one: events speak of it
   * by that, and which socket they mean is not known before a row shows both.
   */
  #isNameless(row: number, columns: SnapshotColumns, met: Map<bigint, bigint>): boolean {
    const inode = columns.sockets.inode[row] ?? 0n;
    const shownAt = this.#nameless.get(inode);
    met.set(inode, columns.finishedAt);
    const shownBefore = shownAt !== undefined && shownAt < columns.startedAt;
    const atPort = [...this.#ledger.sockets.atPort(columns.sockets.port[row] ?? 0)];
    const mayBeNamed = atPort.some(({ touchedAt }) => touchedAt >= columns.startedAt);
    if (!mayBeNamed && (shownBefore || isInstant(columns))) return true;
    this.#doubtful = true;
    return false;
  }

  /** Whom a row means by a PID; undefined: nobody that is known, or the PID went to another meanwhile. */
  #holder(pid: number, columns: SnapshotColumns): ProcessRecord | undefined {
    const { processes } = this.#ledger;
    if (!isInstant(columns) && processes.changedHands(pid, columns.startedAt)) return undefined;
    return processes.at(pid);
  }

  #newSocket(columns: SnapshotColumns, row: number, seen: Sighting): SocketRecord {
    const rows = columns.sockets;
    const cookie = rows.cookie[row] ?? 0n;
    const inode = rows.inode[row] ?? 0n;
    const family = rows.family[row] === AF_INET ? 'ipv4' : 'ipv6';
    const record = this.#ledger.addSocket(
      cookie !== 0n
        ? { space: 'cookie', value: exactNumber(cookie) }
        : { space: 'inode', value: exactNumber(inode) },
      {
        key: socketKey(cookie, inode),
        transport: rows.protocol[row] === IPPROTO_TCP ? 'tcp' : 'udp',
        family,
        address: addressText(family, rows.address, row * 16),
        port: (rows.port[row] ?? 0) as SocketInfo['port'],
        networkNamespace: rows.networkNamespace[row] ?? 0,
        state: stateOf(rows.protocol[row] ?? 0, rows.state[row] ?? 0),
      },
      seen,
      false,
    );
    record.rawState = rows.state[row] ?? 0;
    record.uid = rows.uid[row] ?? null;
    return record;
  }

  /** Tells of a socket that only this snapshot has shown, and then its close, which came first. */
  #tellDeparted(columns: SnapshotColumns, row: number, closed: KernelEvent, seen: Sighting): void {
    const ledger = this.#ledger;
    const pid = columns.sockets.pid[row] ?? 0;
    const record = this.#newSocket(columns, row, { ...seen, at: closed.time });
    const holder = this.#holder(pid, columns) ?? ledger.processes.exited(closed.pid, closed.startTime);
    const process = holder?.pid === pid ? holder.info : null;
    ledger.event({
      ...ledger.base({ ...seen, at: closed.time }),
      name: record.fields.state === 'listening' ? 'socket.listening' : 'socket.bound',
      process,
      socket: record.info,
      ...record.ownerUid(process),
    });
    ledger.socketClosed(record, { at: closed.time, source: 'ebpf', hook: closed.hook }, process);
  }

  /** The row shows another state than the last snapshot did. Returns the record that stands for it now, null where none does. */
  #newState(
    record: SocketRecord,
    columns: SnapshotColumns,
    row: number,
    seen: Sighting,
    fresh: SocketRecord[],
    nowListening: SocketRecord[],
  ): SocketRecord | null {
    const { sockets } = this.#ledger;
    const rows = columns.sockets;
    const state = stateOf(rows.protocol[row] ?? 0, rows.state[row] ?? 0);
    const port = (rows.port[row] ?? 0) as SocketInfo['port'];
    let { at } = seen;
    if ((record.fields.state === 'listening') !== (state === 'listening')) {
      const since = this.#shownSince(record, rows.state[row] ?? 0, columns);
      if (since === null) return record;
      at = since;
    } else record.doubt = null;
    record.rawState = rows.state[row] ?? 0;
    if (record.fields.state === 'listening' && state !== 'listening') {
      // A listener that stopped listening is closed; what is left of it is a socket anew, or a connection.
      const process = this.#ledger.principalOf(record) ?? record.lastProcess;
      this.#ledger.socketClosed(record, { ...seen, at }, process);
      if (state === 'connected') return null;
      const left = this.#newSocket(columns, row, seen);
      fresh.push(left);
      return left;
    }
    const address = addressText(record.fields.family, rows.address, row * 16);
    if (address !== record.fields.address || port !== record.fields.port) {
      sockets.move(record, { address, port });
      this.#ledger.socketChanged(record);
    }
    if (record.fields.state !== state) {
      record.fields.state = state;
      record.changed();
      if (state === 'listening') {
        record.listeningSince = { at: this.#ledger.clock.toWall(at), exact: false };
        nowListening.push(record);
      } else {
        this.#ledger.socketChanged(record);
      }
    }
    return record;
  }

  /** Whether no row can show it, though somebody who was seen with it lives on. */
  #isHeldOutOfSight(record: SocketRecord, isInSight: (networkNamespace: number) => boolean): boolean {
    return (
      !isInSight(record.fields.networkNamespace) &&
      record.holders.some(({ generation }) => generation === this.#generation)
    );
  }

  /** Puts the holders that the rows showed in place of the old ones, when they differ. */
  #settleHolders(record: SocketRecord, startedAt: bigint, gainedPort: Set<ProcessRecord>): void {
    if (record.otherHolders === null && record.metHolders === record.holders.length) return;
    const now = new Set(record.holders.slice(0, record.metHolders));
    for (const holder of record.otherHolders ?? []) now.add(holder);
    if (record.touchedAt >= startedAt) for (const holder of record.holders) now.add(holder);
    record.otherHolders = null;
    record.metHolders = now.size;
    const before = record.holders;
    const holders = [...now];
    this.#ledger.sockets.setHolders(record, holders);
    if (this.#ledger.counts(record)) {
      for (const holder of holders) if (!before.includes(holder)) gainedPort.add(holder);
    }
    record.lastProcess ??= this.#ledger.principalOf(record);
    this.#ledger.socketChanged(record);
  }

  #tell(record: SocketRecord, seen: Sighting, gainedPort: Set<ProcessRecord>): void {
    const process = this.#ledger.principalOf(record);
    record.lastProcess ??= process;
    const { state } = record.fields;
    if (state === 'connected') return;
    this.#ledger.event({
      ...this.#ledger.base(seen),
      name: state === 'listening' ? 'socket.listening' : 'socket.bound',
      process,
      socket: record.info,
      ...record.ownerUid(process),
    });
    this.#ledger.socketChanged(record);
    if (this.#ledger.counts(record)) for (const holder of record.holders) gainedPort.add(holder);
  }
}
