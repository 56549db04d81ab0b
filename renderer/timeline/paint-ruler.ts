import { clockTime, duration } from '../model/time.js';
import { rulerHeight, type Frame } from './frame.js';
import { contextOf, decimalsFor, ticksOf } from './ticks.js';

const paintPill = (frame: Frame, text: string, x: number, ground: string, ink: string): void => {
  const { surface } = frame;
  const { context } = surface;
  const width = context.measureText(text).width + 10;
  const left = Math.max(0, Math.min(x - width / 2, surface.width - width));
  context.fillStyle = ground;
  context.beginPath();
  context.roundRect(left, 4, width, rulerHeight - 8, 4);
  context.fill();
  context.fillStyle = ink;
  context.fillText(text, left + 5, rulerHeight / 2 + 0.5);
};

/** `14:03:20.125 · 12.4 s ago` */
const pointerText = (frame: Frame, x: number): string => {
  const time = frame.scale.time(x);
  const clock = clockTime(time, decimalsFor(frame.scale.msPerPixel));
  const ago = frame.now - time;
  return ago < 0 ? clock : `${clock} · ${duration(ago)} ago`;
};

/** Times along the top, the date at its left, what was lost as a strip, and where the pointer is. */
export const paintRuler = (frame: Frame): void => {
  const { surface, theme, scale } = frame;
  const { context } = surface;
  context.fillStyle = theme.surface;
  context.fillRect(0, 0, surface.width, rulerHeight);
  for (const gap of frame.log.gaps) {
    const x0 = scale.x(gap.from);
    const x1 = scale.x(Math.min(gap.to, frame.now));
    if (x1 < 0 || x0 > surface.width) continue;
    context.fillStyle = theme.lost;
    context.fillRect(x0, rulerHeight - 4, Math.max(3, x1 - x0), 3);
  }
  context.fillStyle = theme.line;
  context.fillRect(0, surface.snap(rulerHeight - 1 / surface.ratio), surface.width, 1 / surface.ratio);

  context.font = theme.mono;
  context.textBaseline = 'middle';
  const head = contextOf(scale);
  const headWidth = context.measureText(head).width + 16;
  for (const { time, label, strong } of ticksOf(scale)) {
    const x = surface.snap(scale.x(time));
    context.fillStyle = theme.lineStrong;
    context.fillRect(x, rulerHeight - (strong ? 9 : 6), 1 / surface.ratio, strong ? 9 : 6);
    if (x < headWidth) continue;
    context.fillStyle = strong ? theme.text : theme.muted;
    context.fillText(label, x + 5, rulerHeight / 2 - 0.5);
  }
  context.fillStyle = theme.muted;
  context.fillText(head, 8, rulerHeight / 2 - 0.5);
  if (frame.pointerX !== null) {
    paintPill(frame, pointerText(frame, frame.pointerX), frame.pointerX, theme.lineStrong, theme.text);
  }
};
