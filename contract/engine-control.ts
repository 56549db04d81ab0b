import { z } from 'zod';
import { ExportProgress, ExportRequest } from './export.js';
import { Settings } from './settings.js';

/** Main → engine over the utility process's own channel. Ports for windows travel with `connect`. */
export const ControlMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    settings: Settings,
    /** PIDs of the window's processes, hidden with our own. */
    ownPids: z.array(z.int().positive()),
    /** Wall-clock ns from which the watcher was away, when this engine replaces one that died. */
    gapSince: z.bigint().nullable(),
  }),
  /** A window's port; it shows the replay where one is open, else what is live. */
  z.object({ type: z.literal('connect') }),
  /** Opens a recording or scenario in place of what is live, which goes on being watched. */
  z.object({ type: z.literal('open_replay'), path: z.string().min(1) }),
  z.object({ type: z.literal('close_replay') }),
  z.object({ type: z.literal('configure'), settings: Settings }),
  z.object({ type: z.literal('ask_for_full_view') }),
  z.object({
    type: z.literal('export'),
    id: z.int().nonnegative(),
    path: z.string().min(1),
    request: ExportRequest,
  }),
  z.object({ type: z.literal('cancel_export'), id: z.int().nonnegative() }),
  z.object({ type: z.literal('stop') }),
]);
export type ControlMessage = z.infer<typeof ControlMessage>;

/** Engine → main. */
export const EngineNotice = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started') }),
  z.object({ type: z.literal('full_view_declined') }),
  /** A replay was opened or closed: windows need new ports. `notes`: what is worth knowing of its file, in words. */
  z.object({ type: z.literal('replay_changed'), open: z.boolean(), notes: z.array(z.string()) }),
  z.object({ type: z.literal('replay_failed'), path: z.string(), message: z.string() }),
  z.object({ type: z.literal('export_progress'), id: z.int().nonnegative(), progress: ExportProgress }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warn', 'error']), message: z.string() }),
]);
export type EngineNotice = z.infer<typeof EngineNotice>;
