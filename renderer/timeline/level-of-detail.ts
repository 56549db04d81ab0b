import type { IntervalId, IntervalTable } from '../model/timeline-intervals.js';
import { firstEndingAt, firstMarkAt, firstStartingAt } from '../model/timeline-lane.js';
import type { TimeScale } from './time-scale.js';

/** No bar is narrower, so that a socket open for 2 ms shows at any zoom. CSS pixels. */
export const leastBar = 3;
/** Marks nearer than this (CSS pixels) are drawn as one, with their count. */
export const markGap = 9;

/** One or more intervals drawn as one bar, from `x0` to `x1` (CSS pixels). */
export interface BarRun {
  readonly x0: number;
  readonly x1: number;
  /** The first interval; of a run of one, the interval. */
  readonly id: IntervalId;
  readonly count: number;
  /** CSS pixels to the next bar of the track; Infinity after the last. */
  readonly room: number;
  /** CSS pixels from the bar before; Infinity at the first. */
  readonly roomBefore: number;
}

/**
 * Bars of one track within the scale's range. Intervals too short to be told apart are counted
 * into one run; they are skipped by binary search, so the cost is that of the pixels and not of the
 * intervals. `open`: where intervals without an end are drawn to (epoch ms).
 */
export const barRuns = (
  ids: readonly IntervalId[],
  table: IntervalTable,
  scale: TimeScale,
  open: number,
  emit: (run: BarRun) => void,
): void => {
  const { from, to } = scale.range;
  const start = (index: number): number => {
    const id = ids[index];
    return id === undefined ? Infinity : (table.start[id] ?? Infinity);
  };
  const left = (index: number): number => scale.x(start(index));
  const right = (index: number): number => scale.x(Math.min(table.end[ids[index] ?? 0] ?? open, open));
  const wide = (index: number): boolean => right(index) - left(index) >= leastBar;

  // A bar of the least width can reach into the range though its interval ended before it.
  let end = -Infinity;
  const add = (x0: number, x1: number, id: IntervalId, count: number): void => {
    emit({ x0, x1, id, count, room: left(index) - x1, roomBefore: x0 - end });
    end = x1;
  };
  let index = firstEndingAt(ids, from - leastBar * scale.msPerPixel, table);
  while (index < ids.length && start(index) <= to) {
    const id = ids[index] ?? 0;
    const x0 = left(index);
    if (wide(index)) {
      const x1 = right(index);
      index += 1;
      add(x0, x1, id, 1);
      continue;
    }
    let x1 = x0 + leastBar;
    let count = 1;
    index += 1;
    while (index < ids.length && left(index) < x1) {
      const after = Math.max(index + 1, firstStartingAt(ids, scale.time(x1), table, index));
      const last = after - 1;
      // Intervals of a track do not overlap, so only the last of those skipped can be a wide one.
      if (wide(last)) {
        count += last - index;
        index = last;
        break;
      }
      count += after - index;
      x1 = Math.max(x1, left(last) + leastBar);
      index = after;
    }
    add(x0, x1, id, count);
  }
};

/** One or more marks drawn as one at `x` (CSS pixels). `index`: of the first. */
export interface MarkRun {
  readonly x: number;
  readonly index: number;
  readonly count: number;
  /** CSS pixels to the next mark and from the one before; Infinity where there is none. */
  readonly room: number;
  readonly roomBefore: number;
}

/** Marks within the scale's range, those that would cover each other counted into one. */
export const markRuns = (
  marks: readonly { readonly time: number }[],
  scale: TimeScale,
  emit: (run: MarkRun) => void,
): void => {
  const margin = markGap * scale.msPerPixel;
  let index = firstMarkAt(marks, scale.range.from - margin);
  while (index < marks.length) {
    const time = marks[index]?.time ?? Infinity;
    if (time > scale.range.to + margin) return;
    const after = Math.max(index + 1, firstMarkAt(marks, time + margin, index));
    const room = scale.x(marks[after]?.time ?? Infinity) - scale.x(time);
    const before = scale.x(time) - scale.x(marks[index - 1]?.time ?? -Infinity);
    emit({ x: scale.x(time), index, count: after - index, room, roomBefore: before });
    index = after;
  }
};
