import type { KernelEvent, SnapshotColumns, SocketInfo } from '../../contract/index.js';
import { addressText, socketKey } from '../../contract/index.js';
import { ConnectedPorts } from './connected-ports.js';
import type { Ledger, Sighting } from './ledger.js';
import { namespacesInSight } from './namespaces-in-sight.js';
import type { ProcessRecord, SocketRecord } from './records.js';
import { ABSENT } from './records.js';
import type { SnapshotPass } from './snapshot-pass.js';
import { isInstant } from './snapshot-pass.js';
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

/** 64-bit values as numbers where exact, without making a bigint of each. */
const reader = (column: BigUint64Array): ((row: number) => number | bigint) => {
  const halves = new Uint32Array(column.buffer, column.byteOffset, column.length * 2);
  return (row) => {
    const high = halves[row * 2 + 1] ?? 0;
    return high < EXACT_HIGH ? high * 0x1_0000_0000 + (halves[row * 2] ?? 0) : exactNumber(column[row] ?? 0n);
  };
};

/** A socket that was closed while the snapshot was taken, before anybody had heard of it. */
interface Departed {
  readonly row: number;
  readonly closed: KernelEvent;
}

/** Enters the sockets of snapshots, once their processes are in. */
export class SocketRows {
  readonly #ledger: Ledger;
  /** Sockets without a cookie that the last snapshot was the first to show, by inode, and when it ended. */
  #nameless = new Map<bigint, bigint>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  enter(pass: SnapshotPass): void {
    const { columns, seen, generation, notReady, gainedPort } = pass;
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
        if (rows.port[row] === 0 || notReady.has(rows.pid[row] ?? 0)) continue;
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
          pass.incomplete = true;
          continue;
        }
        if (cookie === 0 && !this.#isNameless(row, pass, nameless)) continue;
        record = this.#newSocket(columns, row, seen);
        fresh.push(record);
      } else if (record.touchedAt < columns.startedAt) {
        if (record.rawState !== rows.state[row]) {
          const now = this.#newState(record, row, pass, fresh, nowListening);
          if (now === null) continue;
          record = now;
        } else record.doubt = null;
      }
      if (record.generation !== generation) {
        record.generation = generation;
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
        pass.incomplete = true;
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
      if (record.generation === generation) this.#settleHolders(record, columns.startedAt, gainedPort);
      else if (
        record.touchedAt < columns.startedAt &&
        !this.#isHeldOutOfSight(record, isInSight, generation)
      ) {
        const at = this.#shownSince(record, ABSENT, pass);
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
   * Since when a socket has been as this snapshot shows it and no event told; null: not to be believed
   * yet. Rows are not read in one instant: a descriptor that travels from a process not yet looked at
   * to one already looked at is missed, and listen() sets a state that it may take back.
   */
  #shownSince(socket: SocketRecord, shown: number, pass: SnapshotPass): bigint | null {
    const { columns } = pass;
    if (isInstant(columns)) return columns.finishedAt;
    const { doubt } = socket;
    if (doubt?.shown === shown && doubt.at < columns.startedAt) {
      socket.doubt = null;
      return doubt.at;
    }
    socket.doubt = { shown, at: columns.finishedAt };
    pass.doubtful = true;
    return null;
  }

  /**
   * Whether a socket of which nobody knows has no cookie, and did not just get one: events speak of it
   * by that, and which socket they mean is not known before a row shows both.
   */
  #isNameless(row: number, pass: SnapshotPass, met: Map<bigint, bigint>): boolean {
    const { columns } = pass;
    const inode = columns.sockets.inode[row] ?? 0n;
    const shownAt = this.#nameless.get(inode);
    met.set(inode, columns.finishedAt);
    const shownBefore = shownAt !== undefined && shownAt < columns.startedAt;
    const atPort = [...this.#ledger.sockets.atPort(columns.sockets.port[row] ?? 0)];
    const mayBeNamed = atPort.some(({ touchedAt }) => touchedAt >= columns.startedAt);
    if (!mayBeNamed && (shownBefore || isInstant(columns))) return true;
    pass.doubtful = true;
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
    row: number,
    pass: SnapshotPass,
    fresh: SocketRecord[],
    nowListening: SocketRecord[],
  ): SocketRecord | null {
    const { columns, seen } = pass;
    const { sockets } = this.#ledger;
    const rows = columns.sockets;
    const state = stateOf(rows.protocol[row] ?? 0, rows.state[row] ?? 0);
    const port = (rows.port[row] ?? 0) as SocketInfo['port'];
    let { at } = seen;
    if ((record.fields.state === 'listening') !== (state === 'listening')) {
      const since = this.#shownSince(record, rows.state[row] ?? 0, pass);
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
  #isHeldOutOfSight(
    record: SocketRecord,
    isInSight: (networkNamespace: number) => boolean,
    shown: number,
  ): boolean {
    return (
      !isInSight(record.fields.networkNamespace) &&
      record.holders.some(({ generation }) => generation === shown)
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
