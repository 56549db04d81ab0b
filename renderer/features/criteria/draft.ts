import {
  Criterion,
  isKubernetesKey,
  noSelectors,
  parsePortRanges,
  type CriterionDraft,
  type CriterionProblem,
  type TextPattern,
} from '../../../contract/index.js';
import { newCriterionId } from '../../store/criteria.js';
import type { FieldProblem } from '../../ui/TextField.js';
import { text } from '../../ui/text.js';
import { criteriaText } from './criteria-text.js';
import { isPatternField, moreFields, type MoreField, type PatternField } from './fields.js';

const words = text.criteria;

/** A criterion as it is typed; nothing of it is in force. */
export interface Draft {
  readonly name: string;
  readonly exclude: boolean;
  readonly ports: string;
  /** Without a text where the condition is not asked. */
  readonly patterns: Readonly<Record<PatternField, TextPattern>>;
  readonly pids: string;
  readonly namespace: string;
  readonly networkNamespace: 'own' | 'other' | 'number';
  readonly networkNamespaceNumber: string;
  /** Further conditions with a place in the editor, in the order they were added. */
  readonly shown: readonly MoreField[];
}

const noPattern: TextPattern = { syntax: 'regex', text: '' };

export const draftOf = ({ name, namespace, exclude, selectors }: CriterionDraft): Draft => {
  const { networkNamespace } = selectors;
  return {
    name,
    exclude,
    ports: selectors.openPorts ?? '',
    patterns: {
      executable: selectors.executable ?? noPattern,
      args: selectors.args ?? noPattern,
      languages: selectors.languages ?? noPattern,
      user: selectors.user ?? noPattern,
      unit: selectors.unit ?? noPattern,
      containerName: selectors.containerName ?? noPattern,
    },
    pids: selectors.pids?.join(', ') ?? '',
    namespace: namespace ?? '',
    networkNamespace: typeof networkNamespace === 'number' ? 'number' : (networkNamespace ?? 'other'),
    networkNamespaceNumber: typeof networkNamespace === 'number' ? String(networkNamespace) : '',
    shown: moreFields.filter((field) =>
      field === 'namespace' ? namespace !== null : selectors[field] !== null && selectors[field] !== false,
    ),
  };
};

/** What an editor without a proposal starts with. */
export const emptyCriterion = (): CriterionDraft => ({
  id: newCriterionId(),
  name: '',
  namespace: null,
  enabled: true,
  exclude: false,
  selectors: noSelectors,
  kept: {},
});

const listed = (pids: string): { readonly text: string; readonly at: number }[] =>
  [...pids.matchAll(/[^\s,]+/g)].map((match) => ({ text: match[0], at: match.index }));

const isPid = (value: string): boolean =>
  /^\d{1,7}$/.test(value) && Number(value) > 0 && Number(value) <= 4_194_304;

const inField = (message: string, position: number, length: number): FieldProblem => ({
  message: message + words.at(position),
  position,
  length,
});

export const portsProblem = (ports: string): FieldProblem | null => {
  if (ports.trim() === '') return null;
  const parsed = parsePortRanges(ports);
  return parsed.ok ? null : inField(parsed.error.message, parsed.error.position, parsed.error.length);
};

export const pidsProblem = (pids: string): FieldProblem | null => {
  const all = listed(pids);
  const bad = all.find((part) => !isPid(part.text));
  if (bad !== undefined) return inField(criteriaText.notAPid(bad.text), bad.at, bad.text.length);
  const first = all[1000];
  return first === undefined ? null : inField(criteriaText.tooManyPids, first.at, pids.length - first.at);
};

export const namespaceNumberProblem = (value: string): FieldProblem | null =>
  value.trim() === '' || (/^\s*\d{1,10}\s*$/.test(value) && Number(value) > 0)
    ? null
    : { message: criteriaText.notANamespace, position: null, length: 0 };

export const nameProblem = (name: string): FieldProblem | null =>
  name.trim().length > 80 ? { message: words.nameLong, position: 80, length: name.length - 80 } : null;

/** What is wrong, by field; `selectors`: all of them together. */
export type FieldProblems = Readonly<Partial<Record<CriterionProblem['field'], FieldProblem>>>;

/** What the engine found wrong, as a field shows it. */
export const engineProblem = ({ message, position }: CriterionProblem): FieldProblem =>
  position === null ? { message, position, length: 0 } : inField(message, position, 1);

/** What can be told without the engine. */
export const problemsOf = (draft: Draft): FieldProblems => {
  const shows = (field: MoreField): boolean => draft.shown.includes(field);
  const found = {
    name: nameProblem(draft.name),
    openPorts: portsProblem(draft.ports),
    pids: shows('pids') ? pidsProblem(draft.pids) : null,
    networkNamespace:
      shows('networkNamespace') && draft.networkNamespace === 'number'
        ? namespaceNumberProblem(draft.networkNamespaceNumber)
        : null,
  };
  return Object.fromEntries(Object.entries(found).filter(([, problem]) => problem !== null));
};

const selectorsOf = (draft: Draft): CriterionDraft['selectors'] => {
  const shows = (field: MoreField): boolean => draft.shown.includes(field);
  const pattern = (field: PatternField): TextPattern | null => {
    const { syntax, text: typed } = draft.patterns[field];
    const trimmed = typed.trim();
    return trimmed === '' ? null : { syntax, text: trimmed };
  };
  const pids = shows('pids') ? listed(draft.pids).map((part) => Number(part.text)) : [];
  const number = Number(draft.networkNamespaceNumber);
  return {
    openPorts: draft.ports.trim() || null,
    executable: pattern('executable'),
    args: pattern('args'),
    languages: pattern('languages'),
    pids: pids.length === 0 || pidsProblem(draft.pids) !== null ? null : pids,
    containersOnly: shows('containersOnly'),
    containerName: pattern('containerName'),
    user: pattern('user'),
    unit: pattern('unit'),
    networkNamespace: !shows('networkNamespace')
      ? null
      : draft.networkNamespace !== 'number'
        ? draft.networkNamespace
        : Number.isInteger(number) && number > 0
          ? number
          : null,
    everything: shows('everything'),
  };
};

/** What the criterion is called when no name is typed. */
export const impliedName = (draft: Draft): string => {
  const first = [
    draft.ports,
    ...Object.values(draft.patterns).map((pattern) => pattern.text),
    draft.pids,
  ].find((value) => value.trim() !== '');
  const flag = draft.shown[0];
  return (first?.trim() ?? (flag === undefined ? '' : criteriaText.fields[flag].name)).slice(0, 80);
};

/** Whether nothing is asked, so that it could never be saved. */
export const isEmptyDraft = (draft: Draft, { kept }: Pick<CriterionDraft, 'kept'>): boolean =>
  Object.values(selectorsOf(draft)).every((value) => value === null || value === false) &&
  !Object.keys(kept).some(isKubernetesKey);

/** The criterion that a draft stands for; what the editor does not show is that of `base`. */
export const criterionOf = (draft: Draft, base: CriterionDraft): CriterionDraft => ({
  ...base,
  name: (draft.name.trim() || impliedName(draft)).slice(0, 1024),
  namespace: draft.shown.includes('namespace') ? draft.namespace.trim().slice(0, 1024) || null : null,
  exclude: draft.exclude,
  selectors: selectorsOf(draft),
});

/** A draft that may be saved, or null where the contract does not let it. */
export const savable = (draft: CriterionDraft): Criterion | null => Criterion.safeParse(draft).data ?? null;

export const withPattern = (draft: Draft, field: PatternField, change: Partial<TextPattern>): Draft => ({
  ...draft,
  patterns: { ...draft.patterns, [field]: { ...draft.patterns[field], ...change } },
});

export const withField = (draft: Draft, field: MoreField): Draft => ({
  ...draft,
  shown: [...draft.shown.filter((one) => one !== field), field],
});

/** Takes a further condition away, and what was typed for it. */
export const withoutField = (draft: Draft, field: MoreField): Draft => {
  const rest: Draft = { ...draft, shown: draft.shown.filter((one) => one !== field) };
  if (isPatternField(field)) return withPattern(rest, field, noPattern);
  if (field === 'pids') return { ...rest, pids: '' };
  if (field === 'namespace') return { ...rest, namespace: '' };
  if (field === 'networkNamespace') return { ...rest, networkNamespace: 'other', networkNamespaceNumber: '' };
  return rest;
};
