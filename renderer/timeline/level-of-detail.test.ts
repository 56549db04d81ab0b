import { describe, expect, it } from 'vitest';
import { IntervalTable } from '../model/timeline-intervals.js';
import { socket } from '../model/timeline.fixtures.js';
import { barRuns, leastBar, markRuns, type BarRun, type MarkRun } from './level-of-detail.js';
import { TimeScale } from './time-scale.js';

const runs = (
  intervals: readonly (readonly [number, number])[],
  range: { readonly from: number; readonly to: number },
  width = 100,
): BarRun[] => {
  const table = new IntervalTable();
  const ids = intervals.map(([start, end], index) => table.add(start, NaN, end, 0, socket(index + 1, 80)));
  const found: BarRun[] = [];
  barRuns(ids, table, new TimeScale(range, width), range.to, (run) => found.push(run));
  return found;
};

describe('barRuns', () => {
  it('keeps a bar that is too short to see at its least width', () => {
    const [run] = runs([[5000, 5002]], { from: 0, to: 10_000 });
    expect(run).toMatchObject({ x0: 50, x1: 50 + leastBar, count: 1 });
  });

  it('draws an open bar to the end given', () => {
    expect(runs([[2000, Infinity]], { from: 0, to: 10_000 })[0]).toMatchObject({ x0: 20, x1: 100 });
  });

  it('counts what would fall on painted pixels and loses none', () => {
    const many = Array.from({ length: 5000 }, (_, index) => [index * 2, index * 2 + 1] as const);
    const found = runs(many, { from: 0, to: 10_000 });
    expect(found.length).toBeLessThan(60);
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  });

  it('does not swallow a long bar among short ones', () => {
    const found = runs(
      [
        [1000, 1001],
        [1010, 1020],
        [1030, 5000],
        [5001, 5002],
      ],
      { from: 0, to: 10_000 },
    );
    expect(found.map(({ count }) => count)).toEqual([2, 1, 1]);
    expect(found[1]).toMatchObject({ x1: 50 });
  });

  it('tells them apart again when zoomed in', () => {
    const found = runs(
      [
        [1000, 1001],
        [1010, 1020],
      ],
      { from: 1000, to: 1020 },
    );
    expect(found.map(({ count }) => count)).toEqual([1, 1]);
  });

  it('leaves out what lies outside, and keeps what reaches in', () => {
    const found = runs(
      [
        [0, 10],
        [20, 5000],
        [9000, 9500],
      ],
      { from: 4000, to: 6000 },
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.x0).toBeLessThan(0);
  });

  it('tells the room to the next bar', () => {
    const found = runs(
      [
        [1000, 2000],
        [4000, 5000],
      ],
      { from: 0, to: 10_000 },
    );
    expect(found.map(({ room }) => room)).toEqual([20, Infinity]);
  });
});

describe('markRuns', () => {
  const marks = (times: readonly number[]): MarkRun[] => {
    const found: MarkRun[] = [];
    const scale = new TimeScale({ from: 0, to: 10_000 }, 100);
    markRuns(
      times.map((time) => ({ time })),
      scale,
      (run) => found.push(run),
    );
    return found;
  };

  it('counts marks that would cover each other', () => {
    expect(marks([1000, 1100, 1200, 5000]).map(({ index, count }) => [index, count])).toEqual([
      [0, 3],
      [3, 1],
    ]);
  });

  it('loses none of ten thousand', () => {
    const found = marks(Array.from({ length: 10_000 }, (_, index) => index));
    expect(found.length).toBeLessThan(15);
    expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  });
});
