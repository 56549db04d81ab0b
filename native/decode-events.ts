import {
  addressText,
  type KernelEvent,
  type KernelEventKind,
  type KernelIdentity,
} from '../contract/index.js';

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
];

/** Offsets within `struct bs_event` and `struct bs_identity_event` (bpf/include/bindscope/events.h). */
const at = {
  kind: 0,
  size: 4,
  time: 8,
  startTime: 16,
  cgroupId: 24,
  cookie: 32,
  boundAt: 40,
  networkNamespace: 48,
  pid: 52,
  tid: 56,
  parentPid: 60,
  uid: 64,
  error: 68,
  family: 72,
  port: 74,
  hook: 76,
  protocol: 78,
  flags: 79,
  address: 80,
  name: 96,
  executableInode: 112,
  executableDevice: 120,
  argsLength: 124,
  argsSize: 128,
  pathSize: 130,
  args: 136,
  path: 392,
} as const;

const eventSize = 112;
const identityEventSize = 904;
const nameLength = 16;
const argsRoom = 256;
const pathRoom = 512;

const flag = { unconfirmed: 0x1, hasIdentity: 0x2, pathCut: 0x8 } as const;

const families = { 2: 'ipv4', 10: 'ipv6' } as const;
const transports = { 6: 'tcp', 17: 'udp' } as const;

const utf8 = new TextDecoder();

const text = (bytes: Uint8Array, from: number, length: number): string =>
  utf8.decode(bytes.subarray(from, from + length));

const untilNul = (bytes: Uint8Array, from: number, room: number): string => {
  const end = bytes.indexOf(0, from);
  return text(bytes, from, end === -1 || end > from + room ? room : end - from);
};

/** Strings that are each ended by NUL; the last one may have lost its NUL when it was cut. */
const strings = (bytes: Uint8Array, from: number, length: number): string[] => {
  if (length === 0) return [];
  const list = text(bytes, from, length).split('\0');
  if (list.at(-1) === '') list.pop();
  return list;
};

const identity = (view: DataView, bytes: Uint8Array, base: number, flags: number): KernelIdentity => {
  const pathSize = Math.min(view.getUint16(base + at.pathSize, true), pathRoom);
  const components = strings(bytes, base + at.path, pathSize).reverse();
  // The root end of a cut path is unknown: what there is hangs below an ellipsis.
  if ((flags & flag.pathCut) !== 0 && components.length > 0) components.unshift('…');
  const argsSize = Math.min(view.getUint16(base + at.argsSize, true), argsRoom);
  const inode = view.getBigUint64(base + at.executableInode, true);
  return {
    executable: components.length > 0 ? `/${components.join('/')}` : null,
    executableFile: inode === 0n ? null : { device: view.getUint32(base + at.executableDevice, true), inode },
    args: strings(bytes, base + at.args, argsSize),
    argsLength: view.getUint32(base + at.argsLength, true),
  };
};

const socket = (
  view: DataView,
  bytes: Uint8Array,
  base: number,
  family: number,
  protocol: number,
): KernelEvent['socket'] | undefined => {
  if (family === 0) return null;
  const familyName = families[family as keyof typeof families] as 'ipv4' | 'ipv6' | undefined;
  const transport = transports[protocol as keyof typeof transports] as 'tcp' | 'udp' | undefined;
  if (familyName === undefined || transport === undefined) return undefined;
  const boundAt = view.getBigUint64(base + at.boundAt, true);
  return {
    cookie: view.getBigUint64(base + at.cookie, true),
    transport,
    family: familyName,
    address: addressText(familyName, bytes, base + at.address),
    port: view.getUint16(base + at.port, true),
    boundAt: boundAt === 0n ? null : boundAt,
  };
};

/**
 * The events of a batch, in the order of the ring buffer. Sockets that are neither TCP nor UDP (ping
 * sockets bind too) are left out. Throws a RangeError for records that do not fit the layout, which
 * only a helper of another version can have made.
 */
export const decodeEvents = ({ records, count }: RecordBatch): KernelEvent[] => {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  const events: KernelEvent[] = [];
  let base = 0;
  for (let index = 0; index < count; index += 1) {
    const left = records.byteLength - base;
    const size = left >= eventSize ? view.getUint32(base + at.size, true) : 0;
    const kind = size >= eventSize && size <= left ? kinds[view.getUint32(base + at.kind, true)] : undefined;
    const flags = kind === undefined ? 0 : view.getUint8(base + at.flags);
    const hasIdentity = (flags & flag.hasIdentity) !== 0;
    if (kind === undefined || (hasIdentity && size < identityEventSize)) {
      throw new RangeError(`record ${index} of ${count} is not one of bindscope/events.h`);
    }
    const family = view.getUint16(base + at.family, true);
    const told = socket(view, records, base, family, view.getUint8(base + at.protocol));
    if (told !== undefined) {
      events.push({
        kind,
        time: view.getBigUint64(base + at.time, true),
        hook: hookNames[view.getUint16(base + at.hook, true)] ?? 'unknown',
        pid: view.getUint32(base + at.pid, true),
        tid: view.getUint32(base + at.tid, true),
        startTime: view.getBigUint64(base + at.startTime, true),
        parentPid: view.getUint32(base + at.parentPid, true),
        uid: view.getUint32(base + at.uid, true),
        name: untilNul(records, base + at.name, nameLength),
        cgroupId: view.getBigUint64(base + at.cgroupId, true),
        networkNamespace: view.getUint32(base + at.networkNamespace, true),
        identity: hasIdentity ? identity(view, records, base, flags) : null,
        socket: told,
        error: view.getInt32(base + at.error, true),
        unconfirmed: (flags & flag.unconfirmed) !== 0,
      });
    }
    base += size;
  }
  return events;
};
