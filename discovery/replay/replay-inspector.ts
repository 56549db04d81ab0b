import type {
  ExecutableType,
  FileId,
  InspectedProcess,
  Placement,
  ProcessInspector,
} from '../../contract/index.js';
import type { SaidProcess, TimedStep } from '../recording/step.js';
import type { Findings } from './world.js';
import { fileKey } from './world.js';

const untold: ExecutableType = { language: 'unknown', version: null, reason: 'the recording does not tell' };
const nowhere: Placement = { cgroup: null, unit: null, container: null };

type Fact = 'type' | 'placement';

const factsOf = (said: SaidProcess): Fact[] => [
  ...(said.language === undefined ? [] : (['type'] as const)),
  ...(said.cgroup === undefined && said.unit === undefined && said.container === undefined
    ? []
    : (['placement'] as const)),
];

/**
 * Answers by what the file tells, never by looking at the machine the replay runs on: at once where
 * the file has told it or never will, else when it does.
 */
export class ReplayInspector implements ProcessInspector {
  readonly #findings: Findings;
  /** How often the file is yet to tell a fact of a process, by `FACT PID:START`. */
  readonly #toCome = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  #activity = 0;

  constructor(findings: Findings, steps: readonly TimedStep[]) {
    this.#findings = findings;
    for (const { step } of steps) {
      if (step.kind !== 'inspected' || step.process.start === undefined) continue;
      const key = `${String(step.process.pid)}:${String(step.process.start)}`;
      for (const fact of factsOf(step.process)) {
        const question = `${fact} ${key}`;
        this.#toCome.set(question, (this.#toCome.get(question) ?? 0) + 1);
      }
    }
  }

  /** How many questions were put and answered so far: while it grows, something is going on. */
  get activity(): number {
    return this.#activity;
  }

  knownExecutableType(file: FileId): ExecutableType | undefined {
    return this.#findings.types.get(fileKey(file));
  }

  knownPlacement(cgroupId: bigint): Placement | undefined {
    return this.#findings.placements.get(cgroupId);
  }

  async executableType({ pid, startTime, executableFile }: InspectedProcess): Promise<ExecutableType> {
    const key = `${String(pid)}:${String(startTime)}`;
    await this.#told('type', key);
    const ofFile = executableFile === null ? undefined : this.knownExecutableType(executableFile);
    return ofFile ?? this.#findings.types.get(key) ?? untold;
  }

  async placement({ pid, startTime, cgroupId }: InspectedProcess): Promise<Placement> {
    const key = `${String(pid)}:${String(startTime)}`;
    await this.#told('placement', key);
    return this.#findings.placements.get(key) ?? this.knownPlacement(cgroupId) ?? nowhere;
  }

  /** The file has told this: whoever waits for it is answered. */
  tell(said: SaidProcess, process: { readonly pid: number; readonly start: bigint }): void {
    this.#activity += 1;
    for (const fact of factsOf(said)) {
      const question = `${fact} ${String(process.pid)}:${String(process.start)}`;
      this.#toCome.set(question, (this.#toCome.get(question) ?? 1) - 1);
      const waiting = this.#waiting.get(question) ?? [];
      this.#waiting.delete(question);
      for (const answer of waiting) answer();
    }
  }

  #told(fact: Fact, key: string): Promise<void> {
    this.#activity += 1;
    const question = `${fact} ${key}`;
    if ((this.#toCome.get(question) ?? 0) <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.set(question, [...(this.#waiting.get(question) ?? []), resolve]);
    });
  }
}
