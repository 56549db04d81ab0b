import { readFile } from 'node:fs/promises';

/** /proc counts start times in ticks of USER_HZ, which is 100 everywhere. */
const TICK_NS = 10_000_000n;
/** Field 22 of /proc/PID/stat, counted from the state behind the name. */
const START_FIELD = 22 - 3;

/** Where /proc is; another place in tests. */
export type ProcRoot = string;

/** Whether the PID still is the process with this start time (boot-clock nanoseconds). False when it is gone. */
export const isSameProcess = async (proc: ProcRoot, pid: number, startTime: bigint): Promise<boolean> => {
  try {
    const stat = await readFile(`${proc}/${String(pid)}/stat`, 'latin1');
    // A name may hold blanks and parentheses; the last one ends it.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
    return start !== undefined && /^\d+$/.test(start) && BigInt(start) === startTime / TICK_NS;
  } catch {
    return false;
  }
};
