import type { KernelEvent, KernelSourceListener } from '../../contract/index.js';
import type { Race } from './race.js';
import type { VirtualTime } from './virtual-time.js';

/** The ring buffer of a race: places are taken in order, written later, and read in order, later still. */
export class RaceRing {
  readonly #time: VirtualTime;
  readonly #race: Pick<Race, 'deliveryUs' | 'batch'>;
  /** Records in the order of their places; undefined: not written yet. */
  readonly #records: (KernelEvent | undefined)[] = [];
  readonly #awaiting: { place: number; go: () => void }[] = [];
  #listener: KernelSourceListener | null = null;
  /** Places handed on. */
  #taken = 0;
  #pumping = false;
  #stalledUntil = 0n;
  #toLose = 0;
  #missing: { count: number; from: bigint; to: bigint } | null = null;

  constructor(time: VirtualTime, race: Pick<Race, 'deliveryUs' | 'batch'>) {
    this.#time = time;
    this.#race = race;
  }

  /** Who is told from now on; null: nobody. */
  tell(listener: KernelSourceListener | null): void {
    this.#listener = listener;
  }

  /** There is no room for so many records. */
  lose(count: number): void {
    this.#toLose = count;
  }

  /** Nobody reads for so many nanoseconds. */
  stall(ns: bigint): void {
    this.#stalledUntil = this.#time.now + ns;
  }

  /** A place for a record; null where there is no room. */
  reserve(): number | null {
    if (this.#toLose === 0) return this.#records.push(undefined) - 1;
    const { now } = this.#time;
    this.#toLose -= 1;
    this.#missing = { count: (this.#missing?.count ?? 0) + 1, from: this.#missing?.from ?? now, to: now };
    this.#pump();
    return null;
  }

  write(place: number, event: KernelEvent): void {
    this.#records[place] = event;
    this.#pump();
  }

  /** Until every record that has a place by now was handed on. */
  async caughtUp(): Promise<void> {
    const place = this.#records.length;
    if (place <= this.#taken) return;
    await new Promise<void>((go) => this.#awaiting.push({ place, go }));
  }

  /** Reads a little later. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const stalled = Number(this.#stalledUntil - this.#time.now) / 1e6;
    this.#time.after(Math.max(this.#race.deliveryUs / 1000, stalled), () => {
      this.#pumping = false;
      if (this.#stalledUntil > this.#time.now) this.#pump();
      else this.#deliver();
    });
  }

  #deliver(): void {
    const batch: KernelEvent[] = [];
    while (batch.length < this.#race.batch) {
      const next = this.#records[this.#taken];
      if (next === undefined) break;
      batch.push(next);
      this.#taken += 1;
    }
    if (batch.length > 0) this.#listener?.events(batch);
    if (this.#records[this.#taken] !== undefined) {
      this.#pump();
    } else if (this.#missing !== null) {
      const missing = this.#missing;
      this.#missing = null;
      this.#listener?.lost({ where: 'kernel', ...missing });
    }
    for (const waiting of this.#awaiting.splice(0)) {
      if (waiting.place <= this.#taken) waiting.go();
      else this.#awaiting.push(waiting);
    }
  }
}
