import { describe, expect, it } from 'vitest';
import { contextOf, stepFor, ticksOf } from './ticks.js';
import { TimeScale } from './time-scale.js';

const local = (text: string): number => new Date(text).getTime();
const labels = (from: number, span: number, width = 1000): string[] =>
  ticksOf(new TimeScale({ from, to: from + span }, width)).map(({ label }) => label);

describe('stepFor', () => {
  it('is round and leaves the gap asked for', () => {
    expect(stepFor(60_000 / 1000, 96)).toBe(10_000);
    expect(stepFor(10 / 1000, 96)).toBe(1);
    expect(stepFor(86_400_000 / 1000, 96)).toBe(3 * 3_600_000);
  });
});

describe('ticksOf', () => {
  const noon = local('2026-03-01T12:00:00');

  it('lie on round local times', () => {
    expect(labels(noon - 4000, 60_000)).toEqual([
      '12:00:00',
      '12:00:10',
      '12:00:20',
      '12:00:30',
      '12:00:40',
      '12:00:50',
    ]);
  });

  it('leave the seconds out where minutes are enough', () => {
    expect(labels(noon, 3_600_000).slice(0, 3)).toEqual(['12:00', '12:10', '12:20']);
  });

  it('name the day at midnight', () => {
    const ticks = ticksOf(
      new TimeScale({ from: local('2026-03-01T20:00:00'), to: local('2026-03-02T04:00:00') }, 1000),
    );
    const midnight = ticks.find(({ time }) => time === local('2026-03-02T00:00:00'));
    expect(midnight).toMatchObject({ label: '2026-03-02', strong: true });
  });

  it('count from the whole second below a second, which stays written out', () => {
    expect(labels(noon - 120, 1000).slice(0, 4)).toEqual(['+900 ms', '12:00:00', '+100 ms', '+200 ms']);
  });

  it('go down to microseconds', () => {
    expect(labels(noon, 1).slice(0, 3)).toEqual(['12:00:00', '+100 µs', '+200 µs']);
  });

  it('never come nearer than the gap', () => {
    for (let span = 1; span < 400 * 86_400_000; span *= 3.7) {
      const scale = new TimeScale({ from: noon - 12_345.678, to: noon - 12_345.678 + span }, 1000);
      const xs = ticksOf(scale).map(({ time }) => scale.x(time));
      xs.slice(1).forEach((x, index) => expect(x - (xs[index] ?? 0)).toBeGreaterThan(75));
    }
  });
});

describe('contextOf', () => {
  it('tells the second where ticks do not', () => {
    const from = local('2026-03-01T12:00:05');
    expect(contextOf(new TimeScale({ from, to: from + 60_000 }, 1000))).toBe('2026-03-01');
    expect(contextOf(new TimeScale({ from, to: from + 100 }, 1000))).toBe('2026-03-01 12:00:05');
  });
});
