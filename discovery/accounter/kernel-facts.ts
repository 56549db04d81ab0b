import type { KernelEvent, ProcessInfo } from '../../contract/index.js';
import { socketKey } from '../../contract/index.js';
import type { Ledger, Sighting } from './ledger.js';
import { sameStart, toldOf } from './process-table.js';
import type { ProcessRecord, SocketFields, SocketRecord } from './records.js';
import { exactNumber } from './socket-table.js';

type SocketOfEvent = NonNullable<KernelEvent['socket']>;

const fieldsOf = (event: KernelEvent, socket: SocketOfEvent, state: SocketFields['state']): SocketFields => ({
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
    const known = ledger.sockets.byCookie(exactNumber(socket.cookie)) ?? this.#nameless(event, socket);
    if (known?.fields.port === socket.port) {
      // A poll was faster and has told it; the kernel knows better when and by whom.
      if (known.since.exact) return;
      known.since = { at: ledger.clock.toWall(event.time), exact: true };
      known.sinceBoot = event.time;
      known.touch(event.time);
      ledger.sockets.setBinder(known, process);
      ledger.socketChanged(known);
      return;
    }
    if (known !== undefined) ledger.socketClosed(known, seen, process.info);
    const record = ledger.addSocket(
      { space: 'cookie', value: exactNumber(socket.cookie) },
      fieldsOf(event, socket, 'bound'),
      seen,
      true,
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

  /** `all`: every socket that was bound before is known, so that an unknown one begins here. */
  listening(event: KernelEvent, socket: SocketOfEvent, all: boolean): void {
    const ledger = this.#ledger;
    const seen = KernelFacts.sighting(event);
    const process = ledger.processOf(event, seen);
    const at = { at: ledger.clock.toWall(event.time), exact: true };
    let record = ledger.sockets.byCookie(exactNumber(socket.cookie)) ?? this.#nameless(event, socket);
    if (record?.fields.state === 'listening') {
      if (record.listeningSince?.exact !== true) {
        record.listeningSince = at;
        record.toldListeningAt = event.time;
        record.touch(event.time);
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
        all,
      );
      record.listeningSince = at;
    } else {
      if (record.fields.port !== socket.port) {
        ledger.sockets.move(record, { address: socket.address, port: socket.port as SocketFields['port'] });
      }
      record.fields.state = 'listening';
      record.listeningSince = at;
      record.touch(event.time);
      record.changed();
    }
    record.toldListeningAt = event.time;
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

  /** `all`: as for {@link listening}. */
  closed(event: KernelEvent, socket: SocketOfEvent, all: boolean): void {
    const ledger = this.#ledger;
    const seen = KernelFacts.sighting(event);
    const cookie = exactNumber(socket.cookie);
    const record = ledger.sockets.byCookie(cookie);
    if (record !== undefined) {
      ledger.socketClosed(record, seen, this.#closer(event, record), socket.boundAt);
      return;
    }
    if (cookie === 0) return;
    const told = ledger.sockets.takeUnheard(cookie) || ledger.sockets.closedAt(cookie) !== undefined;
    // From before we watched: the next snapshot may show it, or show that it was connected and is none of ours.
    const isOld = socket.boundAt === null;
    ledger.sockets.noteClosed(cookie, event.time, isOld && !told ? event : null);
    if (isOld || told || socket.port === 0) return;
    // All that told of it before was lost.
    const caller = this.#caller(event);
    const process = caller === undefined || caller.isKernelThread ? null : caller.info;
    ledger.closed(fieldsOf(event, socket, 'bound'), seen, { process }, { from: socket.boundAt, exact: all });
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
    known.execDoubtedAt = null;
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
    const caller = this.#caller(event);
    if (caller !== undefined && (record.holders.includes(caller) || record.binder?.key === caller.key))
      return caller.info;
    const principal = this.#ledger.principalOf(record) ?? record.lastProcess;
    if (principal !== null) return principal;
    return caller !== undefined && !caller.isKernelThread ? caller.info : null;
  }

  #caller(event: KernelEvent): ProcessRecord | undefined {
    const { processes } = this.#ledger;
    const now = processes.at(event.pid);
    return now !== undefined && sameStart(now.fields.startTime, event.startTime)
      ? now
      : processes.exited(event.pid, event.startTime);
  }

  /** The socket that had no cookie when snapshots showed it, and got one with this event: the only one at its endpoint. */
  #nameless(event: KernelEvent, socket: SocketOfEvent): SocketRecord | undefined {
    const { sockets } = this.#ledger;
    if (!sockets.hasNameless) return undefined;
    const [record, ...others] = [...sockets.atPort(socket.port)].filter(
      ({ cookie, fields }) =>
        cookie === null &&
        fields.transport === socket.transport &&
        fields.address === socket.address &&
        fields.networkNamespace === event.networkNamespace,
    );
    if (record === undefined || others.length > 0) return undefined;
    sockets.nameByCookie(record, exactNumber(socket.cookie));
    return record;
  }
}
