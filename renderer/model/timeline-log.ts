import type {
  BindscopeEvent,
  CriterionId,
  EventOf,
  Match,
  ProcessInfo,
  ProcessKey,
  SocketInfo,
  SocketKey,
  SocketRow,
} from '../../contract/index.js';
import { msOf } from './time.js';
import { EventHistogram } from './timeline-histogram.js';
import { IntervalFlag, IntervalTable, type IntervalId } from './timeline-intervals.js';
import { isUnknownOwner, Lane, unknownOwner, type LaneKey } from './timeline-lane.js';

/** A stretch of time in which events may be missing. Epoch ms; `to` is Infinity while it lasts. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly where: EventOf<'watcher.lost'>['where'];
  /** Null when nobody counted. */
  readonly count: number | null;
}

/** What exists now, as the store holds it. */
export interface LiveTables {
  readonly processes: ReadonlyMap<ProcessKey, ProcessInfo>;
  readonly sockets: ReadonlyMap<SocketKey, SocketRow>;
  readonly matches: ReadonlyMap<ProcessKey, Match>;
}

const laneKeyOf = ({
  process,
  ownerUid,
}: EventOf<'socket.bound' | 'socket.listening' | 'socket.closed'>): LaneKey =>
  process?.key ?? unknownOwner(ownerUid);

/** Part of the log that must have been dropped before lanes are looked through for what to drop. */
const evictionStep = 0.02;

/** Processes without a lane whose exec is remembered; their end normally removes them. */
const maxExecs = 20_000;
const maxEnded = 20_000;
/** A socket that its last known holder left may be about to close: so long it has no new lane. */
const orphanMs = 2000;

/**
 * The timeline's data, kept up by events as they come and put right by what exists now. Cost of
 * `add` is that of the event; cost of `reconcile` that of the sockets that exist. Lives outside
 * React: `revision` rises with every change, `structure` with those that lanes or gaps show.
 */
export class TimelineLog {
  readonly intervals = new IntervalTable();
  readonly lanes = new Map<LaneKey, Lane>();
  readonly histogram = new EventHistogram();
  readonly gaps: Gap[] = [];
  revision = 0;
  structure = 0;
  /** Epoch ms of the oldest and the newest event held; NaN before the first. */
  from = NaN;
  to = NaN;

  private order = 0;
  private evictedTo = -Infinity;
  /** Intervals of a socket that are still open. */
  private readonly openOf = new Map<SocketKey, IntervalId[]>();
  /** When the last interval of a socket ended (epoch ms), newest last; a closed event may still come. */
  private readonly endedAt = new Map<SocketKey, number>();
  private readonly laneOf: (Lane | undefined)[] = [];
  /** exec of processes that have no lane (yet); they leave with their process. */
  private readonly execs = new Map<ProcessKey, EventOf<'process.exec'>[]>();
  private pausedSince: number | null = null;

  laneOfInterval(id: IntervalId): Lane | undefined {
    return this.laneOf[id];
  }

  /** Whose lane shows a socket, also one that is closed; null when none does. */
  ownerOf(socket: SocketKey): LaneKey | null {
    const open = this.openOf.get(socket)?.[0];
    if (open !== undefined) return this.laneOf[open]?.key ?? null;
    for (const lane of this.lanes.values()) {
      for (const ids of lane.tracks) {
        if (ids.some((id) => this.intervals.socket[id]?.key === socket)) return lane.key;
      }
    }
    return null;
  }

  add(event: BindscopeEvent): void {
    const time = msOf(event.time);
    if (!(time >= this.from)) this.from = time;
    if (!(time <= this.to)) this.to = time;
    this.histogram.add(time, event.name === 'socket.bind_failed');
    this.revision += 1;
    switch (event.name) {
      case 'process.created':
        break;
      case 'process.exec':
        this.exec(event, time);
        break;
      case 'process.deleted':
        this.exit(event, time);
        break;
      case 'socket.bound':
        this.bound(event, time);
        break;
      case 'socket.listening':
        this.listening(event, time);
        break;
      case 'socket.closed':
        this.closed(event, time);
        break;
      case 'socket.bind_failed':
        this.lane(event.process, event.process.key, time).addMark({ kind: 'failed', time, event });
        this.structure += 1;
        break;
      case 'match.started':
        this.classify(this.lane(event.process, event.process.key, time), event.criterion.id);
        break;
      case 'match.ended':
        if (event.reason !== 'process deleted') {
          const lane = this.lanes.get(event.process.key);
          if (lane !== undefined) this.classify(lane, null);
        }
        break;
      case 'watcher.ready':
      case 'watcher.degraded':
      case 'poll.completed':
        break;
      case 'watcher.lost':
        this.gaps.push({
          from: msOf(event.from),
          to: msOf(event.to),
          where: event.where,
          count: event.count,
        });
        this.structure += 1;
        break;
    }
  }

  /** Recording was turned off (`at`, epoch ms) or on again (null): the stretch until then is a gap. */
  paused(at: number | null): void {
    if ((at === null) === (this.pausedSince === null)) return;
    const open = this.gaps.findIndex((gap) => gap.to === Infinity);
    if (open >= 0) this.gaps.splice(open, 1);
    this.pausedSince = at;
    if (at !== null) this.gaps.push({ from: at, to: Infinity, where: 'paused', count: null });
    this.structure += 1;
    this.revision += 1;
  }

  /**
   * Puts the lanes right by what exists at `now` (epoch ms): sockets that no event told of, further
   * holders, sockets that went unseen, processes and the criteria that select them.
   */
  reconcile(tables: LiveTables, now: number): void {
    for (const row of tables.sockets.values()) this.reconcileSocket(row, tables, now);
    for (const [key, ids] of this.openOf) {
      if (!tables.sockets.has(key)) for (const id of [...ids]) this.end(id, now, true);
    }
    for (const lane of this.lanes.values()) {
      if (lane.process === null || lane.exitedAt !== Infinity) continue;
      const process = tables.processes.get(lane.process.key);
      if (process !== undefined) lane.process = process;
    }
    for (const match of tables.matches.values()) {
      const process = tables.processes.get(match.process);
      if (process === undefined && !this.lanes.has(match.process)) continue;
      const lane = this.lane(process ?? null, match.process, msOf(match.since));
      this.classify(lane, match.evaluation.criterionId);
    }
    for (const lane of this.lanes.values()) {
      if (lane.criterionId === null || lane.process === null || lane.exitedAt !== Infinity) continue;
      if (!tables.matches.has(lane.process.key) && tables.processes.has(lane.process.key)) {
        this.classify(lane, null);
      }
    }
    this.revision += 1;
  }

  /** Forgets what ended before the log begins (epoch ms). What is still open stays. */
  evictBefore(time: number): void {
    if (!(time > this.evictedTo)) return;
    this.from = Math.max(this.from, time);
    if (this.evictedTo !== -Infinity && time - this.evictedTo < (this.to - time) * evictionStep) return;
    this.evictedTo = time;
    this.histogram.evictBefore(time);
    const firstGap = this.gaps.findIndex((gap) => gap.to >= time);
    this.gaps.splice(0, firstGap < 0 ? this.gaps.length : firstGap);
    for (const [key, lane] of this.lanes) {
      const empty = lane.evictBefore(time, this.intervals);
      const running = lane.criterionId !== null && lane.exitedAt === Infinity;
      if (empty && !running) this.lanes.delete(key);
    }
    this.structure += 1;
    this.revision += 1;
  }

  private lane(process: ProcessInfo | null, key: LaneKey, time: number): Lane {
    const known = this.lanes.get(key);
    if (known !== undefined) {
      if (process !== null) known.process = process;
      return known;
    }
    const startedAt = process === null ? NaN : msOf(process.startedAt);
    const lane = new Lane(key, time, this.order, process, Math.min(startedAt, time));
    this.order += 1;
    this.lanes.set(key, lane);
    this.structure += 1;
    if (process !== null) {
      for (const event of this.execs.get(process.key) ?? []) {
        lane.addMark({ kind: 'exec', time: msOf(event.time), event });
      }
      this.execs.delete(process.key);
    }
    return lane;
  }

  private classify(lane: Lane, criterionId: CriterionId | null): void {
    if (lane.criterionId === criterionId) return;
    lane.criterionId = criterionId;
    this.structure += 1;
  }

  private exec(event: EventOf<'process.exec'>, time: number): void {
    const lane = this.lanes.get(event.process.key);
    if (lane !== undefined) {
      lane.process = event.process;
      lane.addMark({ kind: 'exec', time, event });
      this.structure += 1;
      return;
    }
    const before = this.execs.get(event.process.key);
    if (before !== undefined) {
      before.push(event);
      return;
    }
    this.execs.set(event.process.key, [event]);
    const oldest = this.execs.size > maxExecs ? this.execs.keys().next().value : undefined;
    if (oldest !== undefined) this.execs.delete(oldest);
  }

  private exit(event: EventOf<'process.deleted'>, time: number): void {
    this.execs.delete(event.process.key);
    const lane = this.lanes.get(event.process.key);
    if (lane === undefined) return;
    for (const id of [...lane.open.values()]) this.end(id, time, event.source === 'poll');
    lane.exitedAt = time;
    lane.exitCode = event.exitCode;
    lane.addMark({ kind: 'exit', time, exitCode: event.exitCode });
    this.structure += 1;
  }

  private bound(event: EventOf<'socket.bound'>, time: number): void {
    const lane = this.lane(event.process, laneKeyOf(event), time);
    if (lane.open.has(event.socket.key)) return;
    const flags = event.source === 'poll' ? IntervalFlag.startedBefore : 0;
    this.open(lane, event.socket, time, NaN, flags);
  }

  private listening(event: EventOf<'socket.listening'>, time: number): void {
    const { socket } = event;
    const ids = this.openOf.get(socket.key);
    if (ids === undefined) {
      const lane = this.lane(event.process, laneKeyOf(event), time);
      const flags = event.source === 'poll' ? IntervalFlag.startedBefore : 0;
      this.open(lane, socket, time, time, flags);
      return;
    }
    for (const id of ids) this.listens(id, time, socket);
  }

  private listens(id: IntervalId, time: number, socket: SocketInfo): void {
    const { listen, start } = this.intervals;
    if (!Number.isNaN(listen[id] ?? NaN)) return;
    listen[id] = Math.max(time, start[id] ?? time);
    this.intervals.socket[id] = socket;
    const lane = this.laneOf[id];
    if (lane !== undefined) lane.version += 1;
    this.structure += 1;
  }

  private closed(event: EventOf<'socket.closed'>, time: number): void {
    const ids = this.openOf.get(event.socket.key);
    if (ids !== undefined) {
      for (const id of [...ids]) this.end(id, time, event.source === 'poll');
      return;
    }
    // Told twice: the process's end, or a snapshot, ended it already.
    if (this.endedAt.has(event.socket.key)) return;
    const key = laneKeyOf(event);
    const known = time - Number(event.durationNs) / 1e6;
    const start = event.durationExact ? known : Math.min(this.from, known);
    const lane = this.lane(event.process, key, start);
    const listen = event.socket.state === 'listening' ? start : NaN;
    const flags = event.durationExact ? 0 : IntervalFlag.startedBefore;
    const id = this.open(lane, event.socket, start, listen, flags);
    this.end(id, time, event.source === 'poll');
  }

  private reconcileSocket(row: SocketRow, tables: LiveTables, now: number): void {
    const { socket, binder, holders } = row;
    const owners = holders.length > 0 ? holders : binder === null ? [] : [binder];
    const ids = this.openOf.get(socket.key);
    if (ids !== undefined && holders.length > 0) {
      for (const id of [...ids]) {
        const lane = this.laneOf[id];
        if (lane === undefined) continue;
        if (isUnknownOwner(lane.key) || !holders.includes(lane.key)) this.end(id, now, true);
      }
    }
    const listenSince = row.listeningSince === null ? NaN : msOf(row.listeningSince.at);
    const keys: readonly LaneKey[] = owners.length > 0 ? owners : [unknownOwner(row.uid)];
    for (const key of keys) {
      const known = this.lanes.get(key);
      const id = known?.open.get(socket.key);
      if (id !== undefined) {
        if (!Number.isNaN(listenSince)) this.listens(id, listenSince, socket);
        continue;
      }
      // Somebody has it and its binder's lane shows it; the unknown lanes are for those nobody has.
      if (isUnknownOwner(key) && this.openOf.has(socket.key)) continue;
      // Its holder's end is told a moment before its own.
      if (isUnknownOwner(key) && now - (this.endedAt.get(socket.key) ?? -Infinity) < orphanMs) continue;
      if (known !== undefined && known.exitedAt !== Infinity) continue;
      const process = isUnknownOwner(key) ? null : (tables.processes.get(key) ?? null);
      if (process === null && !isUnknownOwner(key) && known === undefined) continue;
      const held = binder !== null && binder !== key;
      const since = msOf(row.since.at);
      // A process cannot have had it before it was itself there.
      const start = held && process !== null ? Math.max(since, msOf(process.startedAt)) : since;
      const flags = (row.since.exact ? 0 : IntervalFlag.startedBefore) | (held ? IntervalFlag.held : 0);
      const lane = this.lane(process, key, start);
      this.open(lane, socket, start, Math.max(listenSince, start), flags);
    }
  }

  private open(lane: Lane, socket: SocketInfo, start: number, listen: number, flags: number): IntervalId {
    const id = this.intervals.add(start, listen, Infinity, flags, socket);
    this.laneOf[id] = lane;
    const tracks = lane.tracks.length;
    lane.place(id, this.intervals);
    lane.open.set(socket.key, id);
    const ids = this.openOf.get(socket.key);
    if (ids === undefined) this.openOf.set(socket.key, [id]);
    else ids.push(id);
    this.endedAt.delete(socket.key);
    // A lane's label shows its ports, so any new one counts as a change of structure.
    this.structure += 1;
    if (lane.tracks.length !== tracks) this.structure += 1;
    return id;
  }

  private end(id: IntervalId, time: number, inexact: boolean): void {
    const { start, end, flags, socket } = this.intervals;
    const key = socket[id]?.key;
    const lane = this.laneOf[id];
    if (key === undefined || lane === undefined) return;
    const at = Math.max(time, start[id] ?? time);
    end[id] = at;
    if (inexact) flags[id] = (flags[id] ?? 0) | IntervalFlag.endInexact;
    lane.open.delete(key);
    lane.ended(id, at);
    const left = (this.openOf.get(key) ?? []).filter((other) => other !== id);
    if (left.length > 0) {
      this.openOf.set(key, left);
    } else {
      this.openOf.delete(key);
      this.rememberEnd(key, at);
    }
    this.structure += 1;
  }

  private rememberEnd(key: SocketKey, time: number): void {
    this.endedAt.set(key, time);
    const oldest = this.endedAt.size > maxEnded ? this.endedAt.keys().next().value : undefined;
    if (oldest !== undefined) this.endedAt.delete(oldest);
  }
}
