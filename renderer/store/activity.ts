import { create } from 'zustand';
import type { ActivitySample, ProcessKey } from '../../contract/index.js';

/** Seconds that are kept of each port. */
export const ACTIVITY_SECONDS = 120;
/** Ports of processes that are kept; above this the one told of longest ago makes room. */
export const MOST_SERIES = 2000;

/** What is counted, one number a second each. */
const measures = ['accepted', 'closed', 'bytesIn', 'bytesOut'] as const;
export type Measure = (typeof measures)[number];

const SECOND = 1000;
const msOf = (wallNs: bigint): number => Number(wallNs / 1000n) / 1000;

/**
 * One listening port of one process over the last two minutes. A ring of seconds for each measure:
 * what came in that second, NaN where nobody knows (nothing was told, or counting began anew).
 */
export class PortSeries {
  /** Counts since counting began, as last told. */
  last: ActivitySample;
  /** Of the last telling, epoch ms. */
  at: number;
  private readonly rings: Readonly<Record<Measure, Float64Array>>;
  /** Where the next second goes; the oldest one lies there. */
  private head = 0;
  /** Seconds since the newest one that holds something but 0 or a gap. */
  private quietFor = ACTIVITY_SECONDS;

  constructor(sample: ActivitySample, at: number) {
    const empty = (): Float64Array => new Float64Array(ACTIVITY_SECONDS).fill(NaN);
    this.rings = { accepted: empty(), closed: empty(), bytesIn: empty(), bytesOut: empty() };
    this.last = sample;
    this.at = at;
    this.begin(sample, at);
  }

  /** Takes in the next telling. Returns whether any second that is kept looks different now. */
  add(sample: ActivitySample, at: number): boolean {
    const seconds = Math.max(1, Math.round((at - this.at) / SECOND));
    const { last } = this;
    this.last = sample;
    this.at = at;
    const anew = sample.since !== last.since || measures.some((measure) => sample[measure] < last[measure]);
    if (anew) {
      this.skip(seconds - 1);
      this.begin(sample, at);
      return true;
    }
    const idle = measures.every((measure) => sample[measure] === last[measure]);
    this.skip(seconds - 1);
    // What came in several seconds is spread: the last of them shows its share.
    this.push((measure) => (sample[measure] - last[measure]) / seconds, idle);
    return seconds > 1 || sample.shared !== last.shared || this.quietFor <= ACTIVITY_SECONDS;
  }

  /** Oldest first; its length is `ACTIVITY_SECONDS`. */
  values(measure: Measure): Float64Array {
    const ring = this.rings[measure];
    const values = new Float64Array(ACTIVITY_SECONDS);
    values.set(ring.subarray(this.head));
    values.set(ring.subarray(0, this.head), ACTIVITY_SECONDS - this.head);
    return values;
  }

  /** Of the newest second; NaN where nobody knows. */
  newest(measure: Measure): number {
    return this.rings[measure][(this.head + ACTIVITY_SECONDS - 1) % ACTIVITY_SECONDS] ?? NaN;
  }

  /** Connections that were accepted and are not closed. */
  get open(): number {
    return Math.max(0, this.last.accepted - this.last.closed);
  }

  /** Counting has just begun, or began before anything was told here: then its second is not known. */
  private begin(sample: ActivitySample, at: number): void {
    const fresh = at - msOf(sample.since) < 1.5 * SECOND;
    const idle = measures.every((measure) => sample[measure] === 0);
    this.push((measure) => (fresh ? sample[measure] : NaN), idle || !fresh);
  }

  private skip(seconds: number): void {
    for (let second = 0; second < Math.min(seconds, ACTIVITY_SECONDS); second += 1) {
      this.push(() => NaN, true);
    }
  }

  private push(value: (measure: Measure) => number, quiet: boolean): void {
    for (const measure of measures) this.rings[measure][this.head] = value(measure);
    this.head = (this.head + 1) % ACTIVITY_SECONDS;
    this.quietFor = quiet ? this.quietFor + 1 : 0;
  }
}

/** The ports of one process that are counted. A new object whenever what one would draw of it changed. */
export interface ProcessActivity {
  /** By port, ascending; a port counted in two network namespaces is there twice. */
  readonly ports: readonly PortSeries[];
}

export interface ActivityState {
  readonly processes: ReadonlyMap<ProcessKey, ProcessActivity>;
  /** Their keys. A new object only where a process came or went. */
  readonly counted: ReadonlySet<ProcessKey>;
  /** Another engine speaks, or the same one of another time: what was counted is of no use. */
  readonly reset: () => void;
  /** One telling: every port that is counted now. Ports that it leaves out are forgotten. */
  readonly hear: (at: bigint, samples: readonly ActivitySample[]) => void;
}

const idOf = ({ process, port, networkNamespace }: ActivitySample): string =>
  `${process} ${String(port)} ${String(networkNamespace)}`;

/** The newest of `samples` where they are too many, so that what is kept is bounded whatever comes. */
const bounded = (samples: readonly ActivitySample[]): readonly ActivitySample[] =>
  samples.length <= MOST_SERIES
    ? samples
    : [...samples].sort((a, b) => (a.since > b.since ? -1 : a.since < b.since ? 1 : 0)).slice(0, MOST_SERIES);

export const useActivity = create<ActivityState>()((set, get) => {
  let series = new Map<string, PortSeries>();
  return {
    processes: new Map(),
    counted: new Set(),
    reset: () => {
      series = new Map();
      set({ processes: new Map(), counted: new Set() });
    },
    hear: (wallNs, samples) => {
      const at = msOf(wallNs);
      const next = new Map<string, PortSeries>();
      const byProcess = new Map<ProcessKey, PortSeries[]>();
      const changed = new Set<ProcessKey>();
      for (const sample of bounded(samples)) {
        const id = idOf(sample);
        const known = series.get(id);
        const one = known ?? new PortSeries(sample, at);
        if (known === undefined || known.add(sample, at)) changed.add(sample.process);
        next.set(id, one);
        const ports = byProcess.get(sample.process);
        if (ports === undefined) byProcess.set(sample.process, [one]);
        else ports.push(one);
      }
      series = next;
      const { processes: before, counted } = get();
      const processes = new Map<ProcessKey, ProcessActivity>();
      for (const [key, ports] of byProcess) {
        const known = before.get(key);
        const same = known?.ports.length === ports.length && !changed.has(key);
        ports.sort((a, b) => a.last.port - b.last.port || a.last.networkNamespace - b.last.networkNamespace);
        processes.set(key, same ? known : { ports });
      }
      const sameKeys =
        counted.size === processes.size && [...processes.keys()].every((key) => counted.has(key));
      set({ processes, counted: sameKeys ? counted : new Set(processes.keys()) });
    },
  };
});
