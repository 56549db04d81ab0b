import type { AddressFamily, KernelEvent, KernelEventKind } from '../contract/index.js';
import type { Records } from './decoded-before.js';
import { DecodedBefore } from './decoded-before.js';
import { at, eventSize, flag, identityEventSize } from './record-layout.js';

/** Records as they lie in the ring buffer, and how many: see `NativeBatch`. */
export interface RecordBatch {
  readonly records: Uint8Array;
  readonly count: number;
}

/** `enum bs_event_kind`. */
const kinds: Readonly<Partial<Record<number, KernelEventKind>>> = {
  1: 'attempted',
  2: 'bound',
  3: 'bind_failed',
  4: 'listening',
  5: 'listen_failed',
  6: 'closed',
  7: 'exec',
  8: 'exit',
};

/** `enum bs_hook`; the same names as bs_hook_names of src/core/hooks.cpp, in the same order. */
export const hookNames: readonly string[] = [
  'none',
  'cgroup/post_bind4',
  'cgroup/post_bind6',
  'cgroup/sock_release',
  'tp_btf/inet_sock_set_state',
  'tp_btf/sched_process_exec',
  'tp_btf/sched_process_exit',
  'tracepoint/syscalls/sys_exit_bind',
  'fentry/security_socket_bind',
  'kprobe/security_socket_bind',
  'fexit/__sys_bind',
  'kretprobe/__sys_bind',
  'fexit/inet_csk_listen_start',
  'kretprobe/inet_csk_listen_start',
  'sock_diag destroy',
  'cgroup/bind',
  'cgroup/bind+task_work',
  'cgroup/bind+sock_release',
  'lsm/socket_bind',
  'tracepoint/syscalls/sys_enter_bind',
];

const families = { 2: 'ipv4', 10: 'ipv6' } as const;
const transports = { 6: 'tcp', 17: 'udp' } as const;

/**
 * Decodes batches of one ring buffer, one after the other; keeps what records of the same thread have
 * in common, so that events share it. Give it up with the watcher.
 */
export class EventDecoder {
  readonly #before = new DecodedBefore();

  /**
   * The events of a batch, in the order of the ring buffer. Sockets that are neither TCP nor UDP (ping
   * sockets bind too) are left out. Throws a RangeError for records that do not fit the layout, which
   * only a helper of another version can have made.
   */
  decode({ records, count }: RecordBatch): KernelEvent[] {
    const { buffer, byteOffset, byteLength } = records;
    const view = new DataView(buffer, byteOffset, byteLength);
    const all: Records = { bytes: records, view, buffer: Buffer.from(buffer, byteOffset, byteLength) };
    const events: KernelEvent[] = [];
    let base = 0;
    for (let index = 0; index < count; index += 1) {
      const left = byteLength - base;
      const size = left >= eventSize ? view.getUint32(base + at.size, true) : 0;
      const kind =
        size >= eventSize && size <= left ? kinds[view.getUint32(base + at.kind, true)] : undefined;
      const flags = kind === undefined ? 0 : view.getUint8(base + at.flags);
      const hasIdentity = (flags & flag.hasIdentity) !== 0;
      if (kind === undefined || (hasIdentity && size < identityEventSize)) {
        throw new RangeError(`record ${index} of ${count} is not one of bindscope/events.h`);
      }
      const told = this.#socket(all, base);
      if (told !== undefined) {
        const tid = view.getUint32(base + at.tid, true);
        const process = this.#before.process(all, base, tid);
        events.push({
          kind,
          time: view.getBigUint64(base + at.time, true),
          hook: hookNames[view.getUint16(base + at.hook, true)] ?? 'unknown',
          pid: view.getUint32(base + at.pid, true),
          tid,
          startTime: process.startTime,
          parentPid: view.getUint32(base + at.parentPid, true),
          uid: view.getUint32(base + at.uid, true),
          name: process.name,
          cgroupId: process.cgroupId,
          networkNamespace: view.getUint32(base + at.networkNamespace, true),
          identity: hasIdentity ? this.#before.identity(all, base, flags, process) : null,
          socket: told,
          error: view.getInt32(base + at.error, true),
          unconfirmed: (flags & flag.unconfirmed) !== 0,
        });
      }
      base += size;
    }
    return events;
  }

  /** Null: the record is of no socket; undefined: of one that is not told. */
  #socket(records: Records, base: number): KernelEvent['socket'] | undefined {
    const { view } = records;
    const family = view.getUint16(base + at.family, true);
    if (family === 0) return null;
    const familyName = families[family as keyof typeof families] as AddressFamily | undefined;
    const protocol = view.getUint8(base + at.protocol);
    const transport = transports[protocol as keyof typeof transports] as 'tcp' | 'udp' | undefined;
    if (familyName === undefined || transport === undefined) return undefined;
    const boundAt = view.getBigUint64(base + at.boundAt, true);
    return {
      cookie: view.getBigUint64(base + at.cookie, true),
      transport,
      family: familyName,
      address: this.#before.address(records, base, familyName),
      port: view.getUint16(base + at.port, true),
      boundAt: boundAt === 0n ? null : boundAt,
    };
  }
}

/** The events of one batch by itself: see {@link EventDecoder.decode}. */
export const decodeEvents = (batch: RecordBatch): KernelEvent[] => new EventDecoder().decode(batch);
