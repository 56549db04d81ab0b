import { trackHeight, type LaneRow } from '../model/lanes.js';

/** Height of a bar in CSS pixels. */
export const barHeight = 14;

/** Top of the bars of a track, from the top of its row. Tracks past the last one drawn lie on it. */
export const trackTop = (row: LaneRow, track: number): number =>
  row.tracks === 1 ? (row.height - barHeight) / 2 : 4 + Math.min(track, row.tracks - 1) * trackHeight;
