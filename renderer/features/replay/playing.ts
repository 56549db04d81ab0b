import { errorWords } from '../../ipc/error-words.js';
import { windowApi } from '../../ipc/window-api.js';
import { present, seekTo, useReplay } from '../../store/replay.js';
import { engine } from '../../store/session.js';
import { useStatus } from '../../store/status.js';
import { useToasts } from '../../store/toasts.js';
import { useView } from '../../store/view.js';
import type { ReplayAction } from '../../../contract/index.js';

const act = (action: ReplayAction): void => {
  if (useStatus.getState().connection === 'connected') engine.replay(action);
};

/** Space: plays or pauses what is replayed, from its start where it is through; else pauses the live view. */
export const togglePause = (): void => {
  const { replay } = useReplay.getState();
  if (replay === null) {
    const { pausedAt, pause, resume } = useView.getState();
    if (pausedAt === null) pause();
    else resume();
  } else if (replay.playing) act({ kind: 'pause' });
  else {
    if (present() >= replay.to) act(seekTo(replay.from, replay));
    act({ kind: 'play' });
  }
};

export const setSpeed = (speed: number): void => act({ kind: 'speed', speed });

export const step = (to: 'next' | 'previous'): void => {
  if (useReplay.getState().replay !== null) act({ kind: 'step', to });
};

/** Least time between two seeks while a slider is dragged: going back replays from the beginning. */
const SEEK_EVERY_MS = 80;
let seekWanted: number | null = null;
let seekTimer: ReturnType<typeof setTimeout> | null = null;

const seekNow = (): void => {
  seekTimer = null;
  const { replay } = useReplay.getState();
  if (seekWanted === null || replay === null) return;
  act(seekTo(seekWanted, replay));
  seekWanted = null;
  seekTimer = setTimeout(seekNow, SEEK_EVERY_MS);
};

/** Moves the replay to a moment (epoch ms). Of many in a row the last one counts. */
export const seek = (ms: number): void => {
  seekWanted = ms;
  if (seekTimer === null) seekNow();
};

const sayRefused = (error: unknown): void =>
  useToasts.getState().show({ tone: 'bad', text: errorWords(error), action: null });

export const openReplay = (): void => {
  useReplay.getState().open().catch(sayRefused);
};

export const closeReplay = (): void => {
  windowApi().invoke('replay:close', undefined).catch(sayRefused);
};
