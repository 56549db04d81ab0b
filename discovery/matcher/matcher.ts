import type {
  Condition,
  Criterion,
  CriterionDraft,
  CriterionId,
  CriterionProblem,
  EventSource,
  ExecutableType,
  Match,
  Placement,
  ProcessInfo,
  ProcessKey,
  Verdict,
  WallNs,
} from '../../contract/index.js';
import type { EventDraft } from '../event-draft.js';
import { CompiledCriterion } from './compiled-criterion.js';
import type { LateFacts } from './conditions.js';
import { noLateFacts } from './conditions.js';
import type { MatchRules, Subject } from './subject.js';
import { Look } from './subject.js';
import { verdictOf } from './verdict.js';

export type { MatchRules, Subject } from './subject.js';

type EndReason = Extract<EventDraft, { name: 'match.ended' }>['reason'];
type Sighting = Pick<EventDraft, 'time' | 'source' | 'hook'>;
type InForce = CompiledCriterion<Criterion>;

/** A change of a process, as the accounter tells it. */
export interface SubjectChange {
  readonly kind: 'created' | 'changed' | 'deleted';
  readonly process: Subject;
  readonly executableChanged: boolean;
  readonly time: WallNs;
  readonly source: EventSource;
  readonly hook: string | null;
}

/** A process that is matched. */
interface Current {
  readonly by: InForce;
  readonly subject: Subject;
  readonly match: Match;
  /** By which it was evaluated last. */
  readonly rules: MatchRules;
  /** The late facts by which no exclusion held. */
  readonly executableType: ExecutableType | null;
  readonly placement: Placement | null;
  /** It goes on only until a fact is there that decides; then it may end by this. */
  readonly pending: EndReason | null;
}

type Outcome =
  | { readonly kind: 'selected'; readonly by: InForce }
  /** Depends on a fact that is not there yet. */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'none' };

const UNDECIDED: Outcome = { kind: 'undecided' };
const NONE: Outcome = { kind: 'none' };

/** What a criterion would select right now. */
export interface Preview {
  readonly problems: CriterionProblem[];
  /** If it stood alone. */
  readonly count: number;
  /** Of these, what an exclusion or an earlier criterion takes from it. */
  readonly taken: number;
  /** Some of them, the newest first. */
  readonly examples: ProcessInfo[];
  /** The late facts it asks for, while some process might be selected once they are there. */
  readonly missing: LateFacts;
}

const MOST_EXAMPLES = 20;

const asksSame = (left: Criterion, right: Criterion): boolean =>
  JSON.stringify([left.exclude, left.selectors, left.kept]) ===
  JSON.stringify([right.exclude, right.selectors, right.kept]);

/** Keeps the newest processes of many, in order. */
class Newest {
  readonly #most: number;
  readonly #infos: ProcessInfo[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(info: ProcessInfo): void {
    const infos = this.#infos;
    const oldest = infos.at(-1);
    if (infos.length === this.#most && oldest !== undefined && oldest.startTime >= info.startTime) return;
    const at = infos.findIndex(({ startTime }) => startTime < info.startTime);
    infos.splice(at < 0 ? infos.length : at, 0, info);
    if (infos.length > this.#most) infos.pop();
  }

  take(): ProcessInfo[] {
    return this.#infos;
  }
}

/**
 * Third stage: does it interest the user? The first inclusion in order of which every condition
 * holds selects a process, unless an exclusion holds, wherever that stands. A process that is
 * matched is not matched again and a closed port ends nothing; its end, another executable, other
 * criteria or a fact by which an exclusion holds do. While the outcome depends on a fact that is not
 * there yet, nothing begins.
 */
export class Matcher {
  #rules: MatchRules;
  #criteria: readonly Criterion[] = [];
  #inForce: InForce[] = [];
  #inclusions: InForce[] = [];
  #exclusions: InForce[] = [];
  #needs: LateFacts = noLateFacts;
  /** Last valid version of each criterion. */
  #valid = new Map<CriterionId, InForce>();
  #problems: CriterionProblem[] = [];
  readonly #current = new Map<ProcessKey, Current>();

  constructor(rules: MatchRules) {
    this.#rules = rules;
  }

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

  /** The late facts that some criterion in force asks for. */
  get needs(): LateFacts {
    return this.#needs;
  }

  matchOf(key: ProcessKey): Match | undefined {
    return this.#current.get(key)?.match;
  }

  *matches(): IterableIterator<Match> {
    for (const { match } of this.#current.values()) yield match;
  }

  /** Puts criteria into force; call {@link reevaluate} after it. A broken one keeps its last valid version. */
  configure(criteria: readonly Criterion[]): void {
    const valid = new Map<CriterionId, InForce>();
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
    this.#inclusions = this.#inForce.filter(({ criterion }) => !criterion.exclude);
    this.#exclusions = this.#inForce.filter(({ criterion }) => criterion.exclude);
    this.#needs = {
      executableType: this.#inForce.some(({ needs }) => needs.executableType),
      placement: this.#inForce.some(({ needs }) => needs.placement),
    };
  }

  /** Other rules; call {@link reevaluate} after it. */
  setRules(rules: MatchRules): void {
    this.#rules = rules;
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
    if (current === undefined || change.executableChanged) {
      return this.#decide(process, 'executable changed', by);
    }
    if (current.pending !== null) return this.#decide(process, current.pending, by);
    return this.#exclude(current, by);
  }

  /** After other criteria or rules: every process anew. */
  reevaluate(subjects: Iterable<Subject>, time: WallNs): EventDraft[] {
    const by: Sighting = { time, source: 'poll', hook: null };
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

  /** Every criterion in force, condition by condition, and what all of them make of the process. */
  explain(subject: Subject): Verdict {
    const look = new Look(subject, this.#rules);
    const current = this.#current.get(subject.key);
    const judged = this.#inForce.map((criterion) => {
      const remembered = this.#remembered(current, criterion);
      return {
        evaluation: criterion.evaluate(look, remembered),
        judgement: criterion.judge(look, remembered !== undefined),
      };
    });
    return verdictOf(judged, current?.match, this.#rules.countPortsAsBeyla);
  }

  /**
   * Which criterion would select the process if it had this port open beside the others. A criterion
   * that depends on a fact which is not there yet would not.
   */
  wouldSelect(info: ProcessInfo, others: readonly number[], port: number): Criterion | null {
    const ports = [...others, port];
    const subject: Subject = { key: info.key, info, openPorts: () => ports, localPorts: () => [] };
    const look = new Look(subject, this.#rules);
    if (this.#exclusions.some((criterion) => criterion.judge(look) === 'held')) return null;
    const found = this.#inclusions.find(
      (criterion) => criterion.wantsPort(port) && criterion.judge(look) === 'held',
    );
    return found?.criterion ?? null;
  }

  /** What a criterion as it is typed would select of these processes right now. */
  preview(draft: CriterionDraft, subjects: Iterable<Subject>): Preview {
    const compiled = CompiledCriterion.compile(draft);
    if (Array.isArray(compiled)) {
      return { problems: compiled, count: 0, taken: 0, examples: [], missing: noLateFacts };
    }
    const order = new Map(this.#criteria.map(({ id }, index) => [id, index]));
    const place = order.get(draft.id) ?? Number.POSITIVE_INFINITY;
    const exclusions = this.#exclusions.filter(({ criterion }) => criterion.id !== draft.id);
    const newest = new Newest(MOST_EXAMPLES);
    let count = 0;
    let taken = 0;
    let missing = noLateFacts;
    for (const subject of subjects) {
      const look = new Look(subject, this.#rules);
      const judgement = compiled.judge(look);
      if (judgement === 'undecided') missing = compiled.needs;
      if (judgement !== 'held') continue;
      count += 1;
      newest.add(subject.info);
      if (draft.exclude) continue;
      const by = this.#current.get(subject.key)?.by.criterion.id;
      const matchedEarlier = by !== undefined && by !== draft.id && (order.get(by) ?? 0) < place;
      if (matchedEarlier || exclusions.some((criterion) => criterion.judge(look) === 'held')) taken += 1;
    }
    return { problems: [], count, taken, examples: newest.take(), missing };
  }

  /** The first inclusion that holds, if no exclusion does. */
  #select(look: Look, current: Current | undefined): Outcome {
    let selected: InForce | undefined;
    for (const criterion of this.#inclusions) {
      const judgement = criterion.judge(look, this.#remembered(current, criterion) !== undefined);
      if (judgement === 'failed') continue;
      if (judgement === 'held') selected = criterion;
      else if (!this.#isExcluded(look)) return UNDECIDED;
      break;
    }
    if (selected === undefined) return NONE;
    let undecided = false;
    for (const criterion of this.#exclusions) {
      const judgement = criterion.judge(look);
      if (judgement === 'held') return NONE;
      if (judgement === 'undecided') undecided = true;
    }
    return undecided ? UNDECIDED : { kind: 'selected', by: selected };
  }

  #isExcluded(look: Look): boolean {
    return this.#exclusions.some((criterion) => criterion.judge(look) === 'held');
  }

  #decide(subject: Subject, reason: EndReason, by: Sighting): EventDraft[] {
    const { key } = subject;
    const current = this.#current.get(key);
    const look = new Look(subject, this.#rules);
    const outcome = this.#select(look, current);
    if (outcome.kind === 'undecided' && current !== undefined && this.#mayGoOn(current, look)) {
      this.#current.set(key, { ...current, subject, pending: reason });
      return [];
    }
    const selected = outcome.kind === 'selected' ? outcome.by : undefined;
    if (current === undefined && selected === undefined) return [];
    const evaluation = selected?.evaluate(look, this.#remembered(current, selected));
    const goesOn = current !== undefined && current.by.criterion.id === selected?.criterion.id;
    const drafts: EventDraft[] = [];
    if (current !== undefined && !goesOn) {
      this.#current.delete(key);
      drafts.push(this.#ended(current, reason, by));
    }
    if (selected === undefined || evaluation === undefined) return drafts;
    const { executableType, placement } = subject.info;
    const match = { process: key, evaluation, since: goesOn ? current.match.since : by.time };
    const rules = this.#rules;
    this.#current.set(key, { by: selected, subject, match, rules, executableType, placement, pending: null });
    if (!goesOn) {
      const { id, name } = selected.criterion;
      const { conditions } = evaluation;
      drafts.push({
        ...by,
        name: 'match.started',
        process: subject.info,
        criterion: { id, name },
        conditions,
      });
    }
    return drafts;
  }

  /** A matched process stays matched, unless a fact is there now by which an exclusion holds. */
  #exclude(current: Current, by: Sighting): EventDraft[] {
    const { subject } = current;
    const { executableType, placement } = subject.info;
    if (current.executableType === executableType && current.placement === placement) return [];
    if (!this.#isExcluded(new Look(subject, this.#rules))) {
      this.#current.set(subject.key, { ...current, executableType, placement });
      return [];
    }
    this.#current.delete(subject.key);
    return [this.#ended(current, 'excluded', by)];
  }

  /** Whether the criterion of a match may hold still, as far as facts are there. */
  #mayGoOn(current: Current, look: Look): boolean {
    const { id } = current.by.criterion;
    const criterion = this.#inclusions.find((other) => other.criterion.id === id);
    if (criterion === undefined) return false;
    return criterion.judge(look, this.#remembered(current, criterion) !== undefined) !== 'failed';
  }

  /** The port condition by which the process is matched, while that criterion asks for the same. */
  #remembered(current: Current | undefined, criterion: InForce): Condition | undefined {
    if (current?.by.criterion.id !== criterion.criterion.id) return undefined;
    // A port that counted only as Beyla counts them is not remembered when it counts no more.
    if (current.rules.countPortsAsBeyla && !this.#rules.countPortsAsBeyla) return undefined;
    if (current.by !== criterion && !asksSame(current.by.criterion, criterion.criterion)) return undefined;
    return current.match.evaluation.conditions.find(({ selector }) => selector === 'open_ports');
  }

  #ended(current: Current, reason: EndReason, by: Sighting): EventDraft {
    const { id, name } = current.by.criterion;
    return { ...by, name: 'match.ended', process: current.subject.info, criterion: { id, name }, reason };
  }
}
