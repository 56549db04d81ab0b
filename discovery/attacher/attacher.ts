import type { ActivityReading, ActivitySample, ProcessKey, WallNs } from '../../contract/index.js';
import type { ProcessRecord, SocketRecord } from '../accounter/records.js';
import type { Timers } from '../timers.js';

export interface AttacherOptions {
  readonly timers: Timers;
  /** Tells the kernel which listening TCP ports to count, all of them each time. */
  readonly watch: (ports: ReadonlySet<number>) => void;
  /** Null: nothing counts here. */
  readonly read: () => Promise<ActivityReading | null>;
  /** Every socket there is, to see which ports are shared. */
  readonly sockets: () => Iterable<SocketRecord>;
  readonly toWall: (bootNs: bigint) => WallNs;
  readonly now: () => WallNs;
  readonly sampled: (at: WallNs, samples: readonly ActivitySample[]) => void;
}

/** Time between two samples. */
export const SAMPLE_MS = 1000;

interface Attached {
  readonly process: ProcessRecord;
  /** Of the executable it ran when it was attached. */
  executable: string;
}

/** `DEVICE:INODE` of the executable; a process whose file is not known stands for itself. */
const executableKey = ({ fields, key }: ProcessRecord): string =>
  fields.executableFile === null
    ? key
    : `${String(fields.executableFile.device)}:${String(fields.executableFile.inode)}`;

/** A port in a network namespace, as the key of a map. */
const placeOf = ({ networkNamespace, port }: { networkNamespace: number; port: number }): string =>
  `${String(networkNamespace)}:${String(port)}`;

const isListener = ({ fields }: SocketRecord): boolean =>
  fields.transport === 'tcp' && fields.state === 'listening';

/** Where a process listens, each place once. */
const listeningPlaces = (process: ProcessRecord): Map<string, SocketRecord['fields']> => {
  const found = new Map<string, SocketRecord['fields']>();
  for (const socket of process.held) if (isListener(socket)) found.set(placeOf(socket.fields), socket.fields);
  return found;
};

/**
 * Last stage: attaches an activity probe to what matched. The unit is the executable (device and
 * inode): every further process that runs it is an instance, and the probe goes with the last one.
 * What the kernel counts is connections by listening port; the attacher tells it the ports, and
 * once a second says for each matched process how its ports are doing.
 *
 * After `attach`, `detach` and changes of sockets, call {@link settle} once.
 */
export class Attacher {
  readonly #options: AttacherOptions;
  readonly #attached = new Map<ProcessKey, Attached>();
  readonly #instances = new Map<string, Set<ProcessKey>>();
  /** Watched ports, and since when. */
  #since = new Map<number, WallNs>();
  #next: (() => void) | null = null;
  #stopped = false;

  constructor(options: AttacherOptions) {
    this.#options = options;
  }

  /** Executables to which the probe is attached, and the number of their instances. */
  get attachments(): ReadonlyMap<string, number> {
    return new Map([...this.#instances].map(([executable, instances]) => [executable, instances.size]));
  }

  has(key: ProcessKey): boolean {
    return this.#attached.has(key);
  }

  attach(process: ProcessRecord): void {
    this.detach(process.key);
    const executable = executableKey(process);
    this.#attached.set(process.key, { process, executable });
    const instances = this.#instances.get(executable);
    if (instances === undefined) this.#instances.set(executable, new Set([process.key]));
    else instances.add(process.key);
  }

  detach(key: ProcessKey): void {
    const attached = this.#attached.get(key);
    if (attached === undefined) return;
    this.#attached.delete(key);
    const instances = this.#instances.get(attached.executable);
    instances?.delete(key);
    if (instances?.size === 0) this.#instances.delete(attached.executable);
  }

  /**
   * Brings the watched ports in line with what is attached now. Every sample does so too: a port that
   * was closed may be watched for a second longer.
   */
  settle(): void {
    for (const { process, executable } of [...this.#attached.values()]) {
      if (executableKey(process) !== executable) this.attach(process);
    }
    const ports = new Set<number>();
    for (const { process } of this.#attached.values()) {
      for (const { port } of listeningPlaces(process).values()) ports.add(port);
    }
    const same = ports.size === this.#since.size && [...ports].every((port) => this.#since.has(port));
    if (!same) {
      const now = this.#options.now();
      this.#since = new Map([...ports].map((port) => [port, this.#since.get(port) ?? now]));
      this.#options.watch(ports);
    }
    if (ports.size > 0) this.#schedule();
    else this.#unschedule();
  }

  /** Counting began anew: another helper serves, or none. */
  restart(): void {
    const now = this.#options.now();
    this.#since = new Map([...this.#since.keys()].map((port) => [port, now]));
  }

  stop(): void {
    this.#stopped = true;
    this.#unschedule();
  }

  /** Processes that listen at each watched place. */
  #listeners(): Map<string, Set<ProcessRecord>> {
    const found = new Map<string, Set<ProcessRecord>>();
    for (const socket of this.#options.sockets()) {
      if (!isListener(socket) || !this.#since.has(socket.fields.port)) continue;
      const place = placeOf(socket.fields);
      const holders = found.get(place) ?? new Set();
      for (const holder of socket.holders) holders.add(holder);
      found.set(place, holders);
    }
    return found;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#next ??= this.#options.timers.after(SAMPLE_MS, () => {
      this.#next = null;
      void this.#sample();
    });
  }

  #unschedule(): void {
    this.#next?.();
    this.#next = null;
  }

  async #sample(): Promise<void> {
    const reading = await this.#options.read().catch(() => null);
    if (this.#stopped) return;
    this.settle();
    if (reading === null || this.#since.size === 0) return;
    const counts = new Map(reading.ports.map((counted) => [placeOf(counted), counted]));
    const listeners = this.#listeners();
    const samples: ActivitySample[] = [];
    for (const { process, executable } of this.#attached.values()) {
      for (const [place, { port, networkNamespace }] of listeningPlaces(process)) {
        const since = this.#since.get(port);
        if (since === undefined) continue;
        const counted = counts.get(place);
        samples.push({
          process: process.key,
          port,
          networkNamespace,
          shared: (listeners.get(place)?.size ?? 0) > 1,
          instances: this.#instances.get(executable)?.size ?? 1,
          since,
          accepted: Number(counted?.accepted ?? 0n),
          closed: Number(counted?.closed ?? 0n),
          bytesIn: Number(counted?.bytesIn ?? 0n),
          bytesOut: Number(counted?.bytesOut ?? 0n),
        });
      }
    }
    if (samples.length > 0) this.#options.sampled(this.#options.toWall(reading.at), samples);
  }
}
