import { describe, expect, it } from 'vitest';
import { EventHistogram } from './timeline-histogram.js';

describe('EventHistogram', () => {
  it('counts events and failures by time', () => {
    const histogram = new EventHistogram(8, 10);
    histogram.add(100, false);
    histogram.add(105, true);
    histogram.add(131, false);
    expect(histogram.count(100, 110)).toEqual([2, 1]);
    expect(histogram.count(130, 140)).toEqual([1, 0]);
    expect(histogram.count(0, 1000)).toEqual([3, 1]);
  });

  it('loses nothing when its bins widen', () => {
    const histogram = new EventHistogram(8, 10);
    for (let time = 90; time < 3000; time += 7) histogram.add(time, time % 2 === 0);
    const added = Math.ceil((3000 - 90) / 7);
    expect(histogram.count(0, 10_000)[0]).toBe(added);
    expect(histogram.binWidth).toBeGreaterThan(10);
  });

  it('takes an event that comes late, before all others', () => {
    const histogram = new EventHistogram(8, 10);
    histogram.add(1000, false);
    histogram.add(20, true);
    expect(histogram.count(0, 5000)).toEqual([2, 1]);
  });

  it('never counts an event in two ranges that meet', () => {
    const histogram = new EventHistogram(64, 10);
    for (let time = 0; time < 600; time += 3) histogram.add(time, false);
    let sum = 0;
    for (let from = -7; from < 700; from += 13) sum += histogram.count(from, from + 13)[0];
    expect(sum).toBe(200);
  });

  it('forgets what lies before a time', () => {
    const histogram = new EventHistogram(8, 10);
    for (const time of [0, 10, 20, 30]) histogram.add(time, false);
    histogram.evictBefore(20);
    expect(histogram.count(-100, 100)).toEqual([2, 0]);
    histogram.add(85, false);
    expect(histogram.binWidth).toBe(10);
  });
});
