/** Epoch milliseconds, `from` < `to`. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Maps epoch milliseconds to CSS pixels from the left edge of the drawing, and back. Immutable. */
export class TimeScale {
  readonly span: number;
  readonly msPerPixel: number;

  /** `range` fills `width` pixels, which is at least 1. */
  constructor(
    readonly range: TimeRange,
    readonly width: number,
  ) {
    this.span = range.to - range.from;
    this.msPerPixel = this.span / Math.max(1, width);
  }

  x(time: number): number {
    return (time - this.range.from) / this.msPerPixel;
  }

  time(x: number): number {
    return this.range.from + x * this.msPerPixel;
  }
}

/** The range that a zoom by `factor` (below 1: in) gives when the time `anchor` keeps its place. */
export const zoomed = (range: TimeRange, factor: number, anchor: number): TimeRange => ({
  from: anchor - (anchor - range.from) * factor,
  to: anchor + (range.to - anchor) * factor,
});

/** Widens a range by a share of its span on both sides, and to at least `least` ms. */
export const padded = ({ from, to }: TimeRange, share: number, least: number): TimeRange => {
  const half = Math.max((to - from) * (0.5 + share), least / 2);
  const middle = (from + to) / 2;
  return { from: middle - half, to: middle + half };
};
