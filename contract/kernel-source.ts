import type { ActivityReading } from './activity.js';
import type { KernelEvent, SnapshotColumns } from './kernel-event.js';
import type { EngineStatus, HelperOrigin, HookReport } from './status.js';

/** How the source stands; `reason` and `remedy` are words for the user. */
export interface KernelSourceState {
  readonly helper: EngineStatus['helper'];
  readonly hooks: readonly HookReport[];
  /** Why there is no (or no full) helper; null when all is well. */
  readonly reason: string | null;
  readonly remedy: string | null;
  readonly canAskForFullView: boolean;
  /** Pid of the helper, to be hidden with our own processes; null when there is none. */
  readonly helperPid: number | null;
  /** Absent where there is none, or nobody says. */
  readonly helperOrigin?: HelperOrigin;
  /** Size of the helper's ring buffer. */
  readonly ringBytes?: number;
}

/** Called on the engine's thread, in the order things happened. */
export interface KernelSourceListener {
  /** Events of one batch, in the order of the ring buffer. */
  events(events: readonly KernelEvent[]): void;
  /**
   * Events that are missing: exactly so many, and all of them happened in this window of the boot
   * clock; of `skipped` at most so many, for the kernel did not run the programs that tell. Told after
   * the events that were kept. State must be reconciled by a snapshot.
   */
  lost(loss: {
    readonly where: 'kernel' | 'skipped' | 'queue';
    readonly count: number;
    readonly from: bigint;
    readonly to: bigint;
  }): void;
  state(state: KernelSourceState): void;
  /** The helper was away between these boot-clock times; state must be reconciled by a snapshot. */
  gap(gap: { readonly from: bigint; readonly to: bigint }): void;
}

/**
 * Where the pipeline gets its facts: the kernel by way of the addon and a helper, or a script in
 * tests and replays. All times are boot-clock nanoseconds.
 */
export interface KernelSource {
  /** Resolves once events flow or limited mode is in force; never rejects for want of privilege. */
  start(listener: KernelSourceListener): Promise<void>;
  /**
   * Resolves only after the listener was called with every event that the kernel had told by
   * `finishedAt`, however far behind the events are; so a snapshot is compared with what came before
   * it. Without a helper nothing but closed sockets is told, and not waited for.
   */
  snapshot(): Promise<SnapshotColumns>;
  /** Resolves once the listener was called with every event that the kernel has told till now. Never rejects. */
  caughtUp(): Promise<void>;
  /**
   * Counts connections to these listening TCP ports, in every network namespace, from now on; ports
   * not named any more are forgotten with their counts. Remembered across helpers: a new helper
   * counts from nothing.
   */
  watchActivity(ports: ReadonlySet<number>): void;
  /** Null where nothing counts (no helper, or the kernel refused the hook: see the `activity` fact). */
  readActivity(): Promise<ActivityReading | null>;
  /** Asks the user (polkit) for the helper; resolves with whether it is connected now. */
  askForFullView(): Promise<boolean>;
  clocks(): { readonly boot: bigint; readonly wall: bigint };
  close(): void;
}
