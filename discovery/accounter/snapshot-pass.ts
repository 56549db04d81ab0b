import type { SnapshotColumns } from '../../contract/index.js';
import type { Sighting } from './ledger.js';
import type { ProcessRecord } from './records.js';

/** One snapshot while it is entered, and what is left open by it. */
export interface SnapshotPass {
  readonly columns: SnapshotColumns;
  /** What is told by it has been seen so, unless more is known. */
  readonly seen: Sighting;
  /** Its number. */
  readonly generation: number;
  /** Processes that it shows and that are left out, by PID. */
  readonly notReady: Set<number>;
  /** Processes that have an open port more. */
  readonly gainedPort: Set<ProcessRecord>;
  /** A row could not be told from one of before: its holder or its socket came or went meanwhile. */
  incomplete: boolean;
  /** Something was shown that no event told of; the next snapshot says whether it is so. */
  doubtful: boolean;
}

/** All rows are of one moment, as in a scenario; else they were read one after the other. */
export const isInstant = ({ startedAt, finishedAt }: SnapshotColumns): boolean => startedAt >= finishedAt;
