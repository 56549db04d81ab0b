import type {
  ExecutableType,
  FileId,
  Placement,
  ProcessInfo,
  ProcessInspector,
  ProcessKey,
} from '../../contract/index.js';
import type { Timers } from '../timers.js';

/** A process that can be looked at. */
export interface Enrichable {
  readonly key: ProcessKey;
  readonly info: ProcessInfo;
  readonly fields: {
    readonly executable: string | null;
    readonly executableFile: FileId | null;
    readonly executableType: ExecutableType | null;
    readonly placement: Placement | null;
    readonly cgroupId: bigint;
  };
  update(change: { executableType: ExecutableType } | { placement: Placement }): void;
}

/** Which facts are wanted of a process. */
export interface WantedFacts {
  readonly executableType: boolean;
  readonly placement: boolean;
}

type Fact = keyof WantedFacts;

export interface EnricherOptions<Process extends Enrichable> {
  readonly inspector: ProcessInspector;
  readonly timers: Timers;
  /** Every process that may be looked at. */
  readonly processes: () => Iterable<Process>;
  readonly wanted: (process: Process) => WantedFacts;
  /** Whether it is in the table still. */
  readonly isAlive: (process: Process) => boolean;
  /** A fact was entered into the process's record, some time after it was wanted. */
  readonly learned: (process: Process) => void;
}

/** Looks at once; most of a look is waiting for a disk or a container engine. */
const AT_ONCE = 8;
/** Looks that wait for a place. What does not fit is found again when these are through. */
const MOST_WAITING = 1024;
/** After this a look is given up, so that a fact is known or known not to be had, whatever the inspector does. */
export const LOOK_MS = 10_000;

const givenUp: ExecutableType = {
  language: 'unknown',
  version: null,
  reason: `could not be told within ${String(LOOK_MS / 1000)} s`,
};
const nowhere: Placement = { cgroup: null, unit: null, container: null };

const facts: readonly Fact[] = ['executableType', 'placement'];

interface Look<Process> {
  readonly process: Process;
  readonly fact: Fact;
  readonly id: string;
}

/** What a fact is about: while it is the same, an answer is true of the process. */
const aboutOf = ({ fields }: Enrichable, fact: Fact): string => {
  if (fact === 'placement') return String(fields.cgroupId);
  const { executable, executableFile } = fields;
  return `${String(executableFile?.device)}:${String(executableFile?.inode)} ${executable ?? ''}`;
};

/**
 * Finds out what takes a look at files: the type of an executable, and where a process runs. What is
 * known from before is entered at once; all else is looked up beside the pipeline, which never
 * waits for it. A fact that is wanted becomes known in the end, or known not to be had.
 */
export class Enricher<Process extends Enrichable> {
  readonly #options: EnricherOptions<Process>;
  readonly #waiting: Look<Process>[] = [];
  /** Waiting and running looks, so that none is made twice. */
  readonly #asked = new Set<string>();
  readonly #running = new Set<() => void>();
  #leftOut = false;
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(options: EnricherOptions<Process>) {
    this.#options = options;
  }

  /** Enters what is known without a look. Returns whether there was anything. */
  recall(process: Process): boolean {
    const { inspector } = this.#options;
    const { fields } = process;
    let found = false;
    if (fields.executableType === null && fields.executableFile !== null) {
      const executableType = inspector.knownExecutableType(fields.executableFile);
      if (executableType !== undefined) {
        process.update({ executableType });
        found = true;
      }
    }
    if (fields.placement === null) {
      const placement = inspector.knownPlacement(fields.cgroupId);
      if (placement !== undefined) {
        process.update({ placement });
        found = true;
      }
    }
    return found;
  }

  /** Has the facts looked up that are wanted of the process and not there. */
  consider(process: Process): void {
    for (const fact of this.#lacking(process)) this.#ask(process, fact, false);
  }

  /** Has every fact of this process looked up that is not there, before all that wait. */
  hurry(process: Process): void {
    for (const fact of facts) this.#ask(process, fact, true);
  }

  /** Considers every process: other facts may be wanted now, or places are free for what did not fit. */
  sweep(): void {
    this.#leftOut = false;
    for (const process of this.#options.processes()) {
      if (this.#lacking(process).length === 0) continue;
      if (this.recall(process)) this.#options.learned(process);
      this.consider(process);
    }
  }

  /** Resolves when nothing that is wanted is being looked up any more; at once when nothing is. */
  idle(): Promise<void> {
    if (this.#asked.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#asked.clear();
    for (const cancel of this.#running) cancel();
    this.#running.clear();
    this.#tellIdle();
  }

  /** What is wanted of the process and not there. */
  #lacking(process: Process): readonly Fact[] {
    const { fields } = process;
    if (fields.executableType !== null && fields.placement !== null) return [];
    const wanted = this.#options.wanted(process);
    return facts.filter((fact) => wanted[fact] && fields[fact] === null);
  }

  #ask(process: Process, fact: Fact, first: boolean): void {
    if (process.fields[fact] !== null || this.#stopped) return;
    const look = { process, fact, id: `${process.key} ${fact}` };
    if (this.#asked.has(look.id)) {
      const index = first ? this.#waiting.findIndex(({ id }) => id === look.id) : -1;
      if (index > 0) this.#waiting.unshift(...this.#waiting.splice(index, 1));
      return;
    }
    if (!first && this.#waiting.length >= MOST_WAITING) {
      this.#leftOut = true;
      return;
    }
    this.#asked.add(look.id);
    if (first) this.#waiting.unshift(look);
    else this.#waiting.push(look);
    this.#next();
  }

  #next(): void {
    while (this.#running.size < AT_ONCE) {
      const look = this.#waiting.shift();
      if (look === undefined) break;
      this.#look(look);
    }
    if (this.#leftOut && this.#waiting.length === 0 && !this.#stopped) this.sweep();
    if (this.#asked.size === 0) this.#tellIdle();
  }

  #look({ process, fact, id }: Look<Process>): void {
    const { inspector, timers, isAlive, learned } = this.#options;
    const about = aboutOf(process, fact);
    const end = (enter: (() => void) | null): void => {
      if (!this.#running.delete(cancel)) return;
      cancel();
      this.#asked.delete(id);
      if (enter !== null && isAlive(process) && process.fields[fact] === null) {
        // It may have become another program, or have been moved, while it was looked at.
        if (aboutOf(process, fact) === about) {
          enter();
          learned(process);
        } else {
          if (this.recall(process)) learned(process);
          this.consider(process);
        }
      }
      this.#next();
    };
    const typed = (executableType: ExecutableType) => () => {
      process.update({ executableType });
    };
    const placed = (placement: Placement) => () => {
      process.update({ placement });
    };
    const giveUp = (): void => {
      end(fact === 'placement' ? placed(nowhere) : typed(givenUp));
    };
    const cancel = timers.after(LOOK_MS, giveUp);
    this.#running.add(cancel);
    if (!isAlive(process)) {
      end(null);
    } else if (fact === 'placement') {
      inspector.placement(process.info).then((placement) => {
        end(placed(placement));
      }, giveUp);
    } else {
      inspector.executableType(process.info).then((type) => {
        end(typed(type));
      }, giveUp);
    }
  }

  #tellIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}
