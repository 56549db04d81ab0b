import type { LaneRow } from '../model/lanes.js';
import type { FailedMark, LifeMark } from '../model/timeline-lane.js';
import { clearText, plainGround } from './clear-text.js';
import type { Frame } from './frame.js';
import { markRuns, type MarkRun } from './level-of-detail.js';
import { barsWithin, monoWidth } from './paint-bars.js';

/** `:8080 in use by node 4711`, `:80 EACCES`: what a failed bind is, in the fewest words. */
export const failureText = ({ event }: FailedMark): string => {
  const port = `:${String(event.endpoint.port)}`;
  if (event.error !== 'EADDRINUSE') return `${port} ${event.error}`;
  const holder = event.conflict?.process ?? null;
  return holder === null ? `${port} in use` : `${port} in use by ${holder.name} ${String(holder.pid)}`;
};

const paintFailure = (frame: Frame, row: LaneRow, top: number, run: MarkRun): void => {
  const { surface, theme } = frame;
  const { context } = surface;
  const x = surface.snap(run.x);
  const y = top + row.height / 2;
  const mark = row.lane.failed[run.index];
  if (mark === undefined) return;
  const lozenge = (radius: number): void => {
    context.beginPath();
    context.moveTo(x, y - radius);
    context.lineTo(x + radius, y);
    context.lineTo(x, y + radius);
    context.lineTo(x - radius, y);
    context.closePath();
    context.fill();
  };
  // A rim in the colour of the ground keeps it apart from what it lies on.
  context.fillStyle = theme.surface;
  lozenge(8);
  context.fillStyle = theme.failed;
  context.fillRect(x - 1, top + 2, 2, row.height - 4);
  lozenge(5.5);
  if (run.count === 1 && frame.selected.event === mark.event.seq) {
    context.strokeStyle = theme.accent;
    context.lineWidth = 1.5;
    context.strokeRect(x - 7.5, y - 8, 15, 16);
  }
  const text = run.count > 1 ? `×${String(run.count)} ${failureText(mark)}` : failureText(mark);
  const count = `×${String(run.count)}`;
  const ground = plainGround(frame, row);
  for (const candidate of run.count > 1 ? [text, count] : [text]) {
    const width = monoWidth(context, candidate);
    const reach = (width + 14) * frame.scale.msPerPixel;
    const after = Math.min(run.room, surface.width - x);
    if (after >= width + 18 && !barsWithin(frame, row, mark.time, mark.time + reach)) {
      clearText(frame, ground, candidate, x + 9, y + 0.5);
      return;
    }
    // At the right edge, where what happens now appears, there is room on the left alone.
    if (Math.min(run.roomBefore, x) < width + 18) continue;
    if (barsWithin(frame, row, mark.time - reach, mark.time)) continue;
    clearText(frame, ground, candidate, x - width - 9, y + 0.5);
    return;
  }
};

const paintLife = (frame: Frame, row: LaneRow, top: number, mark: LifeMark, x: number): void => {
  const { context } = frame.surface;
  const y = top + row.height / 2;
  context.strokeStyle = frame.theme.muted;
  context.lineWidth = 1.5;
  context.beginPath();
  if (mark.kind === 'exit') {
    context.moveTo(x - 3.5, y - 3.5);
    context.lineTo(x + 3.5, y + 3.5);
    context.moveTo(x + 3.5, y - 3.5);
    context.lineTo(x - 3.5, y + 3.5);
  } else {
    context.moveTo(x - 2, y - 4);
    context.lineTo(x + 2, y);
    context.lineTo(x - 2, y + 4);
  }
  context.stroke();
};

/** A line as long as the process lived, exec and exit on it, and binds that failed above all. */
export const paintLifetime = (frame: Frame, row: LaneRow, top: number): void => {
  const { surface, scale, theme } = frame;
  const { lane } = row;
  const from = Number.isNaN(lane.startedAt) ? -1 : Math.max(-1, scale.x(lane.startedAt));
  const to = Math.min(surface.width + 1, scale.x(Math.min(lane.exitedAt, frame.now)));
  if (to <= from) return;
  surface.context.fillStyle = theme.lineStrong;
  surface.context.fillRect(from, surface.snap(top + row.height / 2 - 0.5), to - from, 1);
};

export const paintMarks = (frame: Frame, row: LaneRow, top: number): void => {
  const { context } = frame.surface;
  context.font = frame.theme.mono;
  context.textBaseline = 'middle';
  markRuns(row.lane.life, frame.scale, ({ x, index }) => {
    const mark = row.lane.life[index];
    if (mark !== undefined) paintLife(frame, row, top, mark, x);
  });
  markRuns(row.lane.failed, frame.scale, (run) => paintFailure(frame, row, top, run));
};
