import { z } from 'zod';
import { CriterionId, Port, SocketKey, WallNs } from './brands.js';
import { Condition } from './criterion.js';
import { HookReport } from './status.js';
import { ProcessInfo } from './process.js';
import { LocalEndpoint, SocketInfo } from './socket.js';

/** Who saw it: the kernel as it happened, a poll that compared two snapshots, or a replay. */
export const EventSource = z.enum(['ebpf', 'poll', 'replay']);
export type EventSource = z.infer<typeof EventSource>;

const base = {
  /** Position in the log of this engine run, from 1, without gaps. */
  seq: z.int().positive(),
  time: WallNs,
  source: EventSource,
  /** The hook that saw it, e.g. `cgroup/post_bind4`; null for polls and for our own events. */
  hook: z.string().nullable(),
};

/** The user that the socket is of, where its process is unknown and its user is not: "unknown owner, uid N". */
const ownerUid = z.int().nonnegative().optional();

const criterionRef = z.object({ id: CriterionId, name: z.string() });

export const ProcessCreated = z.object({
  ...base,
  name: z.literal('process.created'),
  process: ProcessInfo,
  /** Listening TCP and bound UDP ports it had when a poll found it, ascending; absent for none. */
  openPorts: z.array(Port).optional(),
});
export const ProcessExec = z.object({
  ...base,
  name: z.literal('process.exec'),
  process: ProcessInfo,
  previousExecutable: z.string().nullable(),
});
export const ProcessDeleted = z.object({
  ...base,
  name: z.literal('process.deleted'),
  process: ProcessInfo,
  /** Exit status, or 128 + signal as shells report it; null when only a poll noticed. */
  exitCode: z.int().nullable(),
});

/**
 * `process` is the binder for bound, the caller for listening and closed; null when unknown. A poll
 * cannot tell these: there it is the holder, if there is one only or all others descend from it.
 */
export const SocketBound = z.object({
  ...base,
  name: z.literal('socket.bound'),
  process: ProcessInfo.nullable(),
  socket: SocketInfo,
  ownerUid,
});
export const SocketListening = z.object({
  ...base,
  name: z.literal('socket.listening'),
  process: ProcessInfo.nullable(),
  socket: SocketInfo,
  ownerUid,
});
export const SocketClosed = z.object({
  ...base,
  name: z.literal('socket.closed'),
  process: ProcessInfo.nullable(),
  socket: SocketInfo,
  ownerUid,
  /** From bound (or listening, where bind was never called) to closed. */
  durationNs: z.bigint().nonnegative(),
  /** False: its beginning was not seen. It was there for `durationNs` at least, 0 where that is all that is known. */
  durationExact: z.boolean(),
});
export const SocketBindFailed = z.object({
  ...base,
  name: z.literal('socket.bind_failed'),
  process: ProcessInfo,
  endpoint: LocalEndpoint,
  /** 0: the hook that told of it does not tell why. */
  errno: z.int().nonnegative(),
  /** Symbolic name, e.g. `EADDRINUSE`; `unknown` for 0. */
  error: z.string(),
  /** Who holds the address, for EADDRINUSE, where known; for 0, who would have been in the way. */
  conflict: z.object({ socket: SocketKey, process: ProcessInfo.nullable() }).nullable(),
});

export const MatchStarted = z.object({
  ...base,
  name: z.literal('match.started'),
  process: ProcessInfo,
  criterion: criterionRef,
  conditions: z.array(Condition),
});
export const MatchEnded = z.object({
  ...base,
  name: z.literal('match.ended'),
  process: ProcessInfo,
  criterion: criterionRef,
  /** `excluded`: a fact that came after the match makes an exclusion hold. */
  reason: z.enum(['process deleted', 'criteria changed', 'executable changed', 'excluded']),
});

export const WatcherReady = z.object({
  ...base,
  name: z.literal('watcher.ready'),
  hooks: z.array(HookReport),
});
export const WatcherDegraded = z.object({
  ...base,
  name: z.literal('watcher.degraded'),
  hooks: z.array(HookReport),
  reason: z.string(),
});
export const WatcherLost = z.object({
  ...base,
  name: z.literal('watcher.lost'),
  /** How many, of `skipped` at most; null when the watcher was away and nobody counted. */
  count: z.int().positive().nullable(),
  where: z.enum(['kernel', 'skipped', 'queue', 'helper', 'engine', 'paused']),
  from: WallNs,
  to: WallNs,
});

/** One poll is through. Told by replays only: a live log would hold little else. */
export const PollCompleted = z.object({
  ...base,
  name: z.literal('poll.completed'),
  /** Whether ports were looked at, or only processes. */
  portsFetched: z.boolean(),
  processes: z.int().nonnegative(),
  /** Sockets with a local port that were shown; 0 where ports were not fetched. */
  sockets: z.int().nonnegative(),
});

export const BindscopeEvent = z.discriminatedUnion('name', [
  ProcessCreated,
  ProcessExec,
  ProcessDeleted,
  SocketBound,
  SocketListening,
  SocketClosed,
  SocketBindFailed,
  MatchStarted,
  MatchEnded,
  WatcherReady,
  WatcherDegraded,
  WatcherLost,
  PollCompleted,
]);
export type BindscopeEvent = z.infer<typeof BindscopeEvent>;
export type EventName = BindscopeEvent['name'];
export type EventOf<Name extends EventName> = Extract<BindscopeEvent, { name: Name }>;
