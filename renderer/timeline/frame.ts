import type { GroupId, LaneLayout, StickyGroup } from '../model/lanes.js';
import type { LaneKey } from '../model/timeline-lane.js';
import type { TimelineLog } from '../model/timeline-log.js';
import type { Surface } from './surface.js';
import type { Theme } from './theme.js';
import type { TimeScale } from './time-scale.js';

/** CSS pixels. */
export const rulerHeight = 26;
/** Room right of the range, so that what happens now is not cut by the edge. */
export const rightMargin = 28;

/** What is outlined, by the identities of the contract. */
export interface Highlight {
  readonly process: LaneKey | null;
  /** A socket's key. */
  readonly socket: string | null;
  /** An event's sequence number. */
  readonly event: number | null;
}

/** Everything one frame is drawn from. */
export interface Frame {
  readonly surface: Surface;
  readonly theme: Theme;
  readonly scale: TimeScale;
  /** Epoch ms: what is still open is drawn to here. */
  readonly now: number;
  readonly following: boolean;
  readonly log: TimelineLog;
  readonly layout: LaneLayout;
  /** CSS pixels the rows are scrolled by. */
  readonly scrollTop: number;
  readonly sticky: StickyGroup | null;
  /** 0 to 7, null for what no criterion selects. */
  readonly hueOf: (group: GroupId) => number | null;
  readonly selected: Highlight;
  readonly hovered: LaneKey | null;
  readonly cursor: LaneKey | null;
  /** CSS pixels from the left, null when the pointer is elsewhere. */
  readonly pointerX: number | null;
}
