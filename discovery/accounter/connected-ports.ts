import type { LocalPort } from '../local-port.js';

const IPPROTO_UDP = 17;

/** A port and its transport in one number, ascending by port. */
const pack = (port: number, protocol: number): number => port * 2 + (protocol === IPPROTO_UDP ? 1 : 0);

/** Of a process without any, and of every process while they do not count. */
export const noConnectedPorts = new Uint32Array(0);

/** A process that has them, in the packed form of {@link connectedPortsOf}. */
export interface Connected {
  connected: Uint32Array;
}

/** Unpacked, ascending. */
export const connectedPortsOf = (packed: Uint32Array): LocalPort[] =>
  Array.from(packed, (value) => ({
    port: value >>> 1,
    transport: value % 2 === 1 ? 'udp' : 'tcp',
    state: 'connected',
  }));

const isSame = (left: Uint32Array, right: Uint32Array): boolean =>
  left.length === right.length && left.every((value, index) => value === right[index]);

/**
 * Collects, over one snapshot, the local ports of connected sockets that nobody was seen to bind:
 * clients' and accepted connections. They are in no table and no event, and count only "as Beyla
 * counts ports".
 */
export class ConnectedPorts<Process extends Connected> {
  readonly #ports = new Map<Process, Set<number>>();

  /** One row of the snapshot; a holder that cannot be seen has none. */
  add(holder: Process | undefined, port: number, protocol: number): void {
    if (holder === undefined) return;
    const ports = this.#ports.get(holder);
    if (ports === undefined) this.#ports.set(holder, new Set([pack(port, protocol)]));
    else ports.add(pack(port, protocol));
  }

  /** Puts what was collected in place of what was known; who has a port more is added to `gainedPort`. */
  settle(processes: Iterable<Process>, gainedPort: Set<Process>): void {
    for (const process of processes) {
      const collected = this.#ports.get(process);
      const now = collected === undefined ? noConnectedPorts : Uint32Array.from(collected).sort();
      if (isSame(process.connected, now)) continue;
      const before = new Set(process.connected);
      if (now.some((value) => !before.has(value))) gainedPort.add(process);
      process.connected = now;
    }
  }
}
