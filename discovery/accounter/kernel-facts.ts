import type { KernelEvent, ProcessInfo } from '../../contract/index.js';
import { socketKey } from '../../contract/index.js';
import type { Ledger, Sighting } from './ledger.js';
import { sameStart, toldOf } from './process-table.js';
import type { SocketFields, SocketRecord } from './records.js';
import { exactNumber } from './socket-table.js';

type SocketOfEvent = NonNullable<KernelEvent['socket']>;

const fieldsOf = (
  event: KernelEvent,
  socket: SocketOfEvent,
  state: SocketFields['state'],
): SocketFields => ({
  key: socketKey(socket.cookie, 0n),
  transport: socket.transport,
  family: socket.family,
  address: socket.address,
  port: socket.port as SocketFields['port'],
  networkNamespace: event.networkNamespace,
  state,
});

/** Enters facts of the kernel into the ledger. Bind failures are not entered here: they want a culprit. */
export class KernelFacts {
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  static sighting(event: KernelEvent): Sighting {
    return { at: event.time, source: 'ebpf', hook: event.hook };
  }

  bound(event: KernelEvent, socket: SocketOfEvent): void {
    const ledger = this.#ledger;
    const seen = KernelFacts.sighting(event);
    const process = ledger.processOf(event, seen);
    const known = ledger.sockets.byCookie(exactNumber(socket.cookie));
    if (known?.fields.port === socket.port) {
      // A poll was faster and has told it; the kernel knows better when and by whom.
      if (known.since.exact) return;
      known.since = { at: ledger.clock.toWall(event.time), exact: true };
      known.sinceBoot = event.time;
      known.olderThanWatch = false;
      known.touchedAt = event.time;
      ledger.sockets.setBinder(known, process);
      ledger.socketChanged(known);
      return;
    }
    if (known !== undefined) ledger.socketClosed(known, seen, process.info);
    const record = ledger.addSocket(
      { space: 'cookie', value: exactNumber(socket.cookie) },
      fieldsOf(event, socket, 'bound'),
      seen,
      { exact: true, olderThanWatch: false },
    );
    ledger.sockets.setBinder(record, process);
    if (ledger.isAlive(process)) ledger.sockets.setHolders(record, [process]);
    ledger.event({
      name: 'socket.bound',
      time: record.since.at,
      source: seen.source,
      hook: seen.hook,
      process: process.info,
      socket: record.info,
    });
    ledger.socketChanged(record);
    if (ledger.counts(record) && ledger.isAlive(process)) ledger.processChanged('changed', process, seen);
  }

  listening(event: KernelEvent, socket: SocketOfEvent): void {
    const ledger = this.#ledger;
    const seen = KernelFacts.sighting(event);
    const process = ledger.processOf(event, seen);
    const at = { at: ledger.clock.toWall(event.time), exact: true };
    let record = ledger.sockets.byCookie(exactNumber(socket.cookie));
    if (record?.fields.state === 'listening') {
      if (record.listeningSince?.exact !== true) {
        record.listeningSince = at;
        record.touchedAt = event.time;
        record.changed();
        ledger.socketChanged(record);
      }
      return;
    }
    if (record === undefined) {
      record = ledger.addSocket(
        { space: 'cookie', value: exactNumber(socket.cookie) },
        fieldsOf(event, socket, 'listening'),
        seen,
        { exact: true, olderThanWatch: false },
      );
    } else {
      if (record.fields.port !== socket.port) {
        ledger.sockets.move(record, { address: socket.address, port: socket.port as SocketFields['port'] });
      }
      record.fields.state = 'listening';
      record.listeningSince = at;
      record.touchedAt = event.time;
      record.changed();
    }
    if (ledger.isAlive(process) && !record.holders.includes(process))
      ledger.sockets.setHolders(record, [...record.holders, process]);
    record.lastProcess = process.info;
    ledger.event({
      ...ledger.base(seen),
      name: 'socket.listening',
      process: process.info,
      socket: record.info,
    });
    ledger.socketChanged(record);
    for (const holder of record.holders) ledger.processChanged('changed', holder, seen);
  }

  closed(event: KernelEvent, socket: SocketOfEvent): void {
    const record = this.#ledger.sockets.byCookie(exactNumber(socket.cookie));
    if (record === undefined) return;
    this.#ledger.socketClosed(
      record,
      KernelFacts.sighting(event),
      this.#closer(event, record),
      socket.boundAt,
    );
  }

  exec(event: KernelEvent): void {
    const ledger = this.#ledger;
    const seen = KernelFacts.sighting(event);
    const known = ledger.processes.at(event.pid);
    if (known === undefined || !sameStart(known.fields.startTime, event.startTime)) {
      ledger.processOf(event, seen);
      return;
    }
    const previousExecutable = known.executable;
    const placement = event.cgroupId === known.fields.cgroupId ? known.fields.placement : null;
    known.update({ ...toldOf(event), executableType: null, placement });
    known.executableReader = known.executable === null ? null : 'kernel';
    known.raw = null;
    known.touchedAt = event.time;
    ledger.event({ ...ledger.base(seen), name: 'process.exec', process: known.info, previousExecutable });
    ledger.processChanged('changed', known, seen, previousExecutable !== known.executable);
  }

  /** Returns whether sockets are left over of which no holder is known any more. */
  exit(event: KernelEvent): boolean {
    const ledger = this.#ledger;
    const known = ledger.processes.at(event.pid);
    if (known === undefined || !sameStart(known.fields.startTime, event.startTime)) {
      ledger.processes.noteExit(event.pid, event.startTime, event.time);
      return false;
    }
    const held = [...known.held];
    const signal = event.error & 0x7f;
    ledger.processDeleted(
      known,
      KernelFacts.sighting(event),
      signal === 0 ? (event.error >> 8) & 0xff : 128 + signal,
    );
    return held.some(({ holders }) => holders.length === 0);
  }

  /**
   * The process to name with a close. The kernel may close late, on a thread of its own or after
   * the process has exited; then it is the one the socket was known with.
   */
  #closer(event: KernelEvent, record: SocketRecord): ProcessInfo | null {
    const { processes } = this.#ledger;
    const caller = processes.at(event.pid) ?? processes.exited(event.pid, event.startTime) ?? undefined;
    const isCaller = caller !== undefined && sameStart(caller.fields.startTime, event.startTime);
    if (isCaller && (record.holders.includes(caller) || record.binder?.key === caller.key))
      return caller.info;
    const principal = this.#ledger.principalOf(record) ?? record.lastProcess;
    if (principal !== null) return principal;
    return isCaller && !caller.isKernelThread ? caller.info : null;
  }
}
