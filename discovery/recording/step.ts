import type {
  AddressFamily,
  Container,
  ExecutableType,
  FileId,
  HookReport,
  KernelEventKind,
  KernelSourceState,
  SnapshotColumns,
  Transport,
} from '../../contract/index.js';

/** Raised when a recording of before cannot be read any more. */
export const RECORDING_VERSION = 1;

/**
 * What a step says of a process. Undefined always means "not said": what was said before goes on to
 * hold; null means "could not be read", or "none".
 */
export interface SaidProcess {
  readonly pid: number;
  /** Boot-clock nanoseconds. Not said: the process that has the PID, or gets it next. */
  readonly start: bigint | undefined;
  /** Where the start is not said: that of the next step which says one of this PID. */
  readonly startAhead: bigint | undefined;
  readonly ppid: number | undefined;
  readonly uid: number | undefined;
  readonly user: string | null | undefined;
  readonly name: string | undefined;
  readonly exe: string | null | undefined;
  readonly exeFile: FileId | null | undefined;
  readonly args: readonly string[] | undefined;
  readonly argsLength: number | undefined;
  readonly cgroupId: bigint | undefined;
  readonly netns: number | undefined;
  readonly language: ExecutableType | undefined;
  readonly cgroup: string | null | undefined;
  readonly unit: string | null | undefined;
  readonly container: Container | null | undefined;
}

/** What a step says of a socket. */
export interface SaidSocket {
  readonly transport: Transport;
  readonly port: number;
  /** TCP_* of the kernel. */
  readonly state: number;
  readonly family: AddressFamily | undefined;
  readonly address: string | undefined;
  /** Undefined where the socket is told apart by what it is; never 0. */
  readonly cookie: bigint | undefined;
  readonly inode: bigint | undefined;
  readonly uid: number | undefined;
  readonly netns: number | undefined;
  /** Other processes of the same poll that have it, by PID. */
  readonly holders: readonly number[];
}

export interface PolledProcess {
  readonly process: SaidProcess;
  readonly ports: readonly SaidSocket[];
  /** Whether its executable can be looked at. Not ready: not shown, unless it is known already. */
  readonly ready: boolean;
}

/** What one poll saw. */
export interface PollStep {
  readonly kind: 'poll';
  /** Every process, or with `differs` those that are new or look otherwise than in the poll before. */
  readonly processes: readonly PolledProcess[];
  readonly differs: boolean;
  /** With `differs`: those that are there no more. */
  readonly gone: readonly { readonly pid: number; readonly start: bigint }[];
  /** Sockets of which no holder can be seen. */
  readonly sockets: readonly SaidSocket[];
  /** Undefined: decided by the rule of Beyla's `portFetchRequired`. */
  readonly portsFetched: boolean | undefined;
  readonly source: SnapshotColumns['source'];
  /** Boot-clock nanoseconds before the first and after the last row was read; undefined: now. */
  readonly started: bigint | undefined;
  readonly finished: bigint | undefined;
}

/** What the kernel side told of a process: an event of its life or of one of its sockets. */
export interface EventStep {
  readonly kind: 'event';
  readonly event: KernelEventKind;
  readonly process: SaidProcess;
  readonly socket: SaidSocket | null;
  /** When it happened, where that is not when it was told. */
  readonly time: bigint | undefined;
  readonly hook: string | undefined;
  readonly tid: number | undefined;
  readonly boundAt: bigint | null | undefined;
  /** As in `KernelEvent`: errno, or the wait status. */
  readonly error: number;
  readonly unconfirmed: boolean;
}

export type Step =
  | PollStep
  | EventStep
  | { readonly kind: 'state'; readonly state: KernelSourceState }
  | {
      readonly kind: 'lost';
      readonly where: 'kernel' | 'skipped' | 'queue';
      readonly count: number;
      readonly from: bigint | undefined;
      readonly to: bigint | undefined;
    }
  | { readonly kind: 'gap'; readonly from: bigint | undefined; readonly to: bigint | undefined }
  /** What was found out about a process by looking closer at it. */
  | { readonly kind: 'inspected'; readonly process: SaidProcess }
  /** Time passes, and nothing else. */
  | { readonly kind: 'time' };

export interface TimedStep {
  readonly step: Step;
  /** Boot-clock nanoseconds at which it happens; never before that of the step before it. */
  readonly at: bigint;
  /** What the wall clock says then, where it was set since. */
  readonly wall: bigint | undefined;
  /** From 1. */
  readonly line: number;
}

/** The first line of a recording: what is known of it as a whole. */
export interface RecordingHeader {
  readonly version: number;
  /** Of Bindscope. */
  readonly program: string;
  readonly host: { readonly name: string; readonly kernel: string; readonly bootId: string };
  /** One moment on both clocks, in nanoseconds: when the recording began. */
  readonly boot: bigint;
  readonly wall: bigint;
  readonly ownPids: readonly number[];
  /** Of the recording process; null: not known. */
  readonly networkNamespace: number | null;
  readonly redacted: boolean;
}

export interface Recording {
  /** Null: a scenario that somebody wrote. */
  readonly header: RecordingHeader | null;
  readonly steps: readonly TimedStep[];
  /** Where the clocks stand before the first step. */
  readonly start: { readonly boot: bigint; readonly wall: bigint };
}

/** The hooks of a helper that a scenario calls ready without naming any: every fact is told. */
export const scenarioHooks: readonly HookReport[] = (
  [
    ['bound', 'cgroup/post_bind4'],
    ['bind_failed', 'tracepoint/syscalls/sys_exit_bind'],
    ['listening', 'fexit/inet_csk_listen_start'],
    ['closed', 'cgroup/sock_release'],
    ['exec', 'tp_btf/sched_process_exec'],
    ['exit', 'tp_btf/sched_process_exit'],
    ['sockets', 'iter/task_file'],
    ['processes', 'iter/task'],
    ['activity', 'tp_btf/inet_sock_set_state'],
  ] as const
).map(([fact, hook]) => ({ fact, hook, state: 'attached', reason: null }));
