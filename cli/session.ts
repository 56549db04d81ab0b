import type { Criterion, KernelSource } from '../contract/index.js';
import { Pipeline } from '../discovery/pipeline.js';
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
}

/** The pipeline as the command line runs it: our own process and the helper are left out. */
export const openPipeline = ({
  openSource,
  criteria,
  countPortsAsBeyla,
  pollIntervalMs,
  output,
}: SessionOptions): Pipeline =>
  new Pipeline({
    source: openSource(),
    timers: nodeTimers,
    settings: { criteria, pollIntervalMs, showOwnProcesses: false, countPortsAsBeyla },
    host: readHostFacts(),
    ownPids: [process.pid],
    ownNetworkNamespace: readOwnNetworkNamespace(),
    userName: createUserNames(),
    inspector: createProcessInspector(),
    notice: (level, message) => {
      output.note(`${level === 'info' ? 'note' : level}: ${message}`);
    },
  });
