import type { ProcessInfo, ProcessKey } from '../../contract/index.js';
import type { LocalPort } from '../local-port.js';

/** What the matcher needs to know of a process. */
export interface Subject {
  readonly key: ProcessKey;
  readonly info: ProcessInfo;
  /** Ports that count, ascending, each once; `asBeyla`: every local port does. */
  openPorts(asBeyla: boolean): readonly number[];
  /** Every local port that is known, whether it counts or not, ascending. */
  localPorts(): readonly LocalPort[];
}

/** What is the same for every process. */
export interface MatchRules {
  /** Inode number of our own network namespace. */
  readonly ownNetworkNamespace: number;
  /** Every local port of a process counts as open, as with Beyla. */
  readonly countPortsAsBeyla: boolean;
}

/** One look at a process by all criteria: what several of them ask for is made once, when first asked. */
export class Look {
  readonly rules: MatchRules;
  readonly #subject: Subject;
  #ports: readonly number[] | null = null;
  #args: string | null = null;

  constructor(subject: Subject, rules: MatchRules) {
    this.#subject = subject;
    this.rules = rules;
  }

  get info(): ProcessInfo {
    return this.#subject.info;
  }

  get ports(): readonly number[] {
    return (this.#ports ??= this.#subject.openPorts(this.rules.countPortsAsBeyla));
  }

  /** argv joined by spaces, without the first. */
  get args(): string {
    return (this.#args ??= this.#subject.info.args.slice(1).join(' '));
  }

  localPorts(): readonly LocalPort[] {
    return this.#subject.localPorts();
  }
}
