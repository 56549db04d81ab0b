import type { ProcessInspector } from '../../contract/index.js';
import { ContainerNameService, engineSockets } from './container-names.js';
import type { ContainerNamesOptions } from './container-names.js';
import { ExecutableTypes } from './executable-types.js';
import { Placements } from './placements.js';
import type { ProcRoot } from './proc.js';

/** All of it has a default that fits this machine; tests have others. */
export interface ProcessInspectorOptions {
  readonly proc?: ProcRoot;
  readonly cgroupRoots?: readonly string[];
  readonly sockets?: ContainerNamesOptions['sockets'];
  readonly fileTimeoutMs?: number;
  readonly engineTimeoutMs?: number;
  /** Most files, and most cgroups, remembered. */
  readonly remembered?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** An engine that did not answer is asked again after this, for processes that begin then. */
const UNNAMED_MS = 30_000;

/**
 * Reads executables and /proc of this machine as the user that the engine is, without privilege and
 * without ever making the JavaScript thread wait. Bounded in bytes, files at once, time and memory.
 */
export const createProcessInspector = (options: ProcessInspectorOptions = {}): ProcessInspector => {
  const {
    proc = '/proc',
    cgroupRoots = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'],
    sockets = engineSockets(process.env),
    fileTimeoutMs = 5000,
    engineTimeoutMs = 1000,
    remembered = 4096,
    now = () => performance.now(),
  } = options;
  const types = new ExecutableTypes({ proc, remembered, timeoutMs: fileTimeoutMs });
  const names = new ContainerNameService({
    sockets,
    timeoutMs: engineTimeoutMs,
    restMs: UNNAMED_MS,
    now,
  });
  const placements = new Placements({
    proc,
    cgroupRoots,
    names,
    remembered,
    unnamedMs: UNNAMED_MS,
    timeoutMs: fileTimeoutMs,
    now,
  });
  return {
    knownExecutableType: (file) => types.known(file),
    executableType: (process) => types.of(process),
    knownPlacement: (cgroupId) => placements.known(cgroupId),
    placement: (process) => placements.of(process),
  };
};
