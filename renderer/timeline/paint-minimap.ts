import type { TimelineLog } from '../model/timeline-log.js';
import { hatch } from './hatch.js';
import type { Surface } from './surface.js';
import type { Theme } from './theme.js';
import type { TimeRange, TimeScale } from './time-scale.js';

/** Width of a column of the histogram, CSS pixels. */
const column = 2;
const handleWidth = 5;

/** The whole of the log up to now, and at least a minute of it. */
export const loggedRange = (log: TimelineLog, now: number): TimeRange => {
  const from = Number.isNaN(log.from) ? now : log.from;
  return { from: Math.min(from, now - 60_000), to: now };
};

/** The view's window on the minimap in CSS pixels, never narrower than can be grabbed. */
export const minimapWindow = (
  scale: TimeScale,
  view: TimeRange,
): { readonly x0: number; readonly x1: number } => {
  const x0 = Math.max(0, Math.min(scale.x(view.from), scale.width - 6));
  const x1 = Math.min(scale.width, Math.max(scale.x(view.to), x0 + 6));
  return { x0, x1 };
};

export type MinimapPart = 'from' | 'to' | 'window' | 'outside';

/** What of the minimap lies at `x` (CSS pixels). */
export const minimapPartAt = (scale: TimeScale, view: TimeRange, x: number): MinimapPart => {
  const { x0, x1 } = minimapWindow(scale, view);
  // Outside of the edges first, so that a narrow window can still be moved by its middle.
  const reach = Math.min(handleWidth, (x1 - x0) / 4);
  if (Math.abs(x - x0) <= Math.max(reach, x < x0 ? handleWidth : 0)) return 'from';
  if (Math.abs(x - x1) <= Math.max(reach, x > x1 ? handleWidth : 0)) return 'to';
  return x > x0 && x < x1 ? 'window' : 'outside';
};

export interface MinimapFrame {
  readonly surface: Surface;
  readonly theme: Theme;
  readonly log: TimelineLog;
  readonly scale: TimeScale;
  readonly view: TimeRange;
  readonly now: number;
}

/** How much happened when, failures in red, gaps hatched, and the part in view. */
export const paintMinimap = ({ surface, theme, log, scale, view, now }: MinimapFrame): void => {
  const { context, width, height } = surface;
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, width, height);

  for (const gap of log.gaps) {
    const x0 = scale.x(gap.from);
    context.globalAlpha = 0.6;
    context.fillStyle = hatch(context, theme.lost, surface.ratio);
    context.fillRect(x0, 0, Math.max(2, scale.x(Math.min(gap.to, now)) - x0), height);
  }
  context.globalAlpha = 1;

  const columns: (readonly [number, number])[] = [];
  let most = 1;
  // Columns lie on multiples of their own width in time, so that they do not flicker as now moves.
  const step = column * scale.msPerPixel;
  const start = Math.floor(scale.range.from / step) * step;
  for (let time = start; time < scale.range.to; time += step) {
    const counts = log.histogram.count(time, time + step);
    columns.push(counts);
    most = Math.max(most, counts[0]);
  }
  const room = height - 8;
  const tall = (count: number): number =>
    count === 0 ? 0 : Math.max(2, (Math.log1p(count) / Math.log1p(Math.max(most, 8))) * room);
  columns.forEach(([all, bad], index) => {
    const x = surface.snap(scale.x(start + index * step));
    const high = tall(all);
    context.fillStyle = theme.bound;
    context.fillRect(x, height - 2 - high, column - 0.5, high);
    if (bad === 0) return;
    const red = Math.max(3, (high * bad) / all);
    context.fillStyle = theme.failed;
    context.fillRect(x, height - 2 - red, column - 0.5, red);
  });

  const present = scale.x(now);
  if (present < width) {
    context.fillStyle = theme.accent;
    context.fillRect(surface.snap(present), 0, 1, height);
  }

  const { x0, x1 } = minimapWindow(scale, view);
  context.globalAlpha = 0.5;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, x0, height);
  context.fillRect(x1, 0, width - x1, height);
  context.globalAlpha = 1;
  context.fillStyle = theme.accentSoft;
  context.fillRect(x0, 0, x1 - x0, height);
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.strokeRect(surface.snap(x0) + 0.5, 0.5, Math.max(4, x1 - x0 - 1), height - 1);
  context.fillStyle = theme.accent;
  for (const x of [x0, x1 - 3]) {
    context.beginPath();
    context.roundRect(x, height / 2 - 7, 3, 14, 1.5);
    context.fill();
  }
};
