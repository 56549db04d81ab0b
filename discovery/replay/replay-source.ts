import type {
  ActivityReading,
  KernelSource,
  KernelSourceListener,
  SnapshotColumns,
} from '../../contract/index.js';
import type { VirtualTime } from '../virtual-time.js';

/** Where the pipeline of a replay gets its facts: from whoever plays the steps, on a virtual clock. */
export class ReplaySource implements KernelSource {
  readonly #time: VirtualTime;
  #listener: KernelSourceListener | null = null;
  /** Wall clock less boot clock. */
  #offset: bigint;

  constructor(time: VirtualTime, offset: bigint) {
    this.#time = time;
    this.#offset = offset;
  }

  /** Whom to tell; throws before the pipeline has started. */
  get listener(): KernelSourceListener {
    if (this.#listener === null) throw new Error('the pipeline was not started');
    return this.#listener;
  }

  /** The wall clock was set: it shows this now. */
  setWall(wall: bigint): void {
    this.#offset = wall - this.#time.now;
  }

  start(listener: KernelSourceListener): Promise<void> {
    this.#listener = listener;
    return Promise.resolve();
  }

  /** A replay's polls are handed to the pipeline, which asks for none. */
  snapshot(): Promise<SnapshotColumns> {
    return Promise.reject(new Error('a replay makes no snapshots'));
  }

  /** Steps are told as they are played. */
  caughtUp(): Promise<void> {
    return Promise.resolve();
  }

  watchActivity(): void {
    // Connections are not recorded.
  }

  readActivity(): Promise<ActivityReading | null> {
    return Promise.resolve(null);
  }

  askForFullView(): Promise<boolean> {
    return Promise.resolve(false);
  }

  clocks(): { readonly boot: bigint; readonly wall: bigint } {
    return { boot: this.#time.now, wall: this.#time.now + this.#offset };
  }

  close(): void {
    this.#listener = null;
  }
}
