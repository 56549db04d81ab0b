import type { CriterionId, EventOf, ProcessInfo, ProcessKey, SocketKey } from '../../contract/index.js';
import type { IntervalId, IntervalTable } from './timeline-intervals.js';
import { unknownOwnerText } from './words.js';

/** Sockets whose process nobody could tell share one lane for each uid, and one where not even that is known. */
export type UnknownOwner = 'unknown' | `unknown ${number}`;
export type LaneKey = ProcessKey | UnknownOwner;

export const unknownOwner = (uid: number | null | undefined): UnknownOwner =>
  uid == null ? 'unknown' : `unknown ${uid}`;

export const isUnknownOwner = (key: LaneKey): key is UnknownOwner => key.startsWith('unknown');

/** The uid in the key of an unknown owner's lane. */
export const uidOfUnknownOwner = (key: UnknownOwner): number | null =>
  key === 'unknown' ? null : Number(key.slice('unknown '.length));

export interface FailedMark {
  readonly kind: 'failed';
  readonly time: number;
  readonly event: EventOf<'socket.bind_failed'>;
}

export type LifeMark =
  | { readonly kind: 'exec'; readonly time: number; readonly event: EventOf<'process.exec'> }
  | { readonly kind: 'exit'; readonly time: number; readonly exitCode: number | null };

/**
 * One process on the timeline. `tracks` hold its intervals so that those of one track never
 * overlap: within a track starts and ends both ascend, which is what makes binary search and the
 * level of detail possible.
 */
export class Lane {
  process: ProcessInfo | null;
  /** Epoch ms; NaN when unknown. */
  startedAt: number;
  /** Infinity while it runs. */
  exitedAt = Infinity;
  exitCode: number | null = null;
  criterionId: CriterionId | null = null;
  /** Rises when intervals or marks come or go. */
  version = 0;
  readonly tracks: IntervalId[][] = [];
  /** Binds that failed, in order of time. */
  readonly failed: FailedMark[] = [];
  /** exec and exit, in order of time. */
  readonly life: LifeMark[] = [];
  readonly open = new Map<SocketKey, IntervalId>();
  private readonly freeAt: number[] = [];

  constructor(
    readonly key: LaneKey,
    /** Epoch ms of what was first known of it. With `order` its place among lanes, so neither ever changes. */
    readonly firstSeen: number,
    /** Rank by when this window learnt of it. */
    readonly order: number,
    process: ProcessInfo | null,
    startedAt: number,
  ) {
    this.process = process;
    this.startedAt = startedAt;
  }

  get name(): string {
    if (this.process !== null) return this.process.name;
    return isUnknownOwner(this.key) ? unknownOwnerText(uidOfUnknownOwner(this.key)) : 'unknown process';
  }

  get pid(): number | null {
    return this.process?.pid ?? null;
  }

  /** Puts an interval on the first track that is free when it starts. */
  place(id: IntervalId, table: IntervalTable): void {
    this.version += 1;
    const start = table.start[id] ?? 0;
    let track = this.freeAt.findIndex((free) => free <= start);
    if (track < 0) {
      track = this.tracks.length;
      this.tracks.push([]);
    }
    this.tracks[track]?.push(id);
    this.freeAt[track] = table.end[id] ?? Infinity;
  }

  /** To be called when an interval on this lane has got its end. */
  ended(id: IntervalId, end: number): void {
    this.version += 1;
    const track = this.tracks.findIndex((ids) => ids.at(-1) === id);
    if (track >= 0) this.freeAt[track] = end;
  }

  addMark(mark: FailedMark | LifeMark): void {
    this.version += 1;
    if (mark.kind === 'failed') insert(this.failed, mark);
    else insert(this.life, mark);
  }

  /** Drops what ended before `time`. Returns whether nothing is left of this lane. */
  evictBefore(time: number, table: IntervalTable): boolean {
    this.version += 1;
    for (const ids of this.tracks) {
      let gone = 0;
      while (gone < ids.length && (table.end[ids[gone] ?? 0] ?? Infinity) < time) {
        table.remove(ids[gone] ?? 0);
        gone += 1;
      }
      if (gone > 0) ids.splice(0, gone);
    }
    while (this.tracks.length > 0 && this.tracks.at(-1)?.length === 0) {
      this.tracks.pop();
      this.freeAt.pop();
    }
    this.failed.splice(0, firstMarkAt(this.failed, time));
    this.life.splice(0, firstMarkAt(this.life, time));
    return this.failed.length === 0 && this.life.length === 0 && this.tracks.length === 0;
  }

  /** Whether anything but the thin line of its life lies within the times (ms). */
  activeWithin(from: number, to: number, table: IntervalTable): boolean {
    for (const ids of this.tracks) {
      const id = ids[firstEndingAt(ids, from, table)];
      if (id !== undefined && (table.start[id] ?? Infinity) <= to) return true;
    }
    return [this.failed, this.life].some((marks: readonly Timed[]) => {
      const mark = marks[firstMarkAt(marks, from)];
      return mark !== undefined && mark.time <= to;
    });
  }
}

/** Index of the first interval of a track that ends at or after `time`. */
export const firstEndingAt = (ids: readonly IntervalId[], time: number, table: IntervalTable): number => {
  let low = 0;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table.end[ids[middle] ?? 0] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Index of the first interval of a track that starts at or after `time`, looked for from `from` on. */
export const firstStartingAt = (
  ids: readonly IntervalId[],
  time: number,
  table: IntervalTable,
  from = 0,
): number => {
  let low = from;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((table.start[ids[middle] ?? 0] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};

interface Timed {
  readonly time: number;
}

/** Keeps the order of time; what comes late is rare and not late by much. */
const insert = <M extends Timed>(marks: M[], mark: M): void => {
  let at = marks.length;
  while (at > 0 && (marks[at - 1]?.time ?? 0) > mark.time) at -= 1;
  marks.splice(at, 0, mark);
};

/** Index of the first mark at or after `time`, looked for from `from` on. */
export const firstMarkAt = (marks: readonly Timed[], time: number, from = 0): number => {
  let low = from;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.time ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
};
