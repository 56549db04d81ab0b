import { calendarDate, clockTime } from '../model/time.js';
import type { TimeScale } from './time-scale.js';

export interface Tick {
  /** Epoch ms. */
  readonly time: number;
  readonly label: string;
  /** A round moment of the next coarser unit (a whole second among milliseconds, midnight among hours). */
  readonly strong: boolean;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Distances between ticks, in ms. */
const steps: readonly number[] = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12].map((count) => count * hour),
  ...[1, 2, 7, 14, 28, 56, 112].map((count) => count * day),
];

/** The finest step (ms) whose ticks are at least `gap` pixels apart. */
export const stepFor = (msPerPixel: number, gap: number): number =>
  steps.find((step) => step / msPerPixel >= gap) ?? 112 * day;

/** `+120 ms`, `+1.5 ms`, `+250 µs`: how far into its second a tick lies. */
const withinSecond = (ms: number, step: number): string => {
  if (step < 1) {
    if (ms < 1) return `+${String(Math.round(ms * 1000))} µs`;
    return `+${ms.toFixed(step < 0.01 ? 3 : step < 0.1 ? 2 : 1)} ms`;
  }
  return `+${String(Math.round(ms))} ms`;
};

/** Local midnights and hours shift against UTC, by half an hour in some places and twice a year. */
const offsetAt = (time: number): number => -new Date(time).getTimezoneOffset() * minute;

/**
 * Ticks of a scale at round local wall-clock times, `gap` pixels apart or more. Below a second a
 * tick tells its distance from the whole second before, which is itself a strong tick in full.
 */
export const ticksOf = (scale: TimeScale, gap = 96): readonly Tick[] => {
  const { from, to } = scale.range;
  const step = stepFor(scale.msPerPixel, gap);
  const ticks: Tick[] = [];
  if (step < second) {
    // Whole seconds are counted as integers, so that fractions of a millisecond do not drift.
    const base = Math.floor(from / second) * second;
    const perSecond = Math.round(second / step);
    for (let index = Math.ceil((from - base) / step); ; index += 1) {
      const whole = base + Math.floor(index / perSecond) * second;
      const part = (index % perSecond) * step;
      const time = whole + part;
      if (time > to) return ticks;
      const strong = index % perSecond === 0;
      ticks.push({ time, strong, label: strong ? clockTime(time) : withinSecond(part, step) });
    }
  }
  const offset = offsetAt(from);
  let time = Math.ceil((from + offset) / step) * step - offset;
  while (time <= to) {
    // Across a change of the clock, coarse ticks are moved back onto round local times.
    const shift = step >= hour ? offset - offsetAt(time) : 0;
    const at = time + shift;
    const local = at + offsetAt(at);
    const midnight = local % day === 0;
    const strong = midnight || (step < minute && local % minute === 0) || (step < hour && local % hour === 0);
    const clock = clockTime(at);
    ticks.push({
      time: at,
      strong,
      label: midnight ? calendarDate(at) : step < minute ? clock : clock.slice(0, 5),
    });
    time += step;
  }
  return ticks;
};

/** What the ticks leave out, for the left end of the ruler: the date, and the second where ticks are finer. */
export const contextOf = (scale: TimeScale): string => {
  const { from } = scale.range;
  return scale.msPerPixel * 96 < second ? `${calendarDate(from)} ${clockTime(from)}` : calendarDate(from);
};

/** Decimals of a second worth showing for a pointer at this zoom: 0 to 6. */
export const decimalsFor = (msPerPixel: number): number => {
  if (msPerPixel < 0.01) return 6;
  if (msPerPixel < 0.1) return 4;
  return msPerPixel < 500 ? 3 : 0;
};
