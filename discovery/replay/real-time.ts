import type { Timers } from '../timers.js';

/** The clock on the wall, beside the virtual one: for playing, and for the frames of windows. */
export interface RealTime extends Timers {
  /** Monotonic milliseconds. */
  now(): number;
  /** Lets the event loop do what else there is to do (in Node: `setImmediate`). */
  turn(): Promise<void>;
}
