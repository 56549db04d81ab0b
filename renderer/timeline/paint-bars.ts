import type { LaneRow } from '../model/lanes.js';
import { IntervalFlag } from '../model/timeline-intervals.js';
import { firstEndingAt } from '../model/timeline-lane.js';
import { clearText, plainGround } from './clear-text.js';
import type { Frame } from './frame.js';
import { barHeight, trackTop } from './lane-geometry.js';
import { barRuns, type BarRun } from './level-of-detail.js';

/** Bars narrower than this are painted solid: an outline would leave nothing inside. */
const solidBelow = 7;
const fade = 18;
const labelInset = 7;

const widths = new Map<string, number>();

/** Width of a mono text in CSS pixels; every character of the face is as wide as any other. */
export const monoWidth = (context: CanvasRenderingContext2D, text: string): number => {
  let one = widths.get(context.font);
  if (one === undefined) {
    one = context.measureText('0000000000').width / 10;
    widths.set(context.font, one);
  }
  return one * text.length;
};

/** Fonts arrive after the first frame; what was measured before is wrong then. */
export const forgetTextWidths = (): void => widths.clear();

interface Part {
  readonly x0: number;
  readonly x1: number;
  readonly color: string;
}

/** The stretch that was only bound and the stretch that listened, where they have a width. */
const partsOf = (frame: Frame, run: BarRun): readonly Part[] => {
  const { listening, bound } = frame.theme;
  const listen = frame.log.intervals.listen[run.id] ?? NaN;
  if (Number.isNaN(listen)) return [{ x0: run.x0, x1: run.x1, color: bound }];
  const from = Math.max(run.x0, Math.min(frame.scale.x(listen), run.x1));
  if (from - run.x0 < 1) return [{ x0: run.x0, x1: run.x1, color: listening }];
  return [
    { x0: run.x0, x1: from, color: bound },
    { x0: from, x1: run.x1, color: listening },
  ];
};

const paintFade = (frame: Frame, x: number, y: number, color: string): void => {
  const { context } = frame.surface;
  const gradient = context.createLinearGradient(x - fade, 0, x, 0);
  // Not `transparent`: that is black without alpha, and the way to it would be grey.
  gradient.addColorStop(0, `${color}00`);
  gradient.addColorStop(1, color);
  context.fillStyle = gradient;
  context.fillRect(x - fade, y, fade, barHeight);
};

const labelOf = (frame: Frame, run: BarRun): string =>
  run.count > 1 ? `×${String(run.count)}` : `:${String(frame.log.intervals.port[run.id] ?? 0)}`;

/** `labelled`: false where bars of several tracks share the place and their texts would cross. */
const paintRun = (
  frame: Frame,
  run: BarRun,
  y: number,
  hue: string | null,
  labelled: boolean,
  ground: string | null,
): void => {
  const { surface, theme, log } = frame;
  const { context } = surface;
  const x0 = surface.snap(Math.max(run.x0, -fade * 2));
  const x1 = surface.snap(Math.min(run.x1, surface.width + fade));
  const flags = log.intervals.flags[run.id] ?? 0;
  const ended = (log.intervals.end[run.id] ?? Infinity) !== Infinity;
  const held = (flags & IntervalFlag.held) !== 0;
  const before = (flags & IntervalFlag.startedBefore) !== 0;
  const solid = run.count > 1 || x1 - x0 < solidBelow;
  const parts = partsOf(frame, run);

  for (const part of parts) {
    const left = surface.snap(Math.max(part.x0, x0));
    const right = surface.snap(Math.min(part.x1, x1));
    const width = Math.max(right - left, solid ? 3 : 0);
    context.fillStyle = part.color;
    if (solid) {
      context.globalAlpha = ended ? 0.75 : 1;
      context.fillRect(left, y, width, barHeight);
      continue;
    }
    // What lies behind (grid, lifetime) must not cross the text.
    context.globalAlpha = 1;
    context.fillStyle = theme.surface;
    context.fillRect(left, y, width, barHeight);
    context.fillStyle = part.color;
    context.globalAlpha = held ? 0.1 : ended ? 0.18 : 0.34;
    context.fillRect(left, y, width, barHeight);
    context.globalAlpha = ended ? 0.4 : 0.85;
    context.fillRect(left, y, width, 1);
    context.fillRect(left, y + barHeight - 1, width, 1);
  }
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return;

  if (before && run.x0 > -1) {
    context.globalAlpha = held ? 0.1 : ended ? 0.18 : 0.34;
    paintFade(frame, x0, y, first.color);
  }
  context.globalAlpha = 1;
  if (!solid) {
    if (hue !== null && run.x0 > -3) {
      context.fillStyle = hue;
      context.fillRect(x0, y, 3, barHeight);
    } else if (!before && run.x0 > -1) {
      context.fillStyle = first.color;
      context.fillRect(x0, y, 1, barHeight);
    }
    if (ended && (flags & IntervalFlag.endInexact) === 0) {
      context.fillStyle = last.color;
      context.fillRect(x1 - 1, y, 1, barHeight);
    }
  }

  const socket = log.intervals.socket[run.id];
  if (run.count === 1 && socket?.key === frame.selected.socket) {
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(x0 - 1.5, y - 1.5, Math.max(x1 - x0, 3) + 3, barHeight + 3);
  }

  if (!labelled) return;
  const label = labelOf(frame, run);
  const width = monoWidth(context, label);
  const left = Math.max(x0, 0);
  const inside = x1 - left;
  const middle = y + barHeight / 2 + 0.5;
  if (solid ? inside < width + 8 : inside < width + labelInset + 4) {
    // Beside the bar, where there is room: after it, or before it at the right edge of the drawing.
    context.fillStyle = theme.muted;
    const after = Math.min(run.room, surface.width - x1);
    if (after >= width + 10) clearText(frame, ground, label, x1 + 4, middle);
    else if (Math.min(run.roomBefore, x0) >= width + 10)
      clearText(frame, ground, label, x0 - width - 4, middle);
    return;
  }
  context.fillStyle = solid ? theme.background : ended ? theme.muted : theme.text;
  context.fillText(label, left + labelInset, middle);
  if (run.count > 1 || socket === undefined) return;
  const more = `${socket.transport} ${socket.address}`;
  const start = left + labelInset + width + 10;
  if (x1 - start < monoWidth(context, more) + 12) return;
  context.fillStyle = theme.muted;
  context.globalAlpha = ended ? 0.6 : 0.9;
  context.fillText(more, start, middle);
  context.globalAlpha = 1;
};

/** The bars of one lane whose row begins at `top` (CSS pixels in the drawing). */
export const paintBars = (frame: Frame, row: LaneRow, top: number): void => {
  const { context } = frame.surface;
  context.font = frame.theme.mono;
  context.textBaseline = 'middle';
  const hueIndex = frame.hueOf(row.group);
  const hue = hueIndex === null ? null : (frame.theme.criteria[hueIndex] ?? null);

  const ground = plainGround(frame, row);
  row.lane.tracks.forEach((ids, track) => {
    const y = frame.surface.snap(top + trackTop(row, track));
    const labelled = track < row.tracks - 1 || row.lane.tracks.length <= row.tracks;
    barRuns(ids, frame.log.intervals, frame.scale, frame.now, (run) =>
      paintRun(frame, run, y, hue, labelled, ground),
    );
  });
};

/** Whether a bar of the lane lies within the times (epoch ms), so that text there would cover it. */
export const barsWithin = (frame: Frame, row: LaneRow, from: number, to: number): boolean =>
  row.lane.tracks.some((ids) => {
    const { intervals } = frame.log;
    const id = ids[firstEndingAt(ids, from, intervals)];
    return id !== undefined && (intervals.start[id] ?? Infinity) <= to;
  });
