import type { Pipeline } from '../discovery/pipeline.js';
import { nodeTimers } from './session.js';

/** Looking at executables and cgroups is waited for no longer than this. */
const PATIENCE_MS = 3000;

/** Resolves when what is asked of the processes of now is known, or when that takes too long. */
export const factsKnown = async (pipeline: Pipeline): Promise<void> => {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    cancel = nodeTimers.after(PATIENCE_MS, resolve);
  });
  await Promise.race([pipeline.factsKnown(), over]);
  cancel();
};
