import type { Evaluation, Match, Verdict } from '../../contract/index.js';
import { conditionText } from '../condition-text.js';
import type { Judgement } from './conditions.js';

/** One criterion in force against a process: in words, and as it was judged. */
export interface Judged {
  readonly evaluation: Evaluation;
  readonly judgement: Judgement;
}

const words = (conditions: Evaluation['conditions']): string =>
  conditions.map((condition) => conditionText(condition, true)).join(', and ');

/** Of the inclusions, the one with the fewest conditions that do not hold; of equals the first. */
const closest = (inclusions: readonly Judged[]): Evaluation | undefined => {
  const missing = ({ conditions }: Evaluation): number => conditions.filter(({ held }) => !held).length;
  return inclusions
    .map(({ evaluation }) => evaluation)
    .reduce<Evaluation | undefined>(
      (best, one) => (best === undefined || missing(one) < missing(best) ? one : best),
      undefined,
    );
};

const closestText = ({ criterionName, conditions }: Evaluation): string => {
  const held = words(conditions.filter((condition) => condition.held));
  const failed = words(conditions.filter((condition) => !condition.held));
  return `closest is ${criterionName}: ${held === '' ? '' : `${held}, but `}${failed}`;
};

const selectedText = (match: Match, judged: readonly Judged[]): string => {
  const { criterionId, criterionName, conditions } = match.evaluation;
  const at = judged.findIndex(({ evaluation }) => evaluation.criterionId === criterionId);
  const now = judged[at]?.evaluation;
  const holding = judged.filter(({ judgement }) => judgement === 'held');
  const exclusion = holding.find(({ evaluation }) => evaluation.exclude);
  const earlier = holding.find(
    ({ evaluation }) =>
      !evaluation.exclude && judged.findIndex((other) => other.evaluation === evaluation) < at,
  );
  return [
    now?.held === true
      ? `Selected by ${criterionName}: ${words(now.conditions)}.`
      : `Selected by ${criterionName}; when it matched: ${words(conditions)}.`,
    ...(earlier === undefined
      ? []
      : [`${earlier.evaluation.criterionName} stands before it and holds now too, but a match stays.`]),
    ...(exclusion === undefined
      ? []
      : [`The exclusion '${exclusion.evaluation.criterionName}' holds now, but a match stays.`]),
  ].join(' ');
};

const notSelectedText = (judged: readonly Judged[]): string => {
  const inclusions = judged.filter(({ evaluation }) => !evaluation.exclude);
  const exclusions = judged.filter(({ evaluation }) => evaluation.exclude);
  const first = (among: readonly Judged[], wanted: Judgement): Evaluation | undefined =>
    among.find(({ judgement }) => judgement === wanted)?.evaluation;
  const candidate = inclusions.find(({ judgement }) => judgement !== 'failed');
  const excludedBy = first(exclusions, 'held');

  if (inclusions.length === 0) return 'Not selected: only exclusions are in force, and they select nothing.';
  if (candidate === undefined) {
    const best = closest(inclusions);
    const failed = best?.conditions.filter(({ held }) => !held) ?? [];
    if (best !== undefined && failed.every(({ undecided }) => undecided === true)) {
      return `Not selected: ${best.criterionName} is closest, and it is not known whether it holds: ${words(failed)}.`;
    }
    return `No criterion holds${best === undefined ? '' : `; ${closestText(best)}`}.`;
  }
  const { criterionName, conditions } = candidate.evaluation;
  const holds = candidate.judgement === 'held';
  if (excludedBy !== undefined && holds) {
    return `Not selected: ${criterionName} holds, but the exclusion '${excludedBy.criterionName}' beats it.`;
  }
  if (!holds) {
    const open = words(conditions.filter(({ held }) => !held));
    return `Not selected yet: ${criterionName} is first in order, and it is not known whether it holds: ${open}.`;
  }
  const waiting = first(exclusions, 'undecided');
  if (waiting !== undefined) {
    const open = words(waiting.conditions.filter(({ held }) => !held));
    return `Not selected yet: ${criterionName} holds, but it is not known whether the exclusion '${waiting.criterionName}' does: ${open}.`;
  }
  return `${criterionName} holds, and selects the process when it is looked at next.`;
};

/** What all criteria in force make of a process, `judged` in order; `match`: by which it is selected now. */
export const verdictOf = (
  judged: readonly Judged[],
  match: Match | undefined,
  countPortsAsBeyla: boolean,
): Verdict => {
  const evaluations = judged.map(({ evaluation }) => evaluation);
  const excludedBy =
    match === undefined
      ? judged.find(({ evaluation, judgement }) => evaluation.exclude && judgement === 'held')
      : undefined;
  const portsMatter = evaluations.some(({ conditions }) =>
    conditions.some(({ selector }) => selector === 'open_ports'),
  );
  const summary =
    judged.length === 0
      ? 'No criterion is in force.'
      : match === undefined
        ? notSelectedText(judged)
        : selectedText(match, judged);
  return {
    evaluations,
    selectedBy: match?.evaluation.criterionId ?? null,
    excludedBy: excludedBy?.evaluation.criterionId ?? null,
    summary: countPortsAsBeyla && portsMatter ? `${summary} Ports are counted as Beyla does.` : summary,
  };
};
