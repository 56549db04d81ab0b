import { create } from 'zustand';
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
  readonly hear: (state: ReplayState | null) => void;
}

const msOf = (wallNs: bigint): number => Number(wallNs / 1000n) / 1000;

export const useReplay = create<ReplayStoreState>()((set) => ({
  replay: null,
  heardAt: 0,
  hear: (state) =>
    set({
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
