import { readFile, stat } from 'node:fs/promises';
import type { InspectedProcess, Placement } from '../../contract/index.js';
import { containerOf, parseCgroup, unitOf } from './cgroup-path.js';
import type { ContainerNameService } from './container-names.js';
import { LruMap } from './lru.js';
import type { ProcRoot } from './proc.js';
import { isSameProcess } from './proc.js';
import { Slots } from './slots.js';

export interface PlacementsOptions {
  readonly proc: ProcRoot;
  /** Where the cgroup v2 tree may be mounted. */
  readonly cgroupRoots: readonly string[];
  readonly names: ContainerNameService;
  /** Most cgroups remembered. */
  readonly remembered: number;
  /** How long a placement holds of which the container's name could not be had. */
  readonly unnamedMs: number;
  /** Most milliseconds until an answer, waiting for others included. */
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** They wait for a container engine more than they work. */
const AT_ONCE = 8;
const MOST_WAITING = 1024;

const nowhere: Placement = { cgroup: null, unit: null, container: null };

/**
 * Where processes run, each cgroup looked at once. Invariant: what is remembered for a cgroup id was
 * read while the directory with that inode had that path; ids are not used twice while a machine runs.
 */
export class Placements {
  readonly #options: PlacementsOptions;
  readonly #slots: Slots;
  /** By cgroup id. `until`: when it is to be looked at again. */
  readonly #known: LruMap<bigint, { readonly placement: Placement; readonly until: number }>;

  constructor(options: PlacementsOptions) {
    this.#options = options;
    this.#known = new LruMap(options.remembered);
    this.#slots = new Slots({ atOnce: AT_ONCE, waiting: MOST_WAITING, timeoutMs: options.timeoutMs });
  }

  known(cgroupId: bigint): Placement | undefined {
    const entry = this.#known.get(cgroupId);
    if (entry === undefined) return undefined;
    if (entry.until > this.#options.now()) return entry.placement;
    this.#known.delete(cgroupId);
    return undefined;
  }

  /** Never rejects; nulls where it cannot be told. */
  async of(process: InspectedProcess): Promise<Placement> {
    const known = this.known(process.cgroupId);
    if (known !== undefined) return known;
    try {
      return await this.#slots.run(() => this.#read(process));
    } catch {
      return nowhere;
    }
  }

  async #read({ pid, startTime, cgroupId }: InspectedProcess): Promise<Placement> {
    const { proc, names, unnamedMs, now } = this.#options;
    const text = await readFile(`${proc}/${String(pid)}/cgroup`, 'utf8');
    const path = parseCgroup(text);
    if (path === null || !(await isSameProcess(proc, pid, startTime))) return nowhere;
    // A process may have been moved since its cgroup was told; its place then is true of it alone.
    const lasting = await this.#isThat(path, cgroupId);
    const place = containerOf(path);
    const answer = place === null ? null : await names.namesOf(place);
    const placement: Placement = {
      cgroup: path,
      unit: unitOf(path),
      container: place && answer && { ...place, name: answer.name, image: answer.image },
    };
    if (lasting) {
      const until = answer?.settled === false ? now() + unnamedMs : Number.POSITIVE_INFINITY;
      this.#known.set(cgroupId, { placement, until });
    }
    return placement;
  }

  /** Whether the id is of the v2 cgroup with this path: its directory's inode number, on machines of 64 bits. */
  async #isThat(path: string, cgroupId: bigint): Promise<boolean> {
    if (cgroupId === 0n) return false;
    for (const root of this.#options.cgroupRoots) {
      try {
        const { ino } = await stat(`${root}${path}`, { bigint: true });
        if (ino === cgroupId) return true;
      } catch {
        // Not mounted here, or not to be seen from our cgroup namespace.
      }
    }
    return false;
  }
}
