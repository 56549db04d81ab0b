import type {
  Condition,
  Criterion,
  CriterionProblem,
  Evaluation,
  ProcessInfo,
  ProcessKey,
} from '../../contract/index.js';
import { formatPortRanges, parsePortRanges } from '../../contract/index.js';
import { Pattern } from './pattern.js';
import { PortSet } from './port-set.js';

/** What the matcher needs to know of a process. */
export interface Subject {
  readonly key: ProcessKey;
  /** Null: could not be read. */
  readonly executable: string | null;
  readonly info: ProcessInfo;
  /** Ports that count, ascending. */
  openPorts(): readonly number[];
}

/** Most ports named in a condition. */
const MOST_NAMED = 12;

const namePorts = (ports: readonly number[]): string => {
  if (ports.length === 0) return 'no open port';
  const named = ports.slice(0, MOST_NAMED).join(', ');
  return ports.length <= MOST_NAMED ? named : `${named} and ${String(ports.length - MOST_NAMED)} more`;
};

/** A criterion ready to be evaluated. */
export class CompiledCriterion {
  readonly criterion: Criterion;
  readonly #ports: { set: PortSet; wanted: string } | null;
  readonly #pattern: Pattern | null;

  private constructor(
    criterion: Criterion,
    ports: { set: PortSet; wanted: string } | null,
    pattern: Pattern | null,
  ) {
    this.criterion = criterion;
    this.#ports = ports;
    this.#pattern = pattern;
  }

  /** Compiles, or tells every field that cannot be put into force. */
  static compile(criterion: Criterion): CompiledCriterion | CriterionProblem[] {
    const problems: CriterionProblem[] = [];
    let ports: { set: PortSet; wanted: string } | null = null;
    let pattern: Pattern | null = null;
    if (criterion.openPorts !== null) {
      const parsed = parsePortRanges(criterion.openPorts);
      if (parsed.ok) ports = { set: new PortSet(parsed.ranges), wanted: formatPortRanges(parsed.ranges) };
      else {
        const { message, position } = parsed.error;
        problems.push({ criterionId: criterion.id, field: 'openPorts', message, position });
      }
    }
    if (criterion.executable !== null) {
      const compiled = Pattern.compile(criterion.executable);
      if (compiled instanceof Pattern) pattern = compiled;
      else problems.push({ criterionId: criterion.id, field: 'executable', ...compiled });
    }
    return problems.length > 0 ? problems : new CompiledCriterion(criterion, ports, pattern);
  }

  /** Whether a bind of this port alone is of interest. */
  wantsPort(port: number): boolean {
    return this.#ports?.set.has(port) ?? false;
  }

  /**
   * Every condition, in words. `ports` are those that count now; `stillHeld` is a port condition
   * that held when the process matched, and goes on holding though the port has closed since.
   */
  evaluate(executable: string | null, ports: readonly number[], stillHeld?: Condition): Evaluation {
    const conditions: Condition[] = [];
    if (this.#ports !== null) {
      const { set, wanted } = this.#ports;
      const within = ports.filter((port) => set.has(port));
      if (within.length > 0) {
        conditions.push({ selector: 'open_ports', wanted, seen: namePorts(within), held: true });
      } else {
        conditions.push(stillHeld ?? { selector: 'open_ports', wanted, seen: namePorts(ports), held: false });
      }
    }
    if (this.#pattern !== null) {
      conditions.push({
        selector: 'exe_path',
        wanted: this.criterion.executable ?? '',
        seen: executable ?? 'unreadable: needs full visibility',
        held: executable !== null && this.#pattern.test(executable),
      });
    }
    return {
      criterionId: this.criterion.id,
      criterionName: this.criterion.name,
      conditions,
      held: conditions.every(({ held }) => held),
    };
  }
}
