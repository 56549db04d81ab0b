import { z } from 'zod';
import { CriterionId } from './brands.js';
import { Json } from './json.js';
import { PortRangesText } from './port-ranges.js';

/**
 * What a text must look like. `regex`: RE2 syntax, searched for anywhere in the text (Beyla's
 * `services`); `glob`: the whole text, `*` crossing `/` (OBI's `instrument`).
 */
export const TextPattern = z.object({
  syntax: z.enum(['regex', 'glob']),
  text: z.string().min(1, 'a pattern needs a text').max(1024),
});
export type TextPattern = z.infer<typeof TextPattern>;

/**
 * What a criterion asks of a process; everything set must hold. `null` (and `false`) means "not
 * asked", never "must be empty".
 */
export const Selectors = z.object({
  openPorts: PortRangesText.nullable(),
  /** Absolute path of the executable. */
  executable: TextPattern.nullable(),
  /** argv joined by spaces, without the first. */
  args: TextPattern.nullable(),
  /** Name of the executable's language: see `Language`. */
  languages: TextPattern.nullable(),
  pids: z.array(z.int().positive()).min(1).max(1000).nullable(),
  /** The network namespace differs from ours. */
  containersOnly: z.boolean(),
  containerName: TextPattern.nullable(),
  /** Name or number of the real user. */
  user: TextPattern.nullable(),
  /** systemd unit, e.g. `nginx.service`. */
  unit: TextPattern.nullable(),
  /** Ours, any other, or the one with this inode number. */
  networkNamespace: z.union([z.enum(['own', 'other']), z.int().positive()]).nullable(),
  /** Every process (Beyla's `system_wide`). */
  everything: z.boolean(),
});
export type Selectors = z.infer<typeof Selectors>;

/** Asks nothing. A criterion needs more than this. */
export const noSelectors: Selectors = {
  openPorts: null,
  executable: null,
  args: null,
  languages: null,
  pids: null,
  containersOnly: false,
  containerName: null,
  user: null,
  unit: null,
  networkNamespace: null,
  everything: false,
};

/** Keys of a configuration that select by Kubernetes; a criterion with one never matches on this machine. */
export const isKubernetesKey = (key: string): boolean => key.startsWith('k8s_');

const anythingSet = (selectors: Selectors): boolean =>
  Object.values(selectors).some((value) => value !== null && value !== false);

/** A criterion as it is typed: its texts may be anything. */
export const CriterionDraft = z.object({
  id: CriterionId,
  name: z.string().max(1024),
  /** Namespace of the service in Beyla's and OBI's sense; a label, it selects nothing. */
  namespace: z.string().max(1024).nullable(),
  enabled: z.boolean(),
  /** An exclusion: what it selects is selected by no criterion, wherever it stands. */
  exclude: z.boolean(),
  selectors: z.object({
    ...Selectors.shape,
    openPorts: z.string().max(8192).nullable(),
  }),
  /** What its configuration said and Bindscope does not use, to be written out again. */
  kept: z.record(z.string(), Json),
});
export type CriterionDraft = z.infer<typeof CriterionDraft>;

/**
 * A named rule that selects processes, or keeps them from being selected. Order decides which of
 * the inclusions wins; an exclusion beats them all.
 */
export const Criterion = CriterionDraft.extend({
  name: z.string().trim().min(1, 'a criterion needs a name').max(80),
  namespace: z.string().max(200).nullable(),
  selectors: Selectors,
}).refine(({ selectors, kept }) => anythingSet(selectors) || Object.keys(kept).some(isKubernetesKey), {
  message: 'a criterion needs at least one condition, for example open ports or an executable',
});
export type Criterion = z.infer<typeof Criterion>;

export const Criteria = z
  .array(Criterion)
  .max(2000)
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, {
    message: 'two criteria have the same id',
  });
export type Criteria = z.infer<typeof Criteria>;

/** Selectors under the names that Beyla's and OBI's configurations give them, and ours where they have none. */
export const SelectorName = z.enum([
  'open_ports',
  'exe_path',
  'cmd_args',
  'languages',
  'target_pids',
  'containers_only',
  'container_name',
  'user',
  'systemd_unit',
  'network_namespace',
  'system_wide',
  'kubernetes',
]);
export type SelectorName = z.infer<typeof SelectorName>;

/**
 * One condition of a criterion against one process: what was wanted, what was seen. `parts` are what
 * was looked at one by one (each open port, each PID), where that says more.
 */
export const Condition = z.object({
  selector: SelectorName,
  wanted: z.string(),
  seen: z.string(),
  held: z.boolean(),
  /** Whether it holds is not known: what it asks for was not looked at yet, or cannot be read. It selects nothing then. */
  undecided: z.literal(true).optional(),
  parts: z.array(
    z.object({
      seen: z.string(),
      held: z.boolean(),
      /** Why it does not count, or counts only now; null when it speaks for itself. */
      note: z.string().nullable(),
    }),
  ),
});
export type Condition = z.infer<typeof Condition>;

/** A criterion evaluated against one process, in words. */
export const Evaluation = z.object({
  criterionId: CriterionId,
  criterionName: z.string(),
  exclude: z.boolean(),
  conditions: z.array(Condition),
  held: z.boolean(),
});
export type Evaluation = z.infer<typeof Evaluation>;

/** What all criteria together make of one process. */
export const Verdict = z.object({
  /** Every enabled criterion, in order. */
  evaluations: z.array(Evaluation),
  /** The inclusion that selects the process now; null: none. */
  selectedBy: CriterionId.nullable(),
  /** The exclusion that keeps it from being selected; null: none. */
  excludedBy: CriterionId.nullable(),
  /** In a sentence. */
  summary: z.string(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A field of a criterion that cannot be put into force, and where in its text. */
export const CriterionProblem = z.object({
  criterionId: CriterionId,
  field: z.enum(['name', 'namespace', 'selectors', ...Object.keys(noSelectors)] as [
    'name',
    'namespace',
    'selectors',
    ...(keyof Selectors)[],
  ]),
  message: z.string(),
  position: z.int().nonnegative().nullable(),
});
export type CriterionProblem = z.infer<typeof CriterionProblem>;
