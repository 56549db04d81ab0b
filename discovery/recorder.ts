import type { BindscopeEvent, WallNs } from '../contract/index.js';
import type { EventDraft } from './event-draft.js';
import type { EventLog } from './event-log/event-log.js';

/**
 * Writes events into the log while recording is on, and keeps the ones just written until they are
 * taken. While it is off, it counts what is not written, so that the gap can be told.
 */
export class Recorder {
  readonly #log: EventLog;
  #fresh: BindscopeEvent[] = [];
  #since: WallNs;
  /** When recording was turned off; null while it is on. */
  #pausedAt: WallNs | null = null;
  #missed = 0;

  constructor(log: EventLog, now: WallNs) {
    this.#log = log;
    this.#since = now;
  }

  get recording(): boolean {
    return this.#pausedAt === null;
  }

  get recordingSince(): WallNs {
    return this.#since;
  }

  write(draft: EventDraft): void {
    if (this.#pausedAt === null) this.#fresh.push(this.#log.append(draft));
    else this.#missed += 1;
  }

  /** What was written since this was last called. */
  take(): BindscopeEvent[] {
    const taken = this.#fresh;
    this.#fresh = [];
    return taken;
  }

  pause(now: WallNs): void {
    if (this.#pausedAt !== null) return;
    this.#pausedAt = now;
    this.#missed = 0;
  }

  /** Goes on, and writes down the gap if anything was missed in it. */
  resume(now: WallNs): void {
    const from = this.#pausedAt;
    if (from === null) return;
    this.#pausedAt = null;
    this.#since = now;
    if (this.#missed === 0) return;
    this.write({
      name: 'watcher.lost',
      time: now,
      source: 'poll',
      hook: null,
      count: this.#missed,
      where: 'paused',
      from,
      to: now,
    });
  }
}
