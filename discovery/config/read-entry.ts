import type { Node } from 'yaml';
import { isMap, isScalar } from 'yaml';
import type { Criterion, CriterionId, Selectors } from '../../contract/index.js';
import { isKubernetesKey, noSelectors } from '../../contract/index.js';
import { jsonOf } from './kept.js';
import type { ListName } from './keys.js';
import { entryKeys, keptEntryKeys, kubernetesKeys, lists, ownEntryKeys, suggestion } from './keys.js';
import { cut, LONGEST_NAMESPACE, nameOf } from './names.js';
import type { Place } from './place.js';
import type { Entry } from './yaml-source.js';
import type { Values } from './yaml-values.js';
import { isNothing, kindOf } from './yaml-values.js';

/** One entry of a list of `discovery` as a criterion; null where something is wrong with it. */
export const readEntry = (values: Values, node: Node, list: ListName, index: number): Criterion | null => {
  const { source } = values;
  const { syntax, exclude } = lists[list];
  const path = `discovery.${list}[${String(index)}]`;
  if (!isMap(node)) {
    const found = isNothing(node) ? 'nothing' : kindOf(node);
    return values.problem(
      source.placeOf(node),
      `${path}: expected keys such as open_ports or exe_path, found ${found}`,
    );
  }
  const before = values.problems.length;
  const selectors: Selectors = { ...noSelectors };
  const kept: Criterion['kept'] = {};
  const label = { name: null as string | null, namespace: null as string | null };
  let enabled = true;
  const entries = source.entries(node);
  const has = (wanted: string): boolean =>
    entries.some(({ key, value }) => key === wanted && !isNothing(value) && !isEmptyText(value));

  const read = ({ key, keyNode, value }: Entry): void => {
    const at = `${path}.${key}`;
    const keyPlace = source.placeOf(keyNode);
    if (keptEntryKeys.includes(key)) {
      kept[key] = jsonOf(source, value);
      values.note(keyPlace, `${at}: kept; it selects nothing`);
      return;
    }
    if (isKubernetesKey(key)) {
      kept[key] = jsonOf(source, value);
      const known = kubernetesKeys.includes(key) ? '' : suggestion(key, kubernetesKeys);
      values.note(keyPlace, `${at}: kept; never matches on this machine${known}`);
      return;
    }
    if (isNothing(value)) {
      if (!knownEntryKeys.includes(key)) unknown(key, keyPlace);
      return;
    }
    switch (key) {
      case 'name':
        label.name = values.name(value, at);
        return;
      case 'namespace':
        label.namespace = values.label(value, at, LONGEST_NAMESPACE);
        return;
      case 'open_ports':
        selectors.openPorts = values.ports(value, at)?.value ?? null;
        return;
      case 'exe_path':
        selectors.executable = values.pattern(value, at, syntax)?.value ?? null;
        return;
      case 'exe_path_regexp':
        if (syntax === 'glob') {
          unknown(key, keyPlace);
        } else if (has('exe_path')) {
          kept[key] = jsonOf(source, value);
          values.note(keyPlace, `${at}: kept; exe_path is given too and goes before it`);
        } else {
          selectors.executable = values.pattern(value, at, 'regex')?.value ?? null;
          values.note(keyPlace, `${at}: read as exe_path, its name since Beyla 1.1`);
        }
        return;
      case 'cmd_args':
        selectors.args = values.pattern(value, at, syntax)?.value ?? null;
        return;
      case 'languages':
        selectors.languages = values.languages(value, at, syntax)?.value ?? null;
        return;
      case 'target_pids':
        selectors.pids = values.pids(value, at, false)?.value ?? null;
        return;
      case 'containers_only':
        selectors.containersOnly = values.boolean(value, at)?.value ?? false;
        return;
      case 'container_name':
        selectors.containerName = values.pattern(value, at, syntax)?.value ?? null;
        return;
      case 'user':
        selectors.user = values.pattern(value, at, syntax)?.value ?? null;
        return;
      case 'systemd_unit':
        selectors.unit = values.pattern(value, at, syntax)?.value ?? null;
        return;
      case 'network_namespace':
        selectors.networkNamespace = values.networkNamespace(value, at);
        return;
      case 'system_wide':
        selectors.everything = values.boolean(value, at)?.value ?? false;
        return;
      case 'enabled':
        enabled = values.boolean(value, at)?.value ?? true;
        return;
      default:
        unknown(key, keyPlace);
    }
  };
  const unknown = (key: string, place: Place): void => {
    const known = syntax === 'glob' ? globEntryKeys : knownEntryKeys;
    values.problem(place, `${path}: unknown key ${cut(key, 80)}${suggestion(key, known)}`);
  };
  for (const entry of entries) read(entry);
  if (values.problems.length > before) return null;
  const asks =
    Object.values(selectors).some((value) => value !== null && value !== false) ||
    Object.keys(kept).some(isKubernetesKey);
  if (!asks) {
    return values.problem(
      source.placeOf(node),
      `${path}: selects nothing; give at least one condition, for example open_ports or exe_path`,
    );
  }
  return {
    id: `${list}-${String(index)}` as CriterionId,
    name: label.name ?? nameOf(selectors, `${list}[${String(index)}]`),
    namespace: label.namespace,
    enabled,
    exclude,
    selectors,
    kept,
  };
};

const knownEntryKeys: readonly string[] = [...entryKeys, ...ownEntryKeys, ...keptEntryKeys];
/** OBI's form never had the old name. */
const globEntryKeys = knownEntryKeys.filter((key) => key !== 'exe_path_regexp');

export const isEmptyText = (node: Node | null): boolean => isScalar(node) && node.value === '';
