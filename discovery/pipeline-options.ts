import type {
  BindscopeEvent,
  Criterion,
  EngineStatus,
  KernelSource,
  ProcessInspector,
  ReplayState,
  SnapshotColumns,
} from '../contract/index.js';
import type { EventLog } from './event-log/event-log.js';
import type { Chunk } from './export/serialise.js';
import type { Timers } from './timers.js';

/** The settings that concern the pipeline; they may change while it runs. */
export interface PipelineSettings {
  readonly criteria: readonly Criterion[];
  /** Null: no polls but the first and those that something asks for. */
  readonly pollIntervalMs: number | null;
  readonly showOwnProcesses: boolean;
  /** Any local port of any socket counts, as with Beyla; else listening TCP and bound UDP. */
  readonly countPortsAsBeyla: boolean;
  /** What an imported configuration said besides criteria, as YAML, to be written out again. */
  readonly keptConfiguration?: string | null;
}

export interface PipelineOptions {
  readonly source: KernelSource;
  readonly timers: Timers;
  readonly settings: PipelineSettings;
  readonly host: EngineStatus['host'];
  /** Our own: engine and window. The helper's is learnt from the source. */
  readonly ownPids: readonly number[];
  /** Inode number of our own network namespace; 0 where it could not be read. */
  readonly ownNetworkNamespace: number;
  readonly userName: (uid: number) => string | null;
  /** Absent: executables and cgroups are not looked at, and known to be unknown. */
  readonly inspector?: ProcessInspector;
  /** Wall-clock ns since when nobody watched, when this pipeline follows one that died. */
  readonly gapSince?: bigint | null;
  readonly log?: EventLog;
  /** Attach the activity probe to what matches, and tell windows of it. */
  readonly activity?: boolean;
  /** Where a replay stands; absent: this is live. A replay makes no polls, but {@link Pipeline.take}s them. */
  readonly replay?: () => ReplayState;
  /** For the frames of windows, where they are not on the clock of the pipeline. */
  readonly frames?: Timers;
  /** Sees each poll made here, right before it is entered. */
  readonly polling?: (columns: SnapshotColumns) => void;
  readonly notice: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** Sees every event that is recorded, in order. */
export type Observer = (events: readonly BindscopeEvent[]) => void;

/** An export as of now. */
export interface Export {
  readonly total: number;
  readonly chunks: Generator<Chunk, void, undefined>;
}
