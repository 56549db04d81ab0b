import { describe, expect, it } from 'vitest';
import { briefMoment, clockTime, duration, moment, msOf, nsOf, stopwatch, timeAgo } from './time.js';

it.each([
  [0, '0:00.0'],
  [83_460, '1:23.4'],
  [3_723_000, '1:02:03.0'],
  [-5, '0:00.0'],
])('%i ms on a stopwatch are %s', (ms, words) => expect(stopwatch(ms)).toBe(words));

describe('duration', () => {
  it.each([
    [0.0004, '0 µs'],
    [0.84, '840 µs'],
    [12.34, '12.3 ms'],
    [840, '840 ms'],
    [4200, '4.2 s'],
    [59_960, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_600_000, '1 h 0 min'],
    [187_200_000, '2 d 4 h'],
    [-4200, '−4.2 s'],
  ])('says %d ms as %s', (ms, words) => expect(duration(ms)).toBe(words));
});

describe('times', () => {
  it('keeps microseconds on the way from and to nanoseconds', () => {
    expect(msOf(1_700_000_000_123_456_789n)).toBe(1_700_000_000_123.456);
    expect(nsOf(1_700_000_000_123.456)).toBe(1_700_000_000_123_456_000n);
  });

  it('shows as many decimals as asked for', () => {
    const ms = new Date(2026, 2, 1, 4, 5, 6).getTime() + 78.9;
    expect(clockTime(ms)).toBe('04:05:06');
    expect(clockTime(ms, 3)).toBe('04:05:06.078');
  });

  it('adds the date only for another day', () => {
    const ms = new Date(2026, 2, 1, 23, 59, 0).getTime();
    expect(moment(ms, ms + 30_000)).toBe('23:59:00');
    expect(moment(ms, ms + 90_000)).toBe('2026-03-01 23:59:00');
  });
});

describe('briefMoment', () => {
  const now = new Date(2026, 2, 8, 12).getTime();
  it.each([
    [new Date(2026, 2, 8, 9, 5, 7), '09:05:07'],
    [new Date(2026, 2, 7, 9, 5, 7), '7 Mar 09:05'],
    [new Date(2025, 2, 7, 9, 5, 7), '2025-03-07'],
  ])('shortens %s to %s', (at, brief) => expect(briefMoment(at.getTime(), now)).toBe(brief));
});

it.each([
  [-5, 'just now'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [47 * 3_600_000, '47 h ago'],
  [50 * 3_600_000, '2 d ago'],
])('says %d ms are %s', (ms, words) => expect(timeAgo(ms)).toBe(words));
