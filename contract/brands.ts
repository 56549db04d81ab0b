import { z } from 'zod';

/** Process id (thread group id). Never an identity by itself: see {@link ProcessKey}. */
export const Pid = z.int().min(0).max(4_194_304).brand<'Pid'>();
export type Pid = z.infer<typeof Pid>;

/** Port number, 0–65535. 0 only where a bind that failed asked for "any port". */
export const Port = z.int().min(0).max(65_535).brand<'Port'>();
export type Port = z.infer<typeof Port>;

/** Nanoseconds since boot (CLOCK_BOOTTIME), the clock used inside the engine. */
export const BootNs = z.bigint().nonnegative().brand<'BootNs'>();
export type BootNs = z.infer<typeof BootNs>;

/** Nanoseconds since the Unix epoch, the clock used at every border. */
export const WallNs = z.bigint().brand<'WallNs'>();
export type WallNs = z.infer<typeof WallNs>;

/** Identity of a process: `PID:START`, START in nanoseconds since boot. Survives PID reuse. */
export const ProcessKey = z
  .string()
  .regex(/^\d+:\d+$/, 'a process key is PID:START')
  .brand<'ProcessKey'>();
export type ProcessKey = z.infer<typeof ProcessKey>;

/** Identity of a socket: `c` and its kernel cookie, or `i` and its inode where there is no cookie. */
export const SocketKey = z
  .string()
  .regex(/^[ci]\d+$/, 'a socket key is c<cookie> or i<inode>')
  .brand<'SocketKey'>();
export type SocketKey = z.infer<typeof SocketKey>;

/** Stable identity of a criterion, given when it is made; its name may change. */
export const CriterionId = z.string().min(1).max(64).brand<'CriterionId'>();
export type CriterionId = z.infer<typeof CriterionId>;

export const processKey = (pid: number, startTime: bigint): ProcessKey =>
  `${String(pid)}:${String(startTime)}` as ProcessKey;

export const socketKey = (cookie: bigint, inode: bigint): SocketKey =>
  (cookie !== 0n ? `c${String(cookie)}` : `i${String(inode)}`) as SocketKey;
