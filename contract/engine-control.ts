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
  z.object({ type: z.literal('connect') }),
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
  z.object({ type: z.literal('export_progress'), id: z.int().nonnegative(), progress: ExportProgress }),
  z.object({ type: z.literal('log'), level: z.enum(['info', 'warn', 'error']), message: z.string() }),
]);
export type EngineNotice = z.infer<typeof EngineNotice>;
