import type { EventBuffer } from '../store/event-buffer.js';
import type { TimeRange } from '../store/view.js';
import { msOf } from './time.js';

/** From the first event held (or `since`, where there is none) to `now`, with a little air in front. */
export const wholeLog = (events: EventBuffer, since: number, now: number): TimeRange => {
  const oldest = events.at(0);
  const from = oldest === undefined ? since : Math.min(msOf(oldest.time), now);
  const span = Math.max(now - from, 1000);
  return { from: now - span * 1.02, to: now };
};
