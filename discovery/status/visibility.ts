import type { EngineStatus, KernelSourceState } from '../../contract/index.js';
import { missingIn } from '../../contract/index.js';

/** What one does without while no helper serves, in words of their own: the facts are too many to list. */
const LIMITED =
  'Binds and listeners are found by polling, failed binds are not seen, and processes of other users show neither their sockets nor their executable.';
const NOT_CONNECTED = 'The helper that attaches to the kernel is not connected.';

/** How much can be seen, and why not all of it. */
export const visibilityOf = (
  state: KernelSourceState,
): Pick<EngineStatus, 'visibility' | 'reason' | 'remedy' | 'canAskForFullView'> => {
  const { remedy, canAskForFullView } = state;
  if (state.helper !== 'connected') {
    const reason = `${LIMITED} ${state.reason ?? NOT_CONNECTED}`;
    return { visibility: 'limited', reason, remedy, canAskForFullView };
  }
  const missing = missingIn(state.hooks);
  if (missing.length === 0)
    return { visibility: 'full', reason: null, remedy: null, canAskForFullView: false };
  return {
    visibility: 'degraded',
    reason: state.reason ?? `This kernel does not tell everything: ${missing.join('; ')}.`,
    remedy,
    canAskForFullView,
  };
};
