import { z } from 'zod';

/** Language (or runtime) of an executable, under the names that OBI's `languages` uses where it has one. */
export const Language = z.enum([
  'go',
  'rust',
  'cpp',
  'java',
  'nodejs',
  'python',
  'ruby',
  'dotnet',
  'php',
  'deno',
  'bun',
  'unknown',
]);
export type Language = z.infer<typeof Language>;

/** What kind of program an executable is. Known once per file (device and inode). */
export const ExecutableType = z.object({
  language: Language,
  /** Of the language's tool chain or runtime, e.g. `1.22.3` for Go, where the file tells. */
  version: z.string().nullable(),
  /** What it was told by, or why it is unknown, in words. */
  reason: z.string(),
});
export type ExecutableType = z.infer<typeof ExecutableType>;
