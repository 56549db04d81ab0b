import type { ScriptedKernel, WorldSocket } from './scripted-kernel.js';
import { LISTEN } from './scripted-kernel.js';

/** A whole number from 0, below the given one. */
export type Random = (below: number) => number;

/** Numerical Recipes' generator: the same run for the same seed. */
export const generator = (seed: number): Random => {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
};

export const pick = <Item>(random: Random, items: readonly Item[]): Item | undefined =>
  items[random(items.length)];

/** The next PID that is free. They go round, so that they are used again. */
export const nextPid = ({ processes }: ScriptedKernel, pid: number): number => {
  let next = pid;
  do next = 100 + ((next - 99) % 40);
  while (processes.some((other) => other.pid === next));
  return next;
};

/** One of its holders has the socket listen, if it does not yet. */
export const listenOn = (kernel: ScriptedKernel, socket: WorldSocket | undefined, random: Random): void => {
  const [holder] = socket?.holders ?? [];
  if (socket === undefined || holder === undefined || socket.transport === 'udp') return;
  if (socket.state !== LISTEN) kernel.listen(holder, socket, random(2) === 0);
};

/** One of its holders closes the socket. */
export const closeOne = (kernel: ScriptedKernel, socket: WorldSocket | undefined): void => {
  const [holder] = socket?.holders ?? [];
  if (socket !== undefined && holder !== undefined) kernel.close1(holder, socket);
};
