import { z } from 'zod';
import { WallNs } from './brands.js';

/** What one wants to know of the kernel; each is told by the best hook the kernel offers. */
export const Fact = z.enum([
  'attempted',
  'bound',
  'bind_failed',
  'listening',
  'closed',
  'exec',
  'exit',
  'sockets',
  'processes',
  'activity',
]);
export type Fact = z.infer<typeof Fact>;

/**
 * One alternative for one fact. `attached`: in use; `failed`: tried and refused; `unused`: a better
 * one is attached. Every fact has at least one report.
 */
export const HookReport = z.object({
  fact: Fact,
  hook: z.string(),
  state: z.enum(['attached', 'failed', 'unused']),
  /** The kernel's or loader's words when it failed. */
  reason: z.string().nullable(),
});
export type HookReport = z.infer<typeof HookReport>;

/** `full`: every fact is told by a hook; `degraded`: some are polled; `limited`: no helper. */
export const Visibility = z.enum(['full', 'degraded', 'limited']);
export type Visibility = z.infer<typeof Visibility>;

/**
 * How the helper came to serve us: `started` by ourselves, `asked` for through polkit, or `listening`
 * on a socket, where it was installed or was named.
 */
export const HelperOrigin = z.enum(['started', 'asked', 'listening']);
export type HelperOrigin = z.infer<typeof HelperOrigin>;

export const EngineStatus = z.object({
  visibility: Visibility,
  /** What is missing and what that costs; null when full. */
  reason: z.string().nullable(),
  /** What the user can do about it; null when nothing is to be done. */
  remedy: z.string().nullable(),
  /** Whether asking for full visibility (pkexec) can help now. */
  canAskForFullView: z.boolean(),
  helper: z.enum(['absent', 'connecting', 'connected', 'restarting']),
  /** Who serves; absent when none does. */
  helperProcess: z
    .object({
      pid: z.int().positive(),
      origin: HelperOrigin.nullable(),
      /** Size of its ring buffer; absent where that is not known, in replays. */
      ringBytes: z.int().positive().optional(),
    })
    .optional(),
  hooks: z.array(HookReport),
  recording: z.boolean(),
  recordingSince: WallNs,
  events: z.int().nonnegative(),
  /** Events that left the bounded log to make room. */
  evicted: z.int().nonnegative(),
  /**
   * Events lost since the start: for want of room in the ring buffer, and in the queue behind it; and how
   * many are lost at most because the kernel left out runs of programs.
   */
  lost: z.object({
    kernel: z.int().nonnegative(),
    skipped: z.int().nonnegative(),
    queue: z.int().nonnegative(),
  }),
  poll: z
    .object({
      at: WallNs,
      tookMs: z.number().nonnegative(),
      processes: z.int().nonnegative(),
      sockets: z.int().nonnegative(),
      source: z.enum(['iter', 'proc']),
    })
    .nullable(),
  pollIntervalMs: z.number().positive(),
  host: z.object({ name: z.string(), kernel: z.string(), bootId: z.string() }),
});
export type EngineStatus = z.infer<typeof EngineStatus>;
