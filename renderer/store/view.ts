import { create } from 'zustand';
import { present } from './replay.js';

/** Milliseconds since the epoch, fractions allowed: 1 µs is still told apart. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export const MIN_SPAN_MS = 1;
export const MAX_SPAN_MS = 366 * 24 * 3_600_000;
export const DEFAULT_SPAN_MS = 60_000;

export interface ViewState {
  /** What the timeline shows. While following, whoever draws moves it on with `tick`. */
  readonly range: TimeRange;
  /** The right edge is now. */
  readonly following: boolean;
  /** Since when the view stands still (ms); null when it is live. Recording goes on all the same. */
  readonly pausedAt: number | null;
  /** Shows exactly this and stops following. */
  readonly setRange: (range: TimeRange) => void;
  /** Moves in time and stops following. */
  readonly panBy: (ms: number) => void;
  /** Scales the span; `anchor` (ms) keeps its place. While following the right edge stays at now. */
  readonly zoomBy: (factor: number, anchor: number) => void;
  /** Keeps the span, moves its right edge to now and keeps it there. Ends a pause. */
  readonly follow: () => void;
  /** Moves the right edge to `now` where we follow and are not paused. */
  readonly tick: (now: number) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

const clampSpan = (span: number): number => Math.min(MAX_SPAN_MS, Math.max(MIN_SPAN_MS, span));

/** The present of the view: the moment of the pause, or now. */
export const viewNow = ({ pausedAt }: Pick<ViewState, 'pausedAt'>): number => pausedAt ?? present();

const endingAt = (to: number, span: number): TimeRange => ({ from: to - span, to });

export const useView = create<ViewState>()((set) => ({
  range: endingAt(present(), DEFAULT_SPAN_MS),
  following: true,
  pausedAt: null,
  setRange: ({ from, to }) => set({ range: { from, to: from + clampSpan(to - from) }, following: false }),
  panBy: (ms) =>
    set(({ range }) => ({ range: { from: range.from + ms, to: range.to + ms }, following: false })),
  zoomBy: (factor, anchor) =>
    set(({ range, following }) => {
      const span = range.to - range.from;
      const next = clampSpan(span * factor);
      if (following) return { range: endingAt(range.to, next) };
      const from = anchor - (anchor - range.from) * (next / span);
      return { range: { from, to: from + next } };
    }),
  follow: () =>
    set(({ range }) => ({
      range: endingAt(present(), range.to - range.from),
      following: true,
      pausedAt: null,
    })),
  tick: (now) =>
    set((state) =>
      state.following && state.pausedAt === null
        ? { range: endingAt(now, state.range.to - state.range.from) }
        : state,
    ),
  pause: () => set((state) => (state.pausedAt === null ? { pausedAt: present() } : state)),
  resume: () => set({ pausedAt: null }),
}));
