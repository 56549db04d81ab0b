import type {
  Condition,
  CriterionDraft,
  CriterionProblem,
  Evaluation,
  TextPattern,
} from '../../contract/index.js';
import { formatPortRanges, parsePortRanges } from '../../contract/index.js';
import type { CompiledCondition, Judgement, LateFacts, TextTest } from './conditions.js';
import {
  commandArguments,
  containerName,
  containersOnly,
  everyProcess,
  executablePath,
  kubernetes,
  language,
  networkNamespace,
  processIds,
  systemdUnit,
  user,
} from './conditions.js';
import { closedSince, openPorts } from './open-ports.js';
import { PortSet } from './port-set.js';
import { compileTextPattern, remembering } from './text-pattern.js';
import type { Look } from './subject.js';

type Field = CriterionProblem['field'];

/** The longest text of each kind that a criterion may have; a draft may be longer. */
const LONGEST = { name: 80, namespace: 200, openPorts: 4096 } as const;

/** Patterns are dearer than comparisons; ports tell most processes apart. */
const cost: Readonly<Record<Condition['selector'], number>> = {
  kubernetes: 0,
  target_pids: 1,
  containers_only: 1,
  network_namespace: 1,
  system_wide: 1,
  open_ports: 2,
  languages: 3,
  user: 4,
  systemd_unit: 4,
  container_name: 4,
  exe_path: 5,
  cmd_args: 6,
};

interface Compiled {
  readonly conditions: CompiledCondition[];
  readonly ports: PortSet | null;
  readonly problems: CriterionProblem[];
}

const compileSelectors = (draft: CriterionDraft): Compiled => {
  const { id, name, namespace, selectors, kept } = draft;
  const problems: CriterionProblem[] = [];
  const conditions: CompiledCondition[] = [];
  let ports: PortSet | null = null;
  const problem = (field: Field, message: string, position: number | null = null): void => {
    problems.push({ criterionId: id, field, message, position });
  };
  const tooLong = (field: keyof typeof LONGEST, text: string | null): boolean => {
    const longest = LONGEST[field];
    if (text === null || text.length <= longest) return false;
    problem(field, `it is ${String(text.length)} characters long; ${String(longest)} are allowed`, longest);
    return true;
  };
  const byPattern = (
    field: 'executable' | 'args' | 'languages' | 'containerName' | 'user' | 'unit',
    make: (test: TextTest, wanted: string) => CompiledCondition,
  ): void => {
    const pattern: TextPattern | null = selectors[field];
    if (pattern === null) return;
    const compiled = compileTextPattern(pattern);
    if ('message' in compiled) problem(field, compiled.message, compiled.position);
    else conditions.push(make(field === 'args' ? compiled : remembering(compiled), pattern.text));
  };

  tooLong('name', name);
  tooLong('namespace', namespace);
  if (selectors.openPorts !== null && !tooLong('openPorts', selectors.openPorts)) {
    const parsed = parsePortRanges(selectors.openPorts);
    if (parsed.ok) {
      ports = new PortSet(parsed.ranges);
      conditions.push(openPorts(ports, formatPortRanges(parsed.ranges)));
    } else problem('openPorts', parsed.error.message, parsed.error.position);
  }
  byPattern('executable', executablePath);
  byPattern('args', commandArguments);
  byPattern('languages', language);
  if (selectors.pids !== null) conditions.push(processIds(selectors.pids));
  if (selectors.containersOnly) conditions.push(containersOnly());
  byPattern('containerName', containerName);
  byPattern('user', user);
  byPattern('unit', systemdUnit);
  if (selectors.networkNamespace !== null) conditions.push(networkNamespace(selectors.networkNamespace));
  if (selectors.everything) conditions.push(everyProcess());
  conditions.push(...kubernetes(kept));
  if (conditions.length === 0 && problems.length === 0) {
    problem('selectors', 'it asks nothing; set at least one condition, for example open ports');
  }
  return { conditions, ports, problems };
};

/** A criterion ready to be asked of any process. Everything it asks must hold. */
export class CompiledCriterion<C extends CriterionDraft = CriterionDraft> {
  readonly criterion: C;
  readonly needs: LateFacts;
  readonly #ports: PortSet | null;
  /** In the order in which a criterion is written. */
  readonly #conditions: readonly CompiledCondition[];
  readonly #cheapFirst: readonly CompiledCondition[];

  private constructor(criterion: C, { conditions, ports }: Compiled) {
    this.criterion = criterion;
    this.#ports = ports;
    this.#conditions = conditions;
    this.#cheapFirst = [...conditions].sort((left, right) => cost[left.selector] - cost[right.selector]);
    this.needs = {
      executableType: conditions.some(({ needs }) => needs === 'executableType'),
      placement: conditions.some(({ needs }) => needs === 'placement'),
    };
  }

  /** Compiles, or tells every field that cannot be put into force. An empty name is none of them. */
  static compile<C extends CriterionDraft>(criterion: C): CompiledCriterion<C> | CriterionProblem[] {
    const compiled = compileSelectors(criterion);
    return compiled.problems.length > 0 ? compiled.problems : new CompiledCriterion(criterion, compiled);
  }

  /** Whether a bind of this port alone is of interest. */
  wantsPort(port: number): boolean {
    return this.#ports?.has(port) ?? false;
  }

  /**
   * Whether it holds, without a word. It is undecided while a fact is not there on which alone it
   * depends. `portsHeld`: its port condition held when the process matched, and so holds still.
   */
  judge(look: Look, portsHeld = false): Judgement {
    let judgement: Judgement = 'held';
    for (const condition of this.#cheapFirst) {
      if (portsHeld && condition.selector === 'open_ports') continue;
      const one = condition.judge(look);
      if (one === 'failed') return 'failed';
      if (one === 'undecided') judgement = 'undecided';
    }
    return judgement;
  }

  /**
   * Every condition, in words. `remembered`: the port condition by which the process matched; it
   * goes on holding though the port has closed since.
   */
  evaluate(look: Look, remembered?: Condition): Evaluation {
    const conditions = this.#conditions.map((condition) => {
      const told = condition.describe(look);
      if (told.held || remembered === undefined || condition.selector !== 'open_ports') return told;
      return closedSince(remembered);
    });
    return {
      criterionId: this.criterion.id,
      criterionName: this.criterion.name,
      exclude: this.criterion.exclude,
      conditions,
      held: conditions.every(({ held }) => held),
    };
  }
}
