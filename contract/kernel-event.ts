import type { FileId } from './process.js';
import type { AddressFamily, Transport } from './socket.js';

/** What happened, as the kernel side tells it: `enum bs_event_kind` of bpf/include/bindscope/events.h. */
export type KernelEventKind =
  'attempted' | 'bound' | 'bind_failed' | 'listening' | 'listen_failed' | 'closed' | 'exec' | 'exit';

/** Identity of the process, present on the kinds that carry it (see events.h). */
export interface KernelIdentity {
  /** Absolute path; null for none (kernel threads) or unreadable. */
  readonly executable: string | null;
  /** Null where there is none. */
  readonly executableFile: FileId | null;
  readonly args: readonly string[];
  /** True length of argv in bytes. */
  readonly argsLength: number;
}

/** One decoded `struct bs_event`. Times are boot-clock nanoseconds. */
export interface KernelEvent {
  readonly kind: KernelEventKind;
  readonly time: bigint;
  /** Hook as users know it, e.g. `cgroup/post_bind4`. */
  readonly hook: string;
  readonly pid: number;
  readonly tid: number;
  /** Start time of the thread group leader. */
  readonly startTime: bigint;
  readonly parentPid: number;
  readonly uid: number;
  readonly name: string;
  readonly cgroupId: bigint;
  readonly networkNamespace: number;
  readonly identity: KernelIdentity | null;
  /** Null on exec and exit. */
  readonly socket: {
    /** 0 where there is none (failed binds). */
    readonly cookie: bigint;
    readonly transport: Transport;
    readonly family: AddressFamily;
    readonly address: string;
    /** 0 when asked for any, or when listen() chooses one (confirmed by a snapshot). */
    readonly port: number;
    /** Closed: when it was bound or began to listen; null if that was before we watched. */
    readonly boundAt: bigint | null;
  } | null;
  /** bind_failed: errno, 0 where it is not told; exit: wait status (code << 8 | signal); else 0. */
  readonly error: number;
  /** listening: may still be taken back by listen_failed. */
  readonly unconfirmed: boolean;
}

/**
 * One snapshot as columns. Row i of `processes` is one process, row i of `sockets` one pair of
 * (holder, socket): a socket with two holders is two rows. Strings lie in `text` as UTF-8 bytes;
 * string i of a column is `text[offset[i]..offset[i + 1])`, so offset columns are one longer.
 */
export interface SnapshotColumns {
  /** By the kernel's iterators, or by sock_diag and /proc. */
  readonly source: 'iter' | 'proc';
  /** Boot-clock nanoseconds before the first and after the last row was read. */
  readonly startedAt: bigint;
  readonly finishedAt: bigint;
  readonly processes: {
    readonly length: number;
    readonly pid: Uint32Array;
    readonly parentPid: Uint32Array;
    readonly uid: Uint32Array;
    readonly startTime: BigUint64Array;
    readonly cgroupId: BigUint64Array;
    readonly networkNamespace: Uint32Array;
    readonly argsLength: Uint32Array;
    /** 1 where the executable could be read; else `executable` is empty. */
    readonly executableKnown: Uint8Array;
    /** The executable's `st_dev` and inode number; both 0 where it is not known. */
    readonly executableDevice: Uint32Array;
    readonly executableInode: BigUint64Array;
    readonly text: Uint8Array;
    readonly name: Uint32Array;
    readonly executable: Uint32Array;
    /** NUL-separated. */
    readonly args: Uint32Array;
  };
  readonly sockets: {
    readonly length: number;
    /** Holder; 0 where it could not be read (limited mode), or where no process we can see holds the socket. */
    readonly pid: Uint32Array;
    readonly cookie: BigUint64Array;
    readonly inode: BigUint64Array;
    readonly uid: Uint32Array;
    readonly networkNamespace: Uint32Array;
    /** AF_INET 2, AF_INET6 10. */
    readonly family: Uint8Array;
    /** IPPROTO_TCP 6, IPPROTO_UDP 17. */
    readonly protocol: Uint8Array;
    /** TCP_* of the kernel: 10 LISTEN, 7 CLOSE (bound only, and every UDP socket not connected). */
    readonly state: Uint8Array;
    readonly port: Uint16Array;
    /** 16 bytes a row, network byte order, IPv4 in the first 4. */
    readonly address: Uint8Array;
  };
}
