import { rowAt, type GroupRow, type LaneRow } from '../model/lanes.js';
import type { IntervalId } from '../model/timeline-intervals.js';
import { firstEndingAt, firstMarkAt, type FailedMark, type LifeMark } from '../model/timeline-lane.js';
import type { Gap } from '../model/timeline-log.js';
import { rulerHeight, type Frame } from './frame.js';
import { barHeight, trackTop } from './lane-geometry.js';
import { leastBar } from './level-of-detail.js';

/** What lies under a point of the drawing. `count`: how many of its kind are drawn there as one. */
export type Hit =
  | { readonly kind: 'bar'; readonly row: LaneRow; readonly id: IntervalId; readonly count: number }
  | { readonly kind: 'failed'; readonly row: LaneRow; readonly mark: FailedMark; readonly count: number }
  | { readonly kind: 'life'; readonly row: LaneRow; readonly mark: LifeMark }
  | { readonly kind: 'gap'; readonly gap: Gap; readonly row: LaneRow | null }
  | { readonly kind: 'lane'; readonly row: LaneRow }
  | { readonly kind: 'group'; readonly row: GroupRow }
  | { readonly kind: 'ruler' };

type Geometry = Pick<Frame, 'log' | 'layout' | 'scale' | 'scrollTop' | 'sticky' | 'now'>;

/** How far beside a mark or a bar a pointer may be, CSS pixels. */
const markReach = 6;
const barReach = 2;
/** Bars under one pointer are counted up to here, however many there are. */
const mostCounted = 10_000;

const nearestMark = <M extends { readonly time: number }>(
  marks: readonly M[],
  frame: Geometry,
  x: number,
): { readonly mark: M; readonly count: number } | null => {
  const from = firstMarkAt(marks, frame.scale.time(x - markReach));
  const to = firstMarkAt(marks, frame.scale.time(x + markReach), from);
  // Many under one pointer: the first stands for them, as it does in the drawing.
  const mark = marks[from];
  return mark === undefined || to === from ? null : { mark, count: to - from };
};

const barAt = (frame: Geometry, row: LaneRow, x: number, y: number): Hit | null => {
  const { intervals } = frame.log;
  const fromTime = frame.scale.time(x - leastBar - barReach);
  const toTime = frame.scale.time(x + barReach);
  let nearest: IntervalId | null = null;
  let distance = Infinity;
  let count = 0;
  for (const [track, ids] of row.lane.tracks.entries()) {
    const top = trackTop(row, track);
    if (y < top - 1 || y > top + barHeight + 1) continue;
    const first = firstEndingAt(ids, fromTime, intervals);
    for (let index = first; index < ids.length && count < mostCounted; index += 1) {
      const id = ids[index] ?? 0;
      const start = intervals.start[id] ?? Infinity;
      if (start > toTime) break;
      const x0 = frame.scale.x(start);
      const x1 = Math.max(frame.scale.x(Math.min(intervals.end[id] ?? frame.now, frame.now)), x0 + leastBar);
      if (x < x0 - barReach || x > x1 + barReach) continue;
      count += 1;
      const away = x < x0 ? x0 - x : x > x1 ? x - x1 : 0;
      if (away >= distance) continue;
      nearest = id;
      distance = away;
    }
  }
  return nearest === null ? null : { kind: 'bar', row, id: nearest, count };
};

/** `x` and `y` in CSS pixels from the drawing's upper left corner. Null: nothing is there. */
export const hitTest = (frame: Geometry, x: number, y: number): Hit | null => {
  if (y < rulerHeight) return { kind: 'ruler' };
  if (frame.sticky !== null && y < rulerHeight + frame.sticky.offset + frame.sticky.row.height) {
    return { kind: 'group', row: frame.sticky.row };
  }
  const inside = y - rulerHeight + frame.scrollTop;
  const row = frame.layout.rows[rowAt(frame.layout.rows, inside)];
  const time = frame.scale.time(x);
  if (row?.kind === 'group') return { kind: 'group', row };
  if (row !== undefined) {
    const failed = nearestMark(row.lane.failed, frame, x);
    if (failed !== null) return { kind: 'failed', row, ...failed };
    const life = nearestMark(row.lane.life, frame, x);
    if (life !== null) return { kind: 'life', row, mark: life.mark };
    const bar = barAt(frame, row, x, inside - row.top);
    if (bar !== null) return bar;
  }
  const least = leastBar * frame.scale.msPerPixel;
  const gap = frame.log.gaps.find(
    ({ from, to }) => time >= from && time <= Math.max(Math.min(to, frame.now), from + least),
  );
  if (gap !== undefined) return { kind: 'gap', gap, row: row ?? null };
  return row === undefined ? null : { kind: 'lane', row };
};
