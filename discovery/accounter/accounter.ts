import type { KernelEvent, SnapshotColumns, WallNs } from '../../contract/index.js';
import type { Timers } from '../timers.js';
import type { WallClock } from '../wall-clock.js';
import { BindFailures } from './bind-failures.js';
import { noConnectedPorts } from './connected-ports.js';
import { KernelFacts } from './kernel-facts.js';
import type { Change } from './ledger.js';
import { Ledger } from './ledger.js';
import { PollScheduler } from './poll-scheduler.js';
import { PortFetch } from './port-fetch.js';
import { SnapshotDiff } from './snapshot-diff.js';
import { isInstant } from './snapshot-pass.js';
import { exactNumber } from './socket-table.js';

/** One finished poll. */
export interface PollReport {
  readonly at: WallNs;
  readonly tookMs: number;
  readonly processes: number;
  readonly sockets: number;
  readonly source: SnapshotColumns['source'];
  /** Whether ports were looked at, or only processes. */
  readonly portsFetched: boolean;
}

/** A poll that somebody else makes. */
export interface DrivenPoll {
  /** Whether it looks at ports; null: as {@link PortFetch} decides. */
  readonly portsFetched: boolean | null;
  /** Called once, at once. */
  readonly columns: (portsFetched: boolean) => SnapshotColumns;
}

export interface AccounterOptions {
  readonly timers: Timers;
  readonly clock: WallClock;
  /**
   * Where polls come from; null: from whoever calls {@link Accounter.take}, and none is made here.
   * Polls made here always look at ports, unlike Beyla's: a socket that is inherited or passed on
   * changes hands without any event, so that only looking again finds who holds it.
   */
  readonly snapshot: (() => Promise<SnapshotColumns>) | null;
  readonly userName: (uid: number) => string | null;
  /** Null: no polls but those that are asked for. */
  readonly pollIntervalMs: number | null;
  /** Whether some criterion in force asks for this port, so that a bind of it is worth a look at once. */
  readonly isInteresting: (port: number) => boolean;
  /** A poll made here is about to be entered: what a recording of it has to hold. */
  readonly polling?: (columns: SnapshotColumns) => void;
  /** Never empty. Called after each fact and each poll, while the tables are as they were right then. */
  readonly changed: (changes: readonly Change[]) => void;
  /** A batch of facts is through: a good moment to pass on what came of it. */
  readonly settled: () => void;
  readonly polled: (report: PollReport) => void;
  readonly pollFailed: (error: unknown) => void;
}

/**
 * Between a snapshot, which comes when every event of before its end has come, and its use: longer
 * than the watcher holds a listen, so that those are entered first.
 */
export const SETTLE_MS = 5;
/** A process has exited and its sockets are left: the kernel tells of their close within this, or we look. */
export const ORPHAN_MS = 100;
/** Most listens that wait for a snapshot to learn the port the kernel chose. */
const MOST_PORTLESS = 1024;

/** A listen on a port that the kernel chose and did not say. */
interface Portless {
  readonly event: KernelEvent;
  /** When a snapshot ended that began after it and did not show it; null: none yet. */
  missedAt: bigint | null;
}

/**
 * Second stage: keeps the tables of processes and sockets, from the kernel's facts as they come and
 * from polls that reconcile, and tells each change once.
 */
export class Accounter {
  readonly ledger: Ledger;
  readonly #options: AccounterOptions;
  readonly #facts: KernelFacts;
  readonly #diff: SnapshotDiff;
  readonly #failures: BindFailures;
  readonly #polls: PollScheduler | null;
  readonly #portFetch = new PortFetch();
  /** Listens on a port that the kernel chooses, by cookie, until a snapshot shows which. */
  readonly #portless = new Map<bigint, Portless>();
  /**
   * Only a snapshot begun later shows every socket whose bind was not told; null: one was entered, and
   * an unknown socket is a new one.
   */
  #unsureUntil: bigint | null = 0n;
  #retriedIncomplete = false;
  #bindsAreTold = false;
  #stopped = false;
  #orphans: (() => void) | null = null;

  constructor(options: AccounterOptions) {
    this.#options = options;
    this.ledger = new Ledger(options.clock, options.userName);
    this.#facts = new KernelFacts(this.ledger);
    this.#diff = new SnapshotDiff(this.ledger);
    this.#failures = new BindFailures(this.ledger);
    const { snapshot, timers, pollIntervalMs } = options;
    this.#polls =
      snapshot === null ? null : new PollScheduler(timers, () => this.#poll(snapshot), pollIntervalMs);
  }

  /** Begins to poll, at once. */
  start(): void {
    this.#polls?.start();
  }

  stop(): void {
    this.#stopped = true;
    this.#polls?.stop();
    this.#orphans?.();
  }

  setPollInterval(ms: number | null): void {
    this.#polls?.setInterval(ms);
  }

  /** On: the next poll collects the local ports of connected sockets too. Off: they are forgotten. */
  setCountPortsAsBeyla(on: boolean): void {
    if (on === this.ledger.countPortsAsBeyla) return;
    this.ledger.countPortsAsBeyla = on;
    if (on) this.look();
    else for (const process of this.ledger.processes.values()) process.connected = noConnectedPorts;
  }

  /** Asks for a poll soon; many requests make one. */
  look(): void {
    this.#polls?.request();
  }

  /**
   * Somebody is about to bind these ports. Where nothing will tell whether it went well, a poll does;
   * elsewhere the polls would be many and find nothing that is not told.
   */
  attempted(ports: readonly number[]): void {
    if (ports.some((port) => this.#options.isInteresting(port))) this.#portFetch.want();
    if (!this.#bindsAreTold) this.look();
  }

  /** Whether a hook tells of binds that succeeded. */
  bindsAreTold(told: boolean): void {
    this.#bindsAreTold = told;
  }

  /** Events of before then are missing (boot-clock nanoseconds): a poll begun later finds what they told of. */
  reconcile(until: bigint): void {
    if (this.#unsureUntil === null || until > this.#unsureUntil) this.#unsureUntil = until;
    this.#portFetch.want();
    this.look();
  }

  /** Binds are told from now on. */
  watcherReady(): void {
    this.#portFetch.watcherReady();
  }

  /** Binds are told no more: only polls find them. */
  watcherGone(): void {
    this.#portFetch.watcherGone();
  }

  /** Enters a poll that somebody else made, in the moment it was made. */
  take(poll: DrivenPoll): void {
    const portsFetched = poll.portsFetched ?? this.#portFetch.required();
    this.#options.clock.refresh();
    this.#enterPoll(poll.columns(portsFetched), portsFetched);
  }

  /** No poll will come any more: what waits for one is told as it is. */
  finish(): void {
    this.#failures.giveUp();
    this.#hand();
    this.#options.settled();
  }

  facts(events: readonly KernelEvent[]): void {
    let look = false;
    for (const event of events) {
      if (this.#enter(event)) look = true;
      this.#hand();
    }
    this.#options.settled();
    if (look) this.look();
  }

  /** Returns whether a poll is wanted. */
  #enter(event: KernelEvent): boolean {
    const { socket } = event;
    switch (event.kind) {
      case 'bound':
        if (socket === null) return false;
        this.#facts.bound(event, socket);
        return this.#isInteresting(socket.port);
      case 'listening':
        if (socket === null) return false;
        if (socket.port === 0) return this.#awaitPort(event, socket.cookie);
        this.#facts.listening(event, socket, this.#knowsAll);
        return this.#isInteresting(socket.port);
      case 'closed': {
        if (socket === null) return false;
        const portless = this.#portless.get(socket.cookie);
        this.#portless.delete(socket.cookie);
        if (portless !== undefined && socket.port !== 0) {
          this.#facts.listening(portless.event, { ...socket, boundAt: null }, this.#knowsAll);
          this.#hand();
        }
        this.#facts.closed(event, socket, this.#knowsAll);
        return false;
      }
      case 'bind_failed':
        return socket !== null && this.#failures.failed(event, socket);
      case 'exec':
        this.#facts.exec(event);
        return false;
      case 'exit':
        if (this.#facts.exit(event)) this.#watchOrphans();
        return false;
      case 'attempted':
      case 'listen_failed':
        return false;
    }
  }

  #isInteresting(port: number): boolean {
    const interesting = this.#options.isInteresting(port);
    if (interesting) this.#portFetch.want();
    return interesting;
  }

  #awaitPort(event: KernelEvent, cookie: bigint): boolean {
    const known = this.ledger.sockets.byCookie(exactNumber(cookie));
    if (known !== undefined && known.fields.port !== 0 && event.socket !== null) {
      this.#facts.listening(event, { ...event.socket, port: known.fields.port }, this.#knowsAll);
      return false;
    }
    if (this.#portless.size >= MOST_PORTLESS) {
      const [oldest] = this.#portless.keys();
      if (oldest !== undefined) this.#portless.delete(oldest);
    }
    this.#portless.set(cookie, { event, missedAt: null });
    return true;
  }

  #watchOrphans(): void {
    this.#orphans ??= this.#options.timers.after(ORPHAN_MS, () => {
      this.#orphans = null;
      for (const socket of this.ledger.sockets.values()) {
        if (socket.holders.length === 0 && socket.lastProcess !== null) {
          this.look();
          return;
        }
      }
    });
  }

  async #poll(snapshot: () => Promise<SnapshotColumns>): Promise<void> {
    const { timers } = this.#options;
    let columns: SnapshotColumns;
    try {
      columns = await snapshot();
    } catch (error) {
      if (this.#stopped) return;
      this.#failures.giveUp();
      this.#hand();
      this.#options.pollFailed(error);
      return;
    }
    await new Promise<void>((resolve) => timers.after(SETTLE_MS, resolve));
    if (this.#stopped) return;
    this.#options.clock.refresh();
    this.#options.polling?.(columns);
    this.#enterPoll(columns, true);
  }

  #enterPoll(columns: SnapshotColumns, portsFetched: boolean): void {
    const { clock } = this.#options;
    if (portsFetched) this.#learnPorts(columns);
    const { incomplete, doubtful } = this.#diff.apply(columns, { portsFetched });
    if (portsFetched && this.#unsureUntil !== null && columns.startedAt >= this.#unsureUntil)
      this.#unsureUntil = null;
    const wanted = portsFetched && this.#failures.afterSnapshot(columns.startedAt);
    this.#hand();
    this.#options.polled({
      at: clock.toWall(columns.finishedAt),
      tookMs: Math.max(0, Number(columns.finishedAt - columns.startedAt) / 1e6),
      processes: this.ledger.processes.size,
      sockets: portsFetched ? this.ledger.sockets.size : 0,
      source: columns.source,
      portsFetched,
    });
    const again = doubtful || (incomplete && !this.#retriedIncomplete);
    if (wanted || again || this.#portless.size > 0) this.look();
    this.#retriedIncomplete = incomplete;
  }

  /** Tells listens on a port of the kernel's choice, now that the snapshot shows which. */
  #learnPorts(columns: SnapshotColumns): void {
    if (this.#portless.size === 0) return;
    const { cookie, port, state, length } = columns.sockets;
    for (let row = 0; row < length; row += 1) {
      const event = this.#portless.get(cookie[row] ?? 0n)?.event;
      const chosen = port[row] ?? 0;
      if (event?.socket == null || state[row] !== 10 || chosen === 0) continue;
      this.#portless.delete(event.socket.cookie);
      this.#facts.listening(event, { ...event.socket, port: chosen }, this.#knowsAll);
      this.#hand();
    }
    // Not listening in snapshots begun after it: listen() failed, or nothing tells of its close.
    for (const [awaited, portless] of this.#portless) {
      if (portless.event.time >= columns.startedAt) continue;
      const { missedAt } = portless;
      if (isInstant(columns) || (missedAt !== null && missedAt < columns.startedAt))
        this.#portless.delete(awaited);
      else portless.missedAt = columns.finishedAt;
    }
  }

  /** Whether every socket whose bind was not told has been shown by a poll. */
  get #knowsAll(): boolean {
    return this.#unsureUntil === null;
  }

  #hand(): void {
    const changes = this.ledger.takeChanges();
    if (changes.length > 0) this.#options.changed(changes);
  }
}
