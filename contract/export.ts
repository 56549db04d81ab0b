import { z } from 'zod';
import { WallNs } from './brands.js';

export const ExportFormat = z.enum(['ndjson', 'csv']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** Which events leave: all, those of matched processes, or those within a time range (inclusive). */
export const ExportScope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('matched') }),
  z.object({ kind: z.literal('range'), from: WallNs, to: WallNs }),
]);
export type ExportScope = z.infer<typeof ExportScope>;

export const ExportRequest = z.object({
  format: ExportFormat,
  scope: ExportScope,
  redactSecrets: z.boolean(),
});
export type ExportRequest = z.infer<typeof ExportRequest>;

export const ExportProgress = z.discriminatedUnion('state', [
  z.object({ state: z.literal('running'), written: z.int().nonnegative(), total: z.int().nonnegative() }),
  z.object({ state: z.literal('done'), written: z.int().nonnegative(), path: z.string() }),
  z.object({ state: z.literal('cancelled') }),
  /** Nothing is left at `path`; `message` says what happened and what to do. */
  z.object({ state: z.literal('failed'), path: z.string(), message: z.string() }),
]);
export type ExportProgress = z.infer<typeof ExportProgress>;
