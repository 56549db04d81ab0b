import type { KernelSource, KernelSourceListener } from '../../contract/index.js';

/** The same source; `ear` is told what it tells, before that is passed on. */
export const overheardSource = (source: KernelSource, ear: Partial<KernelSourceListener>): KernelSource => ({
  start: (listener) =>
    source.start({
      events: (events) => {
        ear.events?.(events);
        listener.events(events);
      },
      lost: (loss) => {
        ear.lost?.(loss);
        listener.lost(loss);
      },
      state: (state) => {
        ear.state?.(state);
        listener.state(state);
      },
      gap: (gap) => {
        ear.gap?.(gap);
        listener.gap(gap);
      },
    }),
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
