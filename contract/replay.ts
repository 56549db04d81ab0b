import { z } from 'zod';
import { WallNs } from './brands.js';

/** A recording or scenario that is being shown in place of what is live. */
export const ReplayState = z.object({
  /** Name of the file, without its folder. */
  file: z.string(),
  /** Of the first and the last step. */
  from: WallNs,
  to: WallNs,
  /** Where the virtual clock stands. */
  at: WallNs,
  playing: z.boolean(),
  /** Virtual seconds a second. */
  speed: z.number().positive(),
});
export type ReplayState = z.infer<typeof ReplayState>;

export const ReplayAction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('play') }),
  z.object({ kind: z.literal('pause') }),
  z.object({ kind: z.literal('speed'), speed: z.number().min(0.1).max(1000) }),
  /** Everything up to this moment and nothing after it, whether that lies ahead or behind. */
  z.object({ kind: z.literal('seek'), to: WallNs }),
  /** To the next moment at which something happened, or to the one before; stays there. */
  z.object({ kind: z.literal('step'), to: z.enum(['next', 'previous']) }),
]);
export type ReplayAction = z.infer<typeof ReplayAction>;
