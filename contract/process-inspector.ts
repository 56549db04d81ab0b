import type { ExecutableType } from './executable-type.js';
import type { FileId, Placement, ProcessInfo } from './process.js';

/** What an inspector needs to find a process and its executable. */
export type InspectedProcess = Pick<
  ProcessInfo,
  'pid' | 'startTime' | 'executable' | 'executableFile' | 'cgroupId'
>;

/**
 * Looks closer at a process: what costs a file to be read and is not known from the kernel's facts.
 * Injected into the pipeline. Nothing here throws or rejects; what cannot be read is said in the
 * answer. A process whose PID has been given to another one is not described by that other one.
 */
export interface ProcessInspector {
  /** Known without I/O, because the same file was looked at before; else undefined. */
  knownExecutableType(file: FileId): ExecutableType | undefined;
  executableType(process: InspectedProcess): Promise<ExecutableType>;
  /** Known without I/O, because another process of the same cgroup was looked at before; else undefined. */
  knownPlacement(cgroupId: bigint): Placement | undefined;
  placement(process: InspectedProcess): Promise<Placement>;
}
