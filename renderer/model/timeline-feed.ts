import type { EventBuffer } from '../store/event-buffer.js';
import { useLive } from '../store/live.js';
import { present } from '../store/replay.js';
import { useStatus } from '../store/status.js';
import { msOf } from './time.js';
import { TimelineLog } from './timeline-log.js';

/** From this many sockets on, what exists is compared with the lanes at most so often (ms). */
const manySockets = 1000;
const reconcileEvery = 400;

/**
 * Keeps a {@link TimelineLog} up with the store. Events are taken in as they come; the tables are
 * compared at once while they are small, and a few times a second when they are large.
 */
export class TimelineFeed {
  log = new TimelineLog();
  private taken = 0;
  private buffer: EventBuffer | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly ends: readonly (() => void)[];

  constructor() {
    this.take();
    this.ends = [
      useLive.subscribe((state, before) => {
        this.take();
        const changed =
          state.sockets !== before.sockets ||
          state.matches !== before.matches ||
          state.processes !== before.processes;
        if (changed) this.reconcileSoon();
        this.tell();
      }),
      useStatus.subscribe((state, before) => {
        const recording = state.status?.recording ?? true;
        if (recording !== (before.status?.recording ?? true)) {
          this.log.paused(recording ? null : present());
          this.tell();
        }
      }),
    ];
    this.reconcile();
  }

  /** Calls back after every change. Returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    for (const end of this.ends) end();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private take(): void {
    const { events } = useLive.getState();
    if (this.buffer !== null && !events.continues(this.buffer)) {
      // Another engine speaks: nothing of before is of its log.
      this.log = new TimelineLog();
      this.taken = 0;
      if (useStatus.getState().status?.recording === false) this.log.paused(present());
    }
    this.buffer = events;
    for (const event of events.since(this.taken)) this.log.add(event);
    this.taken = events.appended;
    const oldest = events.first > 0 ? events.at(0) : undefined;
    if (oldest !== undefined) this.log.evictBefore(msOf(oldest.time));
  }

  private reconcileSoon(): void {
    if (useLive.getState().sockets.size <= manySockets) {
      this.reconcile();
      return;
    }
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.reconcile();
      this.tell();
    }, reconcileEvery);
  }

  private reconcile(): void {
    this.log.reconcile(useLive.getState(), present());
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
