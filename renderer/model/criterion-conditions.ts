import type { CriterionDraft, SelectorName, Selectors, TextPattern } from '../../contract/index.js';
import { isKubernetesKey } from '../../contract/index.js';

/** One thing that a criterion asks, as it was written. */
export interface WrittenCondition {
  readonly selector: SelectorName;
  /** Null for one that is only asked or not asked. */
  readonly text: string | null;
  /** Null where the text is no pattern. */
  readonly syntax: TextPattern['syntax'] | null;
}

/** The selector of each field of a criterion, in the order in which they are read. */
export const selectorOfField: Readonly<Record<keyof Selectors, SelectorName>> = {
  openPorts: 'open_ports',
  executable: 'exe_path',
  args: 'cmd_args',
  languages: 'languages',
  user: 'user',
  unit: 'systemd_unit',
  containerName: 'container_name',
  containersOnly: 'containers_only',
  networkNamespace: 'network_namespace',
  pids: 'target_pids',
  everything: 'system_wide',
};

const fields = Object.keys(selectorOfField) as (keyof Selectors)[];

const written = (value: Selectors[keyof Selectors]): Omit<WrittenCondition, 'selector'> | null => {
  if (value === null || value === false) return null;
  if (value === true) return { text: null, syntax: null };
  if (Array.isArray(value)) return { text: value.join(', '), syntax: null };
  if (typeof value === 'object') return value;
  return { text: String(value), syntax: null };
};

/** What a criterion asks, condition by condition; those that are not asked are left out. */
export const conditionsOf = ({ selectors }: Pick<CriterionDraft, 'selectors'>): WrittenCondition[] =>
  fields.flatMap((field) => {
    const condition = written(selectors[field]);
    return condition === null ? [] : [{ selector: selectorOfField[field], ...condition }];
  });

/** Keys that were imported and are only carried along; `kubernetes`: they keep the criterion from ever matching. */
export const keptKeysOf = ({
  kept,
}: Pick<CriterionDraft, 'kept'>): { readonly key: string; readonly kubernetes: boolean }[] =>
  Object.keys(kept).map((key) => ({ key, kubernetes: isKubernetesKey(key) }));
