import { createRequire } from 'node:module';
import type { HookReport } from '../contract/index.js';

/** How a helper is reached. `connect` needs one that listens; `spawn` starts one that serves its stdin. */
export type HelperAddress =
  | { readonly kind: 'connect'; readonly path: string }
  | { readonly kind: 'spawn'; readonly command: readonly [string, ...string[]] };

/** What the helper told on connecting. */
export interface HelperConnected {
  readonly helperPid: number;
  readonly hooks: readonly HookReport[];
}

/**
 * Events from the kernel, as they lie in the ring buffer: `records` holds `count` records of
 * `struct bs_event` back to back (each its own `size` long). Decode with `decodeEvents`.
 */
export interface NativeBatch {
  readonly records: Uint8Array;
  readonly count: number;
  /** Losses since the helper was attached, counted in the kernel. */
  readonly lostInKernel: bigint;
  /** Records dropped since the watcher was opened because JavaScript was slow. */
  readonly lostInQueue: bigint;
}

/**
 * One snapshot as columns. Row i of `processes` is one process, row i of `sockets` one pair of
 * (holder, socket): a socket with two holders is two rows. Strings lie in `text` as UTF-8 bytes;
 * string i of a column is `text[offset[i]..offset[i + 1])`.
 */
export interface NativeSnapshot {
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
    readonly text: Uint8Array;
    readonly name: Uint32Array;
    readonly executable: Uint32Array;
    /** NUL-separated. */
    readonly args: Uint32Array;
  };
  readonly sockets: {
    readonly length: number;
    /** Holder; 0 where it could not be read (limited mode). */
    readonly pid: Uint32Array;
    readonly cookie: BigUint64Array;
    readonly inode: BigUint64Array;
    readonly uid: Uint32Array;
    readonly networkNamespace: Uint32Array;
    /** AF_INET 2, AF_INET6 10. */
    readonly family: Uint8Array;
    /** IPPROTO_TCP 6, IPPROTO_UDP 17. */
    readonly protocol: Uint8Array;
    /** TCP_* of the kernel: 10 LISTEN, 7 CLOSE (bound only). */
    readonly state: Uint8Array;
    readonly port: Uint16Array;
    /** 16 bytes a row, network byte order, IPv4 in the first 4. */
    readonly address: Uint8Array;
  };
}

/** The addon's watcher. Callbacks run on the JavaScript thread; none run after `close` returned. */
export interface NativeWatcher {
  /**
   * Connects to a helper and starts the thread that polls the ring buffer. Rejects with an Error
   * whose `code` is `REFUSED`, `FAILED`, `UNREACHABLE`, `DECLINED` (the user said no to polkit) or
   * `PROTOCOL`. A helper that was connected before is hung up first.
   */
  connect(address: HelperAddress): Promise<HelperConnected>;
  /**
   * Limited mode: no helper; tells closed sockets by the sock_diag destroy multicast where the
   * kernel lets us, and snapshots by sock_diag and /proc.
   */
  startLimited(): readonly HookReport[];
  /** A snapshot by the iterators when connected, else by sock_diag and /proc. Runs on a worker thread. */
  snapshot(): Promise<NativeSnapshot>;
  /** Hangs up, so that the helper ends, and stops the thread. */
  close(): void;
}

export interface NativeWatcherOptions {
  /** Most records waiting for JavaScript; more are dropped and counted. Default 65,536. */
  readonly queueLength?: number;
  readonly onEvents: (batch: NativeBatch) => void;
  /** The helper hung up without being asked to. */
  readonly onHangup: () => void;
}

export interface NativeAddon {
  openWatcher(options: NativeWatcherOptions): NativeWatcher;
  /** Clock readings taken together: boot-clock and wall-clock nanoseconds. */
  clocks(): { readonly boot: bigint; readonly wall: bigint };
}

/** Loads the addon from a path (`build/native/bindscope.node` in a checkout). */
export const loadAddon = (path: string): NativeAddon => createRequire(import.meta.url)(path) as NativeAddon;

export * from './decode-events.js';
