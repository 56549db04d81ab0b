import { firstRowBelow, type GroupRow, type LaneRow } from '../model/lanes.js';
import { rulerHeight, type Frame } from './frame.js';
import { hatch } from './hatch.js';
import { paintBars } from './paint-bars.js';
import { paintLifetime, paintMarks } from './paint-marks.js';
import { paintRuler } from './paint-ruler.js';
import { ticksOf } from './ticks.js';

const paintGround = (frame: Frame): void => {
  const { surface, theme, scale } = frame;
  const { context } = surface;
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, surface.width, surface.height);
  const now = scale.x(frame.now);
  if (now < surface.width) {
    // What has not happened yet.
    context.fillStyle = theme.background;
    context.fillRect(now, rulerHeight, surface.width - now, surface.height);
  }
  context.fillStyle = theme.line;
  for (const { time, strong } of ticksOf(scale)) {
    context.globalAlpha = strong ? 1 : 0.5;
    context.fillRect(surface.snap(scale.x(time)), rulerHeight, 1 / surface.ratio, surface.height);
  }
  context.globalAlpha = 1;
};

const paintGaps = (frame: Frame): void => {
  const { surface, theme, scale } = frame;
  const { context } = surface;
  for (const gap of frame.log.gaps) {
    const x0 = Math.max(0, scale.x(gap.from));
    const x1 = Math.min(surface.width, scale.x(Math.min(gap.to, frame.now)));
    if (x1 < 0 || x0 > surface.width) continue;
    const width = Math.max(3, x1 - x0);
    context.globalAlpha = 0.07;
    context.fillStyle = theme.lost;
    context.fillRect(x0, rulerHeight, width, surface.height);
    context.globalAlpha = 0.45;
    context.fillStyle = hatch(context, theme.lost, surface.ratio);
    context.fillRect(x0, rulerHeight, width, surface.height);
    context.globalAlpha = 1;
  }
};

const paintLaneGround = (frame: Frame, row: LaneRow, top: number): void => {
  const { surface, theme } = frame;
  const { context } = surface;
  const { key } = row.lane;
  if (frame.selected.process === key) {
    context.fillStyle = theme.accentSoft;
    context.fillRect(0, top, surface.width, row.height);
  } else if (frame.hovered === key) {
    context.globalAlpha = 0.6;
    context.fillStyle = theme.hover;
    context.fillRect(0, top, surface.width, row.height);
    context.globalAlpha = 1;
  }
  if (frame.cursor === key) {
    context.strokeStyle = theme.accent;
    context.lineWidth = 1;
    context.strokeRect(0.5, top + 0.5, surface.width - 1, row.height - 1);
  }
  context.globalAlpha = 0.6;
  context.fillStyle = theme.line;
  context.fillRect(0, surface.snap(top + row.height - 1 / surface.ratio), surface.width, 1 / surface.ratio);
  context.globalAlpha = 1;
};

const paintGroup = ({ surface, theme }: Frame, row: GroupRow, top: number): void => {
  const { context } = surface;
  context.fillStyle = theme.raised;
  context.fillRect(0, top, surface.width, row.height);
  context.fillStyle = theme.line;
  context.fillRect(0, top, surface.width, 1 / surface.ratio);
  context.fillRect(0, surface.snap(top + row.height - 1 / surface.ratio), surface.width, 1 / surface.ratio);
};

const paintNow = (frame: Frame): void => {
  const { surface, theme, scale } = frame;
  const x = surface.snap(scale.x(frame.now));
  if (x < 0 || x > surface.width) return;
  surface.context.fillStyle = frame.following ? theme.accent : theme.muted;
  surface.context.fillRect(x, rulerHeight - 6, 1, surface.height);
};

/** Paints one whole frame. Its cost is that of the rows and pixels in view. */
export const paintTimeline = (frame: Frame): void => {
  const { surface, theme, layout, scrollTop } = frame;
  const { context } = surface;
  paintGround(frame);

  context.save();
  context.beginPath();
  context.rect(0, rulerHeight, surface.width, surface.height - rulerHeight);
  context.clip();
  const bottom = scrollTop + surface.height - rulerHeight;
  const first = firstRowBelow(layout.rows, scrollTop);
  const visible: { readonly row: LaneRow; readonly top: number }[] = [];
  for (let index = first; index < layout.rows.length; index += 1) {
    const row = layout.rows[index];
    if (row === undefined || row.top >= bottom) break;
    const top = surface.snap(row.top - scrollTop + rulerHeight);
    if (row.kind === 'lane') {
      paintLaneGround(frame, row, top);
      visible.push({ row, top });
      continue;
    }
    paintGroup(frame, row, top);
  }
  paintGaps(frame);
  for (const { row, top } of visible) {
    paintLifetime(frame, row, top);
    paintBars(frame, row, top);
    paintMarks(frame, row, top);
  }
  if (frame.sticky !== null) {
    paintGroup(frame, frame.sticky.row, surface.snap(rulerHeight + frame.sticky.offset));
  }
  if (frame.pointerX !== null) {
    context.globalAlpha = 0.5;
    context.fillStyle = theme.muted;
    context.fillRect(surface.snap(frame.pointerX), 0, 1 / surface.ratio, surface.height);
    context.globalAlpha = 1;
  }
  context.restore();
  paintRuler(frame);
  paintNow(frame);
};
