import type { BindscopeEvent, KernelEvent, LocalEndpoint, ProcessInfo } from '../../contract/index.js';
import { overlap } from './overlap.js';
import { errorName } from './errno.js';
import { KernelFacts } from './kernel-facts.js';
import type { Ledger } from './ledger.js';
import type { SocketRecord } from './records.js';

type Conflict = Extract<BindscopeEvent, { name: 'socket.bind_failed' }>['conflict'];

const EADDRINUSE = 98;
const UNTOLD = 0;
/** Most failures that wait for a snapshot; the oldest is told without a holder when there are more. */
const MOST_WAITING = 1024;
/** After a snapshot that found no holder, the same endpoint is not looked up again for this long. */
const UNKNOWN_FOR_NS = 10_000_000_000n;
const MOST_UNKNOWN = 256;

const endpointKey = ({ transport, address, port, networkNamespace }: LocalEndpoint): string =>
  `${transport} ${address} ${String(port)} ${String(networkNamespace)}`;

/**
 * Binds that failed. For EADDRINUSE the holder of the address is looked up; when no table knows it,
 * the event waits for the next snapshot, and then says "unknown" rather than guess.
 */
export class BindFailures {
  readonly #ledger: Ledger;
  #waiting: { event: KernelEvent; endpoint: LocalEndpoint; process: ProcessInfo }[] = [];
  readonly #unknown = new Map<string, bigint>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Returns whether a snapshot is wanted. */
  failed(event: KernelEvent, socket: NonNullable<KernelEvent['socket']>): boolean {
    const process = this.#ledger.processOf(event, KernelFacts.sighting(event)).info;
    const endpoint: LocalEndpoint = {
      transport: socket.transport,
      family: socket.family,
      address: socket.address,
      port: socket.port as LocalEndpoint['port'],
      networkNamespace: event.networkNamespace,
    };
    const mayBeInUse = event.error === EADDRINUSE || event.error === UNTOLD;
    if (!mayBeInUse || socket.port === 0) {
      this.#tell(event, endpoint, process, null);
      return false;
    }
    const conflict = this.#holder(endpoint);
    // Where the reason is not told there may be no holder: not worth a snapshot.
    if (event.error === UNTOLD) {
      this.#tell(event, endpoint, process, conflict);
      return false;
    }
    const askedAt = this.#unknown.get(endpointKey(endpoint));
    if (conflict !== null || (askedAt !== undefined && event.time - askedAt < UNKNOWN_FOR_NS)) {
      this.#tell(event, endpoint, process, conflict);
      return false;
    }
    this.#waiting.push({ event, endpoint, process });
    if (this.#waiting.length > MOST_WAITING) {
      const oldest = this.#waiting.shift();
      if (oldest !== undefined) this.#tell(oldest.event, oldest.endpoint, oldest.process, null);
    }
    return true;
  }

  /** A snapshot begun at `startedAt` is in the tables. Returns whether another one is wanted. */
  afterSnapshot(startedAt: bigint): boolean {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const failure of waiting) {
      const conflict = this.#holder(failure.endpoint);
      if (conflict === null && failure.event.time > startedAt) {
        this.#waiting.push(failure);
        continue;
      }
      if (conflict === null) {
        if (this.#unknown.size >= MOST_UNKNOWN) this.#unknown.clear();
        this.#unknown.set(endpointKey(failure.endpoint), failure.event.time);
      }
      this.#tell(failure.event, failure.endpoint, failure.process, conflict);
    }
    return this.#waiting.length > 0;
  }

  /** No snapshot can be had: what waits is told without a holder. */
  giveUp(): void {
    for (const { event, endpoint, process } of this.#waiting) this.#tell(event, endpoint, process, null);
    this.#waiting = [];
  }

  #holder(endpoint: LocalEndpoint): Conflict {
    let best: SocketRecord | null = null;
    let bestRank = 0;
    for (const socket of this.#ledger.sockets.atPort(endpoint.port)) {
      const closeness = overlap(endpoint, socket.fields);
      if (closeness === 0) continue;
      const rank = closeness * 2 + (socket.fields.state === 'listening' ? 1 : 0);
      if (best === null || rank > bestRank || (rank === bestRank && socket.sinceBoot < best.sinceBoot)) {
        best = socket;
        bestRank = rank;
      }
    }
    if (best === null) return null;
    return { socket: best.fields.key, process: this.#ledger.principalOf(best) };
  }

  #tell(event: KernelEvent, endpoint: LocalEndpoint, process: ProcessInfo, conflict: Conflict): void {
    this.#ledger.event({
      ...this.#ledger.base(KernelFacts.sighting(event)),
      name: 'socket.bind_failed',
      process,
      endpoint,
      errno: event.error,
      error: errorName(event.error),
      conflict,
    });
  }
}
