import { errorWords } from '../../ipc/error-words.js';
import { windowApi } from '../../ipc/window-api.js';
import { isReplaying, seekTo, useReplay } from '../../store/replay.js';
import { useSelection } from '../../store/selection.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';
import { useToasts } from '../../store/toasts.js';
import { useView } from '../../store/view.js';
import type { ReplayAction } from '../../../contract/index.js';

const act = (action: ReplayAction): void => {
  if (useStatus.getState().connection === 'connected') engine.replay(action);
};

/** Space: plays or pauses what is replayed (the engine begins anew where it is through); else pauses the live view. */
export const togglePause = (): void => {
  const { replay } = useReplay.getState();
  if (replay === null) {
    const { pausedAt, pause, resume } = useView.getState();
    if (pausedAt === null) pause();
    else resume();
  } else act({ kind: replay.playing ? 'pause' : 'play' });
};

export const setSpeed = (speed: number): void => act({ kind: 'speed', speed });

export const step = (to: 'next' | 'previous'): void => {
  if (useReplay.getState().replay !== null) act({ kind: 'step', to });
};

/** Least time between two seeks while a slider is dragged: going back replays from the beginning. */
const SEEK_EVERY_MS = 80;
/** After so long without having come there the slider shows where the replay is. */
const PATIENCE_MS = 5000;
let unsent = false;
let cooling: ReturnType<typeof setTimeout> | null = null;
let patience: ReturnType<typeof setTimeout> | undefined;

const sendSeek = (): void => {
  cooling = null;
  const { replay, target } = useReplay.getState();
  if (!unsent) return;
  unsent = false;
  if (replay === null || target === null) return;
  act(seekTo(target, replay));
  cooling = setTimeout(sendSeek, SEEK_EVERY_MS);
};

/** Moves the replay to a moment (epoch ms). Of many in a row the last one counts. */
export const seek = (ms: number): void => {
  useReplay.setState({ target: ms });
  clearTimeout(patience);
  patience = setTimeout(() => useReplay.setState({ target: null }), PATIENCE_MS);
  unsent = true;
  if (cooling === null) sendSeek();
};

const sayRefused = (error: unknown): void =>
  useToasts.getState().show({ tone: 'bad', text: errorWords(error), action: null });

export const openReplay = (): void => {
  useReplay.getState().open().catch(sayRefused);
};

export const closeReplay = (): void => {
  windowApi().invoke('replay:close', undefined).catch(sayRefused);
};

/** Escape: what is selected is cleared first; then the replay is left. */
export const clearOrLeave = (): void => {
  const { selected, clear } = useSelection.getState();
  if (selected !== null) clear();
  else if (isReplaying()) closeReplay();
};
