import type { LaneRow } from '../model/lanes.js';
import type { Frame } from './frame.js';

/** The colour behind a lane where it is one colour; null where selection or pointer tints it. */
export const plainGround = ({ selected, hovered, theme }: Frame, { lane }: LaneRow): string | null =>
  selected.process === lane.key || hovered === lane.key ? null : theme.surface;

/** Half of a line of text, in CSS pixels. */
const halfHeight = 6;

/** Text on the bare lane, kept clear of the line of the lane's life where the ground is plain. */
export const clearText = (
  { surface: { context } }: Frame,
  ground: string | null,
  label: string,
  x: number,
  y: number,
): void => {
  if (ground !== null) {
    const { fillStyle } = context;
    context.fillStyle = ground;
    context.fillRect(x - 3, y - halfHeight, context.measureText(label).width + 6, halfHeight * 2);
    context.fillStyle = fillStyle;
  }
  context.fillText(label, x, y);
};
