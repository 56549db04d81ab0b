import type { KernelEvent, KernelSourceListener, KernelSourceState } from '../../contract/index.js';
import type { Timers } from '../timers.js';

/** A stretch in which events may be missing; boot-clock nanoseconds. */
export interface Gap {
  /** Null when nobody counted. */
  readonly count: number | null;
  readonly where: 'kernel' | 'skipped' | 'queue' | 'helper';
  readonly from: bigint;
  readonly to: bigint;
}

/** Where the watcher's facts go. All calls come on the engine's thread, in order. */
export interface WatcherSink {
  /** What truly happened, in order per socket. */
  facts(events: readonly KernelEvent[]): void;
  /** Events are missing: the gap is to be told, and the state reconciled. */
  gap(gap: Gap): void;
  /** Somebody is about to bind these ports, and no hook will confirm it: look soon. */
  attempted(ports: readonly number[]): void;
  state(state: KernelSourceState): void;
}

/** How long an unconfirmed listen is held: a failing listen() takes itself back within microseconds. */
export const HOLD_MS = 2;
const HOLD_NS = BigInt(HOLD_MS) * 1_000_000n;
/** Most listens held at once; the oldest is let go (and counted) when there are more. */
const MOST_HELD = 4096;

/**
 * First stage: makes facts of what the kernel tells. On hooks that speak before listen() has
 * succeeded, a `listening` is held until something proves it, its time is up, or it is taken back.
 */
export class Watcher implements KernelSourceListener {
  readonly #sink: WatcherSink;
  readonly #timers: Timers;
  readonly #caughtUp: () => Promise<void>;
  /** By cookie, oldest first. */
  readonly #held = new Map<bigint, { event: KernelEvent; cancel: () => void }>();
  #released = 0;

  /** `caughtUp`: as of the kernel source, which may be behind: what takes a listen back may be on its way. */
  constructor(sink: WatcherSink, timers: Timers, caughtUp: () => Promise<void>) {
    this.#sink = sink;
    this.#timers = timers;
    this.#caughtUp = caughtUp;
  }

  /** Held listens that were let go before their time for want of room. */
  get releasedEarly(): number {
    return this.#released;
  }

  events(events: readonly KernelEvent[]): void {
    const facts: KernelEvent[] = [];
    const attempted: number[] = [];
    for (const event of events) {
      const cookie = event.socket?.cookie ?? 0n;
      if (event.kind === 'attempted') {
        attempted.push(event.socket?.port ?? 0);
        continue;
      }
      if (event.kind === 'listen_failed') {
        this.#take(cookie);
        continue;
      }
      if (this.#held.size > 0) facts.push(...this.#provenBy(event, cookie));
      if (event.kind === 'listening' && event.unconfirmed && cookie !== 0n) {
        const pushedOut = this.#hold(cookie, event);
        if (pushedOut !== undefined) facts.push(pushedOut);
      } else {
        facts.push(event);
      }
    }
    if (facts.length > 0) this.#sink.facts(facts);
    if (attempted.length > 0) this.#sink.attempted(attempted);
  }

  lost(loss: { where: 'kernel' | 'skipped' | 'queue'; count: number; from: bigint; to: bigint }): void {
    this.#sink.gap(loss);
  }

  gap(gap: { from: bigint; to: bigint }): void {
    this.#sink.gap({ count: null, where: 'helper', from: gap.from, to: gap.to });
  }

  state(state: KernelSourceState): void {
    this.#sink.state(state);
  }

  close(): void {
    for (const { cancel } of this.#held.values()) cancel();
    this.#held.clear();
  }

  #hold(cookie: bigint, event: KernelEvent): KernelEvent | undefined {
    let pushedOut: KernelEvent | undefined;
    if (this.#held.size >= MOST_HELD) {
      const [oldest] = this.#held.keys();
      if (oldest !== undefined) {
        pushedOut = this.#take(oldest);
        this.#released += 1;
      }
    }
    const cancel = this.#timers.after(HOLD_MS, () => {
      void this.#caughtUp().then(() => {
        if (this.#held.get(cookie)?.event !== event) return;
        this.#take(cookie);
        this.#sink.facts([event]);
      });
    });
    this.#held.set(cookie, { event, cancel });
    return pushedOut;
  }

  /**
   * Held listens that this event proves: of the same socket; of the same thread or an exited
   * process, because listen() has returned; and those whose time is up by the kernel's clock.
   */
  #provenBy(event: KernelEvent, cookie: bigint): KernelEvent[] {
    const proven: KernelEvent[] = [];
    for (const [heldCookie, { event: held }] of this.#held) {
      const returned = event.tid === held.tid || (event.kind === 'exit' && event.pid === held.pid);
      if (heldCookie === cookie || returned || event.time - held.time >= HOLD_NS) {
        this.#take(heldCookie);
        proven.push(held);
      }
    }
    return proven;
  }

  #take(cookie: bigint): KernelEvent | undefined {
    const held = this.#held.get(cookie);
    if (held === undefined) return undefined;
    this.#held.delete(cookie);
    held.cancel();
    return held.event;
  }
}
