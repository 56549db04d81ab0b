import type { Criterion, CriterionId } from '../../contract/index.js';
import { accepts, isEmptyFilter, wordsOf, type Filter, type FilterSubject } from './filter.js';
import type { IntervalTable } from './timeline-intervals.js';
import type { Lane, LaneKey } from './timeline-lane.js';
import type { TimelineLog } from './timeline-log.js';

/** Heights in CSS pixels. */
export const laneHeight = 22;
export const trackHeight = 16;
/** A lane shows this many tracks until it is expanded; the rest share the last one. */
export const maxTracks = 4;

export const unmatchedGroup = 'unmatched';
export type GroupId = CriterionId | typeof unmatchedGroup;

interface Placed {
  /** CSS pixels from the top of the first row. */
  readonly top: number;
  readonly height: number;
}

export interface GroupRow extends Placed {
  readonly kind: 'group';
  readonly id: GroupId;
  readonly name: string;
  readonly count: number;
  readonly collapsed: boolean;
}

export interface LaneRow extends Placed {
  readonly kind: 'lane';
  readonly lane: Lane;
  readonly group: GroupId;
  /** Tracks drawn apart; intervals of later tracks are drawn on the last. */
  readonly tracks: number;
}

export type TimelineRow = GroupRow | LaneRow;

export interface LaneLayout {
  readonly rows: readonly TimelineRow[];
  /** CSS pixels of all rows together. */
  readonly height: number;
  /** Lanes that there are, and those the filter and the time range leave. */
  readonly total: number;
  readonly shown: number;
}

export interface LaneChoices {
  readonly criteria: readonly Criterion[];
  readonly filter: Filter;
  /** Only lanes with something in this range (epoch ms); null: all. */
  readonly within: { readonly from: number; readonly to: number } | null;
  readonly collapsed: ReadonlySet<GroupId>;
  readonly expanded: ReadonlySet<LaneKey>;
}

const subjects = new WeakMap<Lane, { readonly version: number; readonly subject: FilterSubject }>();

const subjectOf = (lane: Lane, table: IntervalTable): FilterSubject => {
  const cached = subjects.get(lane);
  if (cached?.version === lane.version) return cached.subject;
  const ports = new Set<number>();
  const words = new Set<string>();
  for (const ids of lane.tracks) {
    for (const id of ids) {
      const socket = table.socket[id];
      if (socket === undefined) continue;
      ports.add(socket.port);
      words.add(socket.address).add(socket.transport).add(socket.family).add(socket.state);
    }
  }
  for (const { event } of lane.failed) {
    ports.add(event.endpoint.port);
    words.add(event.endpoint.address).add(event.endpoint.transport).add(event.error).add('failed');
  }
  const subject = {
    ports: [...ports],
    pids: lane.pid === null ? [] : [lane.pid],
    words: wordsOf(lane.process === null ? [] : [lane.process], [], [lane.name, ...words]),
  };
  subjects.set(lane, { version: lane.version, subject });
  return subject;
};

const heightOf = (tracks: number): number => (tracks <= 1 ? laneHeight : 6 + tracks * trackHeight);

/** Lanes nobody asked about and that never touched a socket are left out. */
const interests = (lane: Lane): boolean =>
  lane.criterionId !== null || lane.tracks.length > 0 || lane.failed.length > 0;

/**
 * The rows of the timeline: a header per criterion in their order, its lanes by first appearance,
 * then what no criterion selects. An order that depends on nothing that changes, so no lane ever
 * swaps its place with another of its group.
 */
export const layoutLanes = (log: TimelineLog, choices: LaneChoices): LaneLayout => {
  const groups = new Map<GroupId, { readonly name: string; readonly lanes: Lane[] }>();
  for (const { id, name } of choices.criteria) groups.set(id, { name, lanes: [] });
  const unmatched = { name: 'Unmatched', lanes: [] as Lane[] };
  groups.set(unmatchedGroup, unmatched);

  const filtered = !isEmptyFilter(choices.filter);
  let total = 0;
  let shown = 0;
  for (const lane of log.lanes.values()) {
    if (!interests(lane)) continue;
    total += 1;
    const { within } = choices;
    if (within !== null && !isWithin(lane, within.from, within.to, log.intervals)) continue;
    const group = (lane.criterionId === null ? undefined : groups.get(lane.criterionId)) ?? unmatched;
    if (filtered) {
      const subject = subjectOf(lane, log.intervals);
      const words = `${subject.words}\n${group.name.toLowerCase()}`;
      if (!accepts(choices.filter, { ...subject, words })) continue;
    }
    shown += 1;
    group.lanes.push(lane);
  }

  const rows: TimelineRow[] = [];
  let top = 0;
  for (const [id, { name, lanes }] of groups) {
    if (lanes.length === 0) continue;
    const collapsed = choices.collapsed.has(id);
    rows.push({ kind: 'group', id, name, count: lanes.length, collapsed, top, height: laneHeight });
    top += laneHeight;
    if (collapsed) continue;
    lanes.sort((a, b) => a.firstSeen - b.firstSeen || a.order - b.order);
    for (const lane of lanes) {
      const limit = choices.expanded.has(lane.key) ? Infinity : maxTracks;
      const tracks = Math.max(1, Math.min(lane.tracks.length, limit));
      const height = heightOf(tracks);
      rows.push({ kind: 'lane', lane, group: id, tracks, top, height });
      top += height;
    }
  }
  return { rows, height: top, total, shown };
};

/** A matched process that runs is of interest even where it has no socket. */
const isWithin = (lane: Lane, from: number, to: number, table: IntervalTable): boolean => {
  if (lane.criterionId !== null && lane.tracks.length === 0) {
    return lane.exitedAt >= from && !(lane.startedAt > to);
  }
  return lane.activeWithin(from, to, table);
};

/** Index of the row at a height (CSS pixels from the top), -1 above the first and below the last. */
export const rowAt = (rows: readonly TimelineRow[], y: number): number => {
  const index = firstRowBelow(rows, y);
  const row = rows[index];
  return row !== undefined && y >= row.top ? index : -1;
};

/** Index of the first row whose lower edge lies below `y`; the number of rows when there is none. */
export const firstRowBelow = (rows: readonly TimelineRow[], y: number): number => {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row !== undefined && row.top + row.height <= y) low = middle + 1;
    else high = middle;
  }
  return low;
};

export interface StickyGroup {
  readonly row: GroupRow;
  /** CSS pixels that the next group has pushed it above the upper edge; 0 or less. */
  readonly offset: number;
}

/** The header that stays at the upper edge while its lanes are scrolled under it; null: none has left. */
export const stickyGroup = (rows: readonly TimelineRow[], scrollTop: number): StickyGroup | null => {
  let first = firstRowBelow(rows, scrollTop);
  while (first >= 0 && rows[first]?.kind !== 'group') first -= 1;
  const row = rows[first];
  if (row?.kind !== 'group' || row.top >= scrollTop) return null;
  for (let next = first + 1; next < rows.length; next += 1) {
    const other = rows[next];
    if (other === undefined || other.top >= scrollTop + row.height) break;
    if (other.kind === 'group') return { row, offset: other.top - scrollTop - row.height };
  }
  return { row, offset: 0 };
};

/** Closed ports told of at most; a lane may have had thousands. */
export const maxClosedChips = 8;

export interface PortChip {
  readonly port: number;
  readonly state: 'listening' | 'bound' | 'closed';
}

/** The ports of a lane for its label: open ones first, each once, listening before bound; then closed ones. */
export const chipsOf = (lane: Lane, table: IntervalTable): readonly PortChip[] => {
  const chips = new Map<number, PortChip>();
  for (const id of lane.open.values()) {
    const port = table.port[id] ?? 0;
    const listening = !Number.isNaN(table.listen[id] ?? NaN);
    if (listening || !chips.has(port)) chips.set(port, { port, state: listening ? 'listening' : 'bound' });
  }
  const rank = (chip: PortChip): number => (chip.state === 'listening' ? 0 : 1);
  const open = [...chips.values()].sort((a, b) => rank(a) - rank(b) || a.port - b.port);
  const closed: PortChip[] = [];
  for (const ids of lane.tracks) {
    for (let index = ids.length - 1; index >= 0 && closed.length < maxClosedChips; index -= 1) {
      const port = table.port[ids[index] ?? 0] ?? 0;
      if (chips.has(port)) continue;
      const chip = { port, state: 'closed' } as const;
      chips.set(port, chip);
      closed.push(chip);
    }
  }
  return [...open, ...closed];
};
