import type {
  Criterion,
  CriterionProblem,
  Evaluation,
  EventSource,
  Match,
  ProcessKey,
  WallNs,
} from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import type { Subject } from './compiled-criterion.js';
import { CompiledCriterion } from './compiled-criterion.js';

export type { Subject } from './compiled-criterion.js';

type EndReason = Extract<EventDraft, { name: 'match.ended' }>['reason'];

/** A change of a process, as the accounter tells it. */
export interface SubjectChange {
  readonly kind: 'created' | 'changed' | 'deleted';
  readonly process: Subject;
  readonly executableChanged: boolean;
  readonly time: WallNs;
  readonly source: EventSource;
  readonly hook: string | null;
}

interface Current {
  readonly by: CompiledCriterion;
  readonly subject: Subject;
  readonly match: Match;
}

const sameSelectors = (left: Criterion, right: Criterion): boolean =>
  left.openPorts === right.openPorts && left.executable === right.executable;

/**
 * Third stage: does it interest the user? The first criterion in order of which every condition
 * holds selects a process. A process that is matched is not matched again and a closed port ends
 * nothing; its end, another executable or other criteria do.
 */
export class Matcher {
  #criteria: readonly Criterion[] = [];
  #inForce: CompiledCriterion[] = [];
  /** Last valid version of each criterion. */
  #valid = new Map<string, CompiledCriterion>();
  #problems: CriterionProblem[] = [];
  readonly #current = new Map<ProcessKey, Current>();

  /** As configured, whether in force or not. */
  get criteria(): readonly Criterion[] {
    return this.#criteria;
  }

  get problems(): readonly CriterionProblem[] {
    return this.#problems;
  }

  /** What selects now, in order: enabled and valid, or the last valid version. */
  get inForce(): readonly Criterion[] {
    return this.#inForce.map(({ criterion }) => criterion);
  }

  matchOf(key: ProcessKey): Match | undefined {
    return this.#current.get(key)?.match;
  }

  *matches(): IterableIterator<Match> {
    for (const { match } of this.#current.values()) yield match;
  }

  /** Puts criteria into force; call {@link reevaluate} after it. A broken one keeps its last valid version. */
  configure(criteria: readonly Criterion[]): void {
    const valid = new Map<string, CompiledCriterion>();
    this.#criteria = criteria;
    this.#problems = [];
    this.#inForce = [];
    for (const criterion of criteria) {
      const result = CompiledCriterion.compile(criterion);
      let compiled = this.#valid.get(criterion.id);
      if (Array.isArray(result)) this.#problems.push(...result);
      else compiled = result;
      if (compiled === undefined) continue;
      valid.set(criterion.id, compiled);
      if (criterion.enabled) this.#inForce.push(compiled);
    }
    this.#valid = valid;
  }

  /** Whether some criterion in force asks for this port. */
  isInteresting(port: number): boolean {
    return this.#inForce.some((criterion) => criterion.wantsPort(port));
  }

  apply(change: SubjectChange): EventDraft[] {
    const { process, time, source, hook } = change;
    const by = { time, source, hook };
    const current = this.#current.get(process.key);
    if (change.kind === 'deleted') {
      if (current === undefined) return [];
      this.#current.delete(process.key);
      return [this.#ended(current, 'process deleted', by)];
    }
    if (current !== undefined && !change.executableChanged) return [];
    return this.#decide(process, 'executable changed', by);
  }

  /** After other criteria: every process anew. */
  reevaluate(subjects: Iterable<Subject>, time: WallNs): EventDraft[] {
    const by = { time, source: 'poll' as const, hook: null };
    const drafts: EventDraft[] = [];
    for (const subject of subjects) drafts.push(...this.#decide(subject, 'criteria changed', by));
    return drafts;
  }

  /** Ends the match of a process that is not to be shown any more. */
  forget(key: ProcessKey, time: WallNs): EventDraft[] {
    const current = this.#current.get(key);
    if (current === undefined) return [];
    this.#current.delete(key);
    return [this.#ended(current, 'criteria changed', { time, source: 'poll', hook: null })];
  }

  /** Every enabled criterion in order, condition by condition. */
  explain(subject: Subject): Evaluation[] {
    const ports = subject.openPorts();
    return this.#inForce.map((criterion) =>
      criterion.evaluate(subject.executable, ports, this.#stillHeld(subject.key, criterion)),
    );
  }

  /** Which criterion would select the process if it had this port open. */
  wouldSelect(executable: string | null, port: number): Criterion | null {
    return (
      this.#inForce.find(
        (criterion) => criterion.wantsPort(port) && criterion.evaluate(executable, [port]).held,
      )?.criterion ?? null
    );
  }

  #decide(
    subject: Subject,
    reason: EndReason,
    by: { time: WallNs; source: EventSource; hook: string | null },
  ): EventDraft[] {
    const current = this.#current.get(subject.key);
    const ports = subject.openPorts();
    let selected: { criterion: CompiledCriterion; evaluation: Evaluation } | undefined;
    for (const criterion of this.#inForce) {
      const stillHeld = this.#stillHeld(subject.key, criterion);
      const evaluation = criterion.evaluate(subject.executable, ports, stillHeld);
      if (evaluation.held) {
        selected = { criterion, evaluation };
        break;
      }
    }
    if (current === undefined && selected === undefined) return [];
    if (current !== undefined && selected !== undefined && this.#continues(current, selected.criterion)) {
      this.#current.set(subject.key, {
        by: selected.criterion,
        subject,
        match: { ...current.match, evaluation: selected.evaluation },
      });
      return [];
    }
    const drafts: EventDraft[] = [];
    if (current !== undefined) {
      this.#current.delete(subject.key);
      drafts.push(this.#ended(current, reason, by));
    }
    if (selected !== undefined) {
      const { evaluation, criterion } = selected;
      this.#current.set(subject.key, {
        by: criterion,
        subject,
        match: { process: subject.key, evaluation, since: by.time },
      });
      drafts.push({
        ...by,
        name: 'match.started',
        process: subject.info,
        criterion: { id: criterion.criterion.id, name: criterion.criterion.name },
        conditions: evaluation.conditions,
      });
    }
    return drafts;
  }

  #continues(current: Current, criterion: CompiledCriterion): boolean {
    return current.by.criterion.id === criterion.criterion.id;
  }

  /** The port condition by which the process is matched, while that criterion asks for the same. */
  #stillHeld(key: ProcessKey, criterion: CompiledCriterion): Condition | undefined {
    const current = this.#current.get(key);
    if (current?.by.criterion.id !== criterion.criterion.id) return undefined;
    if (!sameSelectors(current.by.criterion, criterion.criterion)) return undefined;
    return current.match.evaluation.conditions.find(({ selector }) => selector === 'open_ports');
  }

  #ended(
    current: Current,
    reason: EndReason,
    by: { time: WallNs; source: EventSource; hook: string | null },
  ): EventDraft {
    const { id, name } = current.by.criterion;
    return { ...by, name: 'match.ended', process: current.subject.info, criterion: { id, name }, reason };
  }
}

type Condition = Evaluation['conditions'][number];
