import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

type Load = ChildProcessByStdio<Writable, Readable, null>;

const start = (program: string, args: readonly string[]): Load =>
  spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });

/** Real processes with real listeners, until `stop`. */
export const startListeners = async (
  program: string,
  processes: number,
  listeners: number,
): Promise<{ stop: () => Promise<void> }> => {
  const load = start(program, ['listen', String(processes), String(listeners)]);
  const [line] = (await Promise.race([
    once(createInterface(load.stdout), 'line'),
    once(load, 'exit').then(() => {
      throw new Error('the load ended before it was ready');
    }),
  ])) as [string];
  if (line !== 'ready') throw new Error(`the load said "${line}"`);
  return {
    stop: async () => {
      const ended = once(load, 'exit');
      load.stdin.end();
      await ended;
    },
  };
};

/** One bind as the load did it: its port and both clocks, in nanoseconds, as bind() returned. */
export interface Bind {
  readonly port: number;
  readonly boot: bigint;
  readonly wall: bigint;
}

/** Binds and closes `count` sockets, one every `intervalUs` microseconds. */
export const runBinds = async (program: string, count: number, intervalUs: number): Promise<Bind[]> => {
  const load = start(program, ['bind', String(count), String(intervalUs)]);
  const binds: Bind[] = [];
  for await (const line of createInterface(load.stdout)) {
    const [port, boot, wall] = line.split(' ');
    if (port === undefined || boot === undefined || wall === undefined)
      throw new Error(`the load said "${line}"`);
    binds.push({ port: Number(port), boot: BigInt(boot), wall: BigInt(wall) });
  }
  return binds;
};
