import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ticksPerSecond = 100;

/** CPU seconds of a process so far, user and system. The name may hold a ")": the last one ends it. */
export const cpuSeconds = (pid: number): number => {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
};

/** Resident memory in MiB. */
export const residentMiB = (pid: number): number => {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
};

/** Share of one core, in percent, that each process used over the time. */
export const cpuShares = async (pids: readonly number[], seconds: number): Promise<number[]> => {
  const before = pids.map(cpuSeconds);
  const started = process.hrtime.bigint();
  await sleep(seconds * 1000);
  const elapsed = Number(process.hrtime.bigint() - started) / 1e9;
  return pids.map((pid, index) => ((cpuSeconds(pid) - (before[index] ?? 0)) / elapsed) * 100);
};
