import type { Criterion, KernelSource, SnapshotColumns } from '../contract/index.js';
import { Pipeline } from '../discovery/pipeline.js';
import { recordedInspector, recordedSource } from '../discovery/recording/tap.js';
import { RecordingWriter } from '../discovery/recording/write-recording.js';
import type { Timers } from '../discovery/timers.js';
import { readHostFacts, readOwnNetworkNamespace } from '../native/host-facts.js';
import { createProcessInspector } from '../native/inspect/process-inspector.js';
import { createUserNames } from '../native/user-names.js';
import type { Output } from './output.js';

/** The real timers of Node; they do not keep the process alive on their own. */
export const nodeTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

export interface SessionOptions {
  readonly openSource: () => KernelSource;
  readonly criteria: readonly Criterion[];
  readonly countPortsAsBeyla: boolean;
  /** Null: no polls but the first and those that something asks for. */
  readonly pollIntervalMs: number | null;
  readonly output: Output;
  /** What a recording of it is written with; absent: it is not recorded. */
  readonly record?: {
    readonly write: (text: string) => void;
    readonly redactSecrets: boolean;
    /** Of the program. */
    readonly version: string;
  };
}

/** The pipeline as the command line runs it: our own process and the helper are left out. */
export const openPipeline = ({
  openSource,
  criteria,
  countPortsAsBeyla,
  pollIntervalMs,
  output,
  record,
}: SessionOptions): Pipeline => {
  const host = readHostFacts();
  const ownPids = [process.pid];
  const ownNetworkNamespace = readOwnNetworkNamespace();
  const userName = createUserNames();
  const inspector = createProcessInspector();
  const writer =
    record === undefined
      ? null
      : new RecordingWriter({ ...record, userName, clocks: () => pipeline.clocks() });
  const pipeline: Pipeline = new Pipeline({
    source: writer === null ? openSource() : recordedSource(openSource(), writer),
    timers: nodeTimers,
    settings: { criteria, pollIntervalMs, showOwnProcesses: false, countPortsAsBeyla },
    host,
    ownPids,
    ownNetworkNamespace,
    userName,
    inspector: writer === null ? inspector : recordedInspector(inspector, writer),
    ...(writer === null
      ? {}
      : {
          polling: (columns: SnapshotColumns) => {
            writer.poll(columns);
          },
        }),
    notice: (level, message) => {
      output.note(`${level === 'info' ? 'note' : level}: ${message}`);
    },
  });
  writer?.header({
    program: record?.version ?? '',
    host,
    ownPids,
    networkNamespace: ownNetworkNamespace === 0 ? null : ownNetworkNamespace,
    criteria,
  });
  return pipeline;
};
