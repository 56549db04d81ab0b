import { z } from 'zod';
import { ProcessKey, SocketKey, WallNs } from './brands.js';
import { ActivitySample } from './activity.js';
import { Configuration, ConfigurationForm, ConfigurationProblem } from './configuration.js';
import { Criterion, CriterionDraft, CriterionProblem, Evaluation, Verdict } from './criterion.js';
import { BindscopeEvent } from './events.js';
import { ProcessInfo } from './process.js';
import { ReplayAction, ReplayState } from './replay.js';
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
 * `connected` comes first, and again whenever all that was told is void (a replay was moved to
 * another moment): the window forgets what it had. After it come `batch`es, each only once the window has acknowledged the one before
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
    /** Null: this is live. */
    replay: ReplayState.nullable(),
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
    type: z.literal('previewed'),
    request: z.int().nonnegative(),
    /** Fields that cannot be put into force; then nothing is selected. */
    problems: z.array(CriterionProblem),
    /** Processes that it would select right now, if it stood alone. */
    count: z.int().nonnegative(),
    /** How many of them an exclusion or an earlier criterion takes from it, where it stands. */
    taken: z.int().nonnegative(),
    /** Some of them, by the time they began, the newest first. */
    examples: z.array(ProcessInfo),
  }),
  z.object({
    type: z.literal('explained'),
    request: z.int().nonnegative(),
    /** Null when the process is not known any more. */
    process: ProcessInfo.nullable(),
    /** Parent first, up to PID 1 as far as known. */
    ancestors: z.array(ProcessInfo),
    verdict: Verdict,
  }),
  z.object({
    type: z.literal('configuration_read'),
    request: z.int().nonnegative(),
    /** Null when it cannot be used; `problems` say why. */
    configuration: Configuration.nullable(),
    problems: z.array(ConfigurationProblem),
  }),
  z.object({
    type: z.literal('configuration_written'),
    request: z.int().nonnegative(),
    text: z.string(),
    /** What the form cannot say, and so is missing from the text. */
    notes: z.array(z.string()),
  }),
  /** Once a second while something is attached: every port of every matched process that is counted. */
  z.object({ type: z.literal('activity'), at: WallNs, samples: z.array(ActivitySample) }),
  z.object({ type: z.literal('replay'), replay: ReplayState }),
]);
export type EngineMessage = z.infer<typeof EngineMessage>;
export type EngineMessageOf<T extends EngineMessage['type']> = Extract<EngineMessage, { type: T }>;

/** Window → engine over the same port. */
export const WindowMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ack'), id: z.int().nonnegative() }),
  z.object({ type: z.literal('set_recording'), recording: z.boolean() }),
  z.object({
    type: z.literal('preview'),
    request: z.int().nonnegative(),
    /** In place of the criterion with its id, or behind the last one. */
    criterion: CriterionDraft,
  }),
  z.object({ type: z.literal('explain'), request: z.int().nonnegative(), process: ProcessKey }),
  z.object({
    type: z.literal('read_configuration'),
    request: z.int().nonnegative(),
    /** For the words of errors. */
    file: z.string().max(1024),
    text: z.string().max(4_000_000),
  }),
  z.object({
    type: z.literal('write_configuration'),
    request: z.int().nonnegative(),
    form: ConfigurationForm,
  }),
  /** Refused where nothing is replayed. */
  z.object({ type: z.literal('replay'), action: ReplayAction }),
]);
export type WindowMessage = z.infer<typeof WindowMessage>;
