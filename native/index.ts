import { createRequire } from 'node:module';
import type { ActivityReading, HookReport, SnapshotColumns } from '../contract/index.js';

/** How a helper is reached. `connect` needs one that listens; `spawn` starts one that serves its stdin. */
export type HelperAddress =
  | { readonly kind: 'connect'; readonly path: string }
  | { readonly kind: 'spawn'; readonly command: readonly [string, ...string[]] };

/** What the helper told on connecting. */
export interface HelperConnected {
  readonly helperPid: number;
  readonly hooks: readonly HookReport[];
  /** Size of its ring buffer. */
  readonly ringBytes: number;
}

/**
 * Records that are missing, and what they told happened between these boot-clock times. Exactly so many;
 * of `skipped` at most so many.
 */
export interface NativeLoss {
  /**
   * `kernel`: the ring buffer was full; `queue`: JavaScript was slow, and the queue before it was;
   * `skipped`: the kernel left out runs of programs, some of which may have had nothing to tell.
   */
  readonly where: 'kernel' | 'skipped' | 'queue';
  readonly count: number;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Events from the kernel, as they lie in the ring buffer: `records` holds `count` records of
 * `struct bs_event` back to back (each its own `size` long). Decode with `decodeEvents`.
 */
export interface NativeBatch {
  readonly records: Uint8Array;
  readonly count: number;
  /** What was lost since the batch before; empty for nothing. */
  readonly losses: readonly NativeLoss[];
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
  /**
   * A snapshot by the iterators, with the sockets of our network namespace that nobody holds by
   * sock_diag, when connected; else by sock_diag and /proc. Processes that have ended and wait for
   * their parents are left out. Runs on worker threads. Resolves after `onEvents` was called with every
   * event that the kernel had begun to tell by its end, unless a writer is held up for a second.
   */
  snapshot(): Promise<SnapshotColumns>;
  /** Resolves, likewise, after `onEvents` was called with every event that the kernel has begun to tell till now. */
  caughtUp(): Promise<void>;
  /**
   * Counts connections to these listening TCP ports from now on, and to no others. Holds for the helper
   * that is connected; without one, or where the kernel refused the probe, nothing happens.
   */
  watchActivity(ports: Uint16Array): void;
  /** The counts; null where nothing counts. A port without a connection is not among them. Runs on a worker thread. */
  readActivity(): Promise<ActivityReading | null>;
  /** Hangs up, so that the helper ends, and stops the thread. */
  close(): void;
}

export interface NativeWatcherOptions {
  /** Most records waiting for JavaScript; more are dropped and counted. Default 131,072. */
  readonly queueLength?: number;
  readonly onEvents: (batch: NativeBatch) => void;
  /** The helper hung up without being asked to. */
  readonly onHangup: () => void;
}

export interface NativeAddon {
  openWatcher(options: NativeWatcherOptions): NativeWatcher;
  /** Clock readings taken together: boot-clock and wall-clock nanoseconds. */
  clocks(): { readonly boot: bigint; readonly wall: bigint };
  /** Whether a program runs with privilege by itself: setuid root or with file capabilities. */
  gainsPrivilege(path: string): boolean;
}

/** Loads the addon from a path (`build/native/bindscope.node` in a checkout). */
export const loadAddon = (path: string): NativeAddon => createRequire(import.meta.url)(path) as NativeAddon;

export * from './decode-events.js';
