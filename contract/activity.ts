import { z } from 'zod';
import { Port, ProcessKey, WallNs } from './brands.js';

/**
 * Counts of the connections to one listening TCP port in one network namespace, since its port is
 * being watched. Connections that were there before are not in it. Bytes are payload as TCP counts
 * it: received in order, and sent and acknowledged.
 */
export interface PortActivity {
  readonly port: number;
  readonly networkNamespace: number;
  readonly accepted: bigint;
  readonly closed: bigint;
  /** Of open and closed connections. */
  readonly bytesIn: bigint;
  readonly bytesOut: bigint;
}

/** One reading of the kernel's activity probe. */
export interface ActivityReading {
  /** Boot-clock nanoseconds. */
  readonly at: bigint;
  readonly ports: readonly PortActivity[];
}

/** Activity of one matched process at one of its listening ports; counts as in {@link PortActivity}. */
export const ActivitySample = z.object({
  process: ProcessKey,
  port: Port,
  networkNamespace: z.int().nonnegative(),
  /** Other processes listen on the same port, so the counts are of all of them together. */
  shared: z.boolean(),
  /** Matched processes that run the same executable, this one included: the probe is attached once for all. */
  instances: z.int().positive(),
  /** When counting began. */
  since: WallNs,
  accepted: z.int().nonnegative(),
  closed: z.int().nonnegative(),
  bytesIn: z.int().nonnegative(),
  bytesOut: z.int().nonnegative(),
});
export type ActivitySample = z.infer<typeof ActivitySample>;
