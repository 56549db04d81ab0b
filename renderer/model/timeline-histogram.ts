/**
 * How many events and failures there were, over the whole log, in bins of equal width. When the
 * log outgrows the bins their width doubles, so adding an event costs the same at any length.
 * Times are epoch milliseconds.
 */
export class EventHistogram {
  private readonly all: Uint32Array;
  private readonly bad: Uint32Array;
  /** Bin 0 starts here: a multiple of the width. */
  private origin = NaN;
  private width: number;

  constructor(
    private readonly bins = 4096,
    width = 16,
  ) {
    this.all = new Uint32Array(bins);
    this.bad = new Uint32Array(bins);
    this.width = width;
  }

  get binWidth(): number {
    return this.width;
  }

  add(time: number, failed: boolean): void {
    if (Number.isNaN(this.origin)) this.origin = Math.floor(time / this.width) * this.width;
    while (time < this.origin) this.extendLeft();
    let bin = Math.floor((time - this.origin) / this.width);
    while (bin >= this.bins) {
      this.widen();
      bin = Math.floor((time - this.origin) / this.width);
    }
    this.all[bin] = (this.all[bin] ?? 0) + 1;
    if (failed) this.bad[bin] = (this.bad[bin] ?? 0) + 1;
  }

  /** Forgets what lies before `time`, to the bin, and makes room for what comes. */
  evictBefore(time: number): void {
    if (Number.isNaN(this.origin)) return;
    const gone = Math.min(this.bins, Math.floor((time - this.origin) / this.width));
    if (gone <= 0) return;
    for (const counts of [this.all, this.bad]) {
      counts.copyWithin(0, gone);
      counts.fill(0, this.bins - gone);
    }
    this.origin += gone * this.width;
  }

  /**
   * Counts between two times: `[events, failures]`. A bin belongs to the range that its middle
   * lies in, so that neighbouring ranges never count one event twice.
   */
  count(from: number, to: number): readonly [number, number] {
    if (Number.isNaN(this.origin)) return [0, 0];
    const bin = (time: number): number =>
      Math.min(this.bins, Math.max(0, Math.ceil((time - this.origin) / this.width - 0.5)));
    let all = 0;
    let bad = 0;
    for (let index = bin(from), last = bin(to); index < last; index += 1) {
      all += this.all[index] ?? 0;
      bad += this.bad[index] ?? 0;
    }
    return [all, bad];
  }

  private widen(): void {
    const width = this.width * 2;
    const origin = Math.floor(this.origin / width) * width;
    // The old bins start in the second half of a new one when the origin is not a multiple of it.
    const shift = origin === this.origin ? 0 : 1;
    for (const counts of [this.all, this.bad]) {
      const old = counts.slice();
      counts.fill(0);
      for (let index = 0; index < old.length; index += 1) {
        const target = (index + shift) >> 1;
        if (target < counts.length) counts[target] = (counts[target] ?? 0) + (old[index] ?? 0);
      }
    }
    this.origin = origin;
    this.width = width;
  }

  /** A time before the first bin: widens until at least half of the bins are free, then moves them right. */
  private extendLeft(): void {
    const half = this.bins / 2;
    const used = (): boolean => this.all.subarray(half).some((count) => count > 0);
    while (used()) this.widen();
    for (const counts of [this.all, this.bad]) {
      counts.copyWithin(half, 0, half);
      counts.fill(0, 0, half);
    }
    this.origin -= half * this.width;
  }
}
