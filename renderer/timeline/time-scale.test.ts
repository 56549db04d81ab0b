import { describe, expect, it } from 'vitest';
import { padded, TimeScale, zoomed } from './time-scale.js';

describe('TimeScale', () => {
  const scale = new TimeScale({ from: 1000, to: 3000 }, 500);

  it('maps times to pixels and back', () => {
    expect(scale.x(1000)).toBe(0);
    expect(scale.x(3000)).toBe(500);
    expect(scale.time(scale.x(1234.5))).toBeCloseTo(1234.5, 9);
  });

  it('tells microseconds apart at the present epoch', () => {
    const now = 1_790_000_000_000;
    const fine = new TimeScale({ from: now, to: now + 1 }, 1000);
    expect(fine.x(now + 0.5) - fine.x(now + 0.499)).toBeCloseTo(1, 0);
  });
});

describe('zoomed', () => {
  it('keeps the anchor where it is on the screen', () => {
    const before = new TimeScale({ from: 0, to: 1000 }, 800);
    const after = new TimeScale(zoomed(before.range, 0.25, 300), 800);
    expect(after.x(300)).toBeCloseTo(before.x(300), 9);
    expect(after.span).toBe(250);
  });
});

describe('padded', () => {
  it('adds room on both sides and keeps to the least span', () => {
    expect(padded({ from: 100, to: 200 }, 0.2, 10)).toEqual({ from: 80, to: 220 });
    expect(padded({ from: 100, to: 100 }, 0.2, 10)).toEqual({ from: 95, to: 105 });
  });
});
