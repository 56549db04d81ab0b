import { create } from 'zustand';
import { windowApi } from '../ipc/window-api.js';
import type { ReplayAction, ReplayState, WallNs } from '../../contract/index.js';

/** What is replayed. Times are epoch ms; the contract's nanoseconds are kept for the two ends. */
export interface Replay {
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly from: number;
  readonly to: number;
  /** Where the virtual clock stood when the engine last told of it. */
  readonly at: number;
  readonly playing: boolean;
  /** Virtual seconds a second. */
  readonly speed: number;
  readonly ends: { readonly from: WallNs; readonly to: WallNs };
}

export interface ReplayStoreState {
  /** Null: what is shown is live. */
  readonly replay: Replay | null;
  /** When `replay` was told, by `performance.now()`. */
  readonly heardAt: number;
  /** Where the user has moved the replay (epoch ms), until the engine has come there; null: nowhere. */
  readonly target: number | null;
  /** A file was chosen and is being read. */
  readonly opening: boolean;
  /** The last file that could not be opened, and why; null: none, or read and put away. */
  readonly failure: { readonly path: string; readonly message: string } | null;
  /** What is worth knowing of the file that is shown, in words; none once they are put away. */
  readonly notes: readonly string[];
  readonly hear: (state: ReplayState | null) => void;
  readonly failed: (path: string, message: string) => void;
  /** Asks for a file and opens it; what is wrong with it comes as `failed`. Rejects where main cannot ask. */
  readonly open: () => Promise<void>;
  readonly dismissFailure: () => void;
}

const msOf = (wallNs: bigint): number => Number(wallNs / 1000n) / 1000;

/** Whether a replay that stands there has not yet come to `target`. One that plays runs past it. */
const isAwaited = (target: number | null, { at, playing, speed }: ReplayState): boolean => {
  if (target === null) return false;
  const past = msOf(at) - target;
  return past < -1 || past > (playing ? 1000 * speed : 1);
};

export const useReplay = create<ReplayStoreState>()((set, get) => ({
  replay: null,
  heardAt: 0,
  target: null,
  opening: false,
  failure: null,
  notes: [],
  failed: (path, message) => set({ opening: false, failure: { path, message } }),
  open: async () => {
    const { replay, failure } = get();
    const chosen = await windowApi().invoke('replay:open', undefined);
    const now = get();
    // The engine may have answered before main did.
    if (chosen && now.replay?.ends === replay?.ends && now.failure === failure) {
      set({ opening: true, failure: null });
    }
  },
  dismissFailure: () => set({ failure: null }),
  hear: (state) =>
    set({
      opening: false,
      target: state !== null && isAwaited(get().target, state) ? get().target : null,
      replay:
        state === null
          ? null
          : {
              file: state.file,
              from: msOf(state.from),
              to: msOf(state.to),
              at: msOf(state.at),
              playing: state.playing,
              speed: state.speed,
              ends: { from: state.from, to: state.to },
            },
      heardAt: performance.now(),
    }),
}));

export const isReplaying = (): boolean => useReplay.getState().replay !== null;

/**
 * The present of everything that is shown, in epoch ms: the machine's clock, or in a replay the
 * virtual one, which runs on between two tellings of the engine.
 */
export const present = (): number => {
  const { replay, heardAt } = useReplay.getState();
  if (replay === null) return Date.now();
  if (!replay.playing) return replay.at;
  return Math.min(replay.to, replay.at + Math.max(0, performance.now() - heardAt) * replay.speed);
};

/** How many ms of `present` pass in one ms: 1 where it is live, 0 in a replay that stands still. */
export const presentRate = (): number => {
  const { replay } = useReplay.getState();
  if (replay === null) return 1;
  return replay.playing && present() < replay.to ? replay.speed : 0;
};

/** All of it, with a little air on both sides (epoch ms). */
export const wholeReplay = ({ from, to }: Replay): { readonly from: number; readonly to: number } => {
  const air = Math.max(to - from, 1000) * 0.02;
  return { from: from - air, to: Math.max(to, from + 1000) + air };
};

/** To a moment (epoch ms). The ends are given as the engine told them, so that no step is cut off by rounding. */
export const seekTo = (ms: number, { from, to, ends }: Replay): ReplayAction => {
  if (ms <= from) return { kind: 'seek', to: ends.from };
  if (ms >= to) return { kind: 'seek', to: ends.to };
  return { kind: 'seek', to: (BigInt(Math.round(ms * 1000)) * 1000n) as WallNs };
};
