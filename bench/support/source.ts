import type { KernelSource, KernelSourceListener, KernelSourceState } from '../../contract/index.js';
import { loadAddon } from '../../native/index.js';
import { createKernelSource } from '../../native/kernel-source.js';
import { addonPath, helperPath } from './paths.js';

/** The kernel by the real helper. Fails where there is none: figures of limited mode would mislead. */
export const openSource = async (
  events: KernelSourceListener['events'],
): Promise<{ source: KernelSource; lost: () => number }> => {
  const source = createKernelSource({ addon: loadAddon(addonPath), helperPath });
  const states: KernelSourceState[] = [];
  let lost = 0;
  await source.start({
    events,
    lost: ({ count }) => (lost += count),
    state: (state) => states.push(state),
    gap: () => undefined,
  });
  const state = states.at(-1);
  if (state?.helper !== 'connected') {
    source.close();
    throw new Error(`the bench needs the privileged helper: run it as root. ${state?.reason ?? ''}`);
  }
  return { source, lost: () => lost };
};
