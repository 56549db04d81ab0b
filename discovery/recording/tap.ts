import type {
  InspectedProcess,
  KernelSource,
  KernelSourceListener,
  ProcessInspector,
} from '../../contract/index.js';
import type { RecordingWriter } from './write-recording.js';

/** The same source; what it tells is written down before it is passed on. */
export const recordedSource = (source: KernelSource, writer: RecordingWriter): KernelSource => ({
  start: (listener) =>
    source.start({
      events: (events) => {
        writer.events(events);
        listener.events(events);
      },
      lost: (loss) => {
        writer.lost(loss);
        listener.lost(loss);
      },
      state: (state) => {
        writer.state(state);
        listener.state(state);
      },
      gap: (gap) => {
        writer.gap(gap);
        listener.gap(gap);
      },
    } satisfies KernelSourceListener),
  // Polls are written when they are entered: see `PipelineOptions.polling`.
  snapshot: () => source.snapshot(),
  caughtUp: () => source.caughtUp(),
  watchActivity: (ports) => {
    source.watchActivity(ports);
  },
  readActivity: () => source.readActivity(),
  askForFullView: () => source.askForFullView(),
  clocks: () => source.clocks(),
  close: () => {
    source.close();
  },
});

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
