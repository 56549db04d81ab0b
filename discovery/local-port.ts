import type { SocketState, Transport } from '../contract/index.js';

/** A local port of a process, by one of its sockets. */
export interface LocalPort {
  readonly port: number;
  readonly transport: Transport;
  readonly state: SocketState;
}

/** Counts as an open port: listening TCP and bound UDP. Beyla counts every local port of every socket. */
export const isOpenPort = ({ transport, state }: Pick<LocalPort, 'transport' | 'state'>): boolean =>
  state === 'listening' || (transport === 'udp' && state === 'bound');
