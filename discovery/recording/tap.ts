import type { InspectedProcess, KernelSource, ProcessInspector } from '../../contract/index.js';
import { overheardSource } from './overheard-source.js';
import type { RecordingWriter } from './write-recording.js';

/**
 * The same source; what it tells is written down before it is passed on. Polls are written when they
 * are entered: see `PipelineOptions.polling`.
 */
export const recordedSource = (source: KernelSource, writer: RecordingWriter): KernelSource =>
  overheardSource(source, writer);

/** The same inspector; what it finds out is written down. */
export const recordedInspector = (
  inspector: ProcessInspector,
  writer: RecordingWriter,
): ProcessInspector => ({
  knownExecutableType: (file) => inspector.knownExecutableType(file),
  executableType: async (process: InspectedProcess) => {
    const type = await inspector.executableType(process);
    writer.executableType(process, type);
    return type;
  },
  knownPlacement: (cgroupId) => inspector.knownPlacement(cgroupId),
  placement: async (process: InspectedProcess) => {
    const placement = await inspector.placement(process);
    writer.placement(process, placement);
    return placement;
  },
});
