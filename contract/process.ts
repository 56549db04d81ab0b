import { z } from 'zod';
import { BootNs, Pid, ProcessKey, WallNs } from './brands.js';

/** One process as it was last seen. `null` always means "could not be read", never "empty". */
export const ProcessInfo = z.object({
  key: ProcessKey,
  pid: Pid,
  parentPid: Pid,
  startTime: BootNs,
  startedAt: WallNs,
  /** Real user id. */
  uid: z.int().nonnegative(),
  userName: z.string().nullable(),
  /** The kernel's comm, at most 15 bytes. */
  name: z.string(),
  /** Absolute path of the executable, without the kernel's " (deleted)". */
  executable: z.string().nullable(),
  /** argv as far as it was captured. */
  args: z.array(z.string()),
  /** True length of the command line in bytes; larger than what `args` holds when it was cut. */
  argsLength: z.int().nonnegative(),
  cgroupId: z.bigint().nonnegative(),
  /** Inode number of the network namespace. */
  networkNamespace: z.int().nonnegative(),
});
export type ProcessInfo = z.infer<typeof ProcessInfo>;
