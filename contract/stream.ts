import { z } from 'zod';
import { ProcessKey, SocketKey, WallNs } from './brands.js';
import { Criterion, CriterionProblem, Evaluation } from './criterion.js';
import { BindscopeEvent } from './events.js';
import { ProcessInfo } from './process.js';
import { SocketRow } from './socket.js';
import { EngineStatus } from './status.js';

/** A process that a criterion selects now, and why. */
export const Match = z.object({
  process: ProcessKey,
  evaluation: Evaluation,
  since: WallNs,
});
export type Match = z.infer<typeof Match>;

/**
 * Engine → window over the MessagePort.
 *
 * After `connected` come `batch`es, each only once the window has acknowledged the one before
 * (`ack`), so at most one a frame. Changes between two batches are coalesced: `upsert` holds each
 * socket, process and match once, with its latest state. `processes` are those that hold or bound
 * a socket, are matched, or are an ancestor of such a one.
 */
const tables = {
  processes: z.array(ProcessInfo),
  sockets: z.array(SocketRow),
  matches: z.array(Match),
};

export const EngineMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('connected'),
    ...tables,
    /** The newest events of the log, oldest first. */
    events: z.array(BindscopeEvent),
    status: EngineStatus,
    criteria: z.array(Criterion),
    problems: z.array(CriterionProblem),
  }),
  z.object({
    type: z.literal('batch'),
    id: z.int().nonnegative(),
    upsert: z.object(tables),
    remove: z.object({
      processes: z.array(ProcessKey),
      sockets: z.array(SocketKey),
      matches: z.array(ProcessKey),
    }),
    events: z.array(BindscopeEvent),
    /** Events left out of this stream because the window was slow; they are in the log. */
    skipped: z.int().nonnegative(),
    /** Present when something in it changed. */
    status: EngineStatus.optional(),
  }),
  /** Criteria now in force; a criterion with a problem keeps its last valid version in force. */
  z.object({
    type: z.literal('criteria'),
    criteria: z.array(Criterion),
    problems: z.array(CriterionProblem),
  }),
  z.object({
    type: z.literal('pattern_checked'),
    request: z.int().nonnegative(),
    /** Null when the pattern is good. */
    problem: z.object({ message: z.string(), position: z.int().nonnegative().nullable() }).nullable(),
  }),
  z.object({
    type: z.literal('explained'),
    request: z.int().nonnegative(),
    /** Null when the process is not known any more. */
    process: ProcessInfo.nullable(),
    /** Parent first, up to PID 1 as far as known. */
    ancestors: z.array(ProcessInfo),
    /** Every enabled criterion in order. */
    evaluations: z.array(Evaluation),
  }),
]);
export type EngineMessage = z.infer<typeof EngineMessage>;
export type EngineMessageOf<T extends EngineMessage['type']> = Extract<EngineMessage, { type: T }>;

/** Window → engine over the same port. */
export const WindowMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ack'), id: z.int().nonnegative() }),
  z.object({ type: z.literal('set_recording'), recording: z.boolean() }),
  z.object({
    type: z.literal('check_pattern'),
    request: z.int().nonnegative(),
    pattern: z.string().max(1024),
  }),
  z.object({ type: z.literal('explain'), request: z.int().nonnegative(), process: ProcessKey }),
]);
export type WindowMessage = z.infer<typeof WindowMessage>;
