import type { Node } from 'yaml';
import { isMap, isSeq } from 'yaml';
import type { ConfigurationProblem, Criterion } from '../../contract/index.js';
import type { Globals } from './globals.js';
import { noGlobals } from './globals.js';
import { KeptSettings } from './kept.js';
import {
  globalKeys,
  isListName,
  isOtherSection,
  keptDiscoveryKeys,
  lists,
  nearest,
  suggestion,
} from './keys.js';
import { cut, LONGEST_NAMESPACE } from './names.js';
import type { Given } from './place.js';
import { isEmptyText, readEntry } from './read-entry.js';
import type { Entry, YamlSource } from './yaml-source.js';
import { isNothing, kindOf, Values } from './yaml-values.js';

/** What a file says. */
export interface Reading {
  readonly globals: Globals;
  /** Of the criterion that the globals make; null: not said. */
  readonly name: string | null;
  readonly namespace: string | null;
  readonly criteria: readonly Criterion[];
  /** Where the first of the inclusions stands, and in which list. */
  readonly firstInclusion: Given<string> | null;
  readonly kept: string | null;
  readonly problems: ConfigurationProblem[];
  readonly notes: ConfigurationProblem[];
}

/** The entries of a list; an empty text is an empty list, as Beyla's documentation has it. */
const itemsOf = (values: Values, { key, keyNode, value }: Entry): Node[] => {
  if (isNothing(value) || isEmptyText(value)) return [];
  if (isSeq(value)) return value.items as Node[];
  values.problem(
    values.source.placeOf(isMap(value) ? keyNode : value),
    `discovery.${key}: expected a list of entries, each beginning with "-", found ${kindOf(value)}`,
  );
  return [];
};

const readDiscovery = (
  values: Values,
  discovery: Node,
  globals: Globals,
  kept: KeptSettings,
): { criteria: Criterion[]; firstInclusion: Given<string> | null } => {
  const { source } = values;
  if (!isMap(discovery)) {
    values.problem(
      source.placeOf(discovery),
      `discovery: expected keys such as services or instrument, found ${kindOf(discovery)}`,
    );
    return { criteria: [], firstInclusion: null };
  }
  const entries = source.entries(discovery);
  const given = new Map<string, Node[]>();
  for (const entry of entries) if (isListName(entry.key)) given.set(entry.key, itemsOf(values, entry));
  const globs = (given.get('instrument')?.length ?? 0) > 0;
  const criteria: Criterion[] = [];
  const places: Given<string>[] = [];

  for (const { key, keyNode, value } of entries) {
    const place = source.placeOf(keyNode);
    if (isListName(key)) {
      const items = given.get(key) ?? [];
      const { syntax, exclude } = lists[key];
      if (globs && syntax === 'regex') {
        if (items.length > 0) {
          kept.add('discovery', source, keyNode, value);
          values.note(place, `discovery.${key}: kept, but ignored: discovery.instrument is set`);
        }
        continue;
      }
      if (key.startsWith('default_')) kept.addEmptyList(source, keyNode);
      if (!exclude && items.length > 0) places.push({ value: `discovery.${key}`, place });
      items.forEach((item, index) => {
        const criterion = readEntry(values, source.resolve(item), key, index);
        if (criterion !== null) criteria.push(criterion);
      });
      if (
        key === 'exclude_instrument' &&
        items.length > 0 &&
        (given.get('services')?.length ?? 0) > 0 &&
        !globs
      ) {
        values.note(place, `discovery.${key}: holds here; OBI then ignores discovery.services`);
      }
    } else if (key === 'poll_interval') {
      if (!isNothing(value)) globals.pollIntervalMs = values.duration(value, 'discovery.poll_interval');
    } else if (key === 'system_wide') {
      if (!isNothing(value)) globals.systemWide = values.boolean(value, 'discovery.system_wide');
    } else {
      const differs = Object.hasOwn(keptDiscoveryKeys, key) ? keptDiscoveryKeys[key] : undefined;
      if (differs === undefined) {
        values.problem(place, `discovery: unknown key ${cut(key, 80)}${suggestion(key, knownDiscoveryKeys)}`);
        continue;
      }
      kept.add('discovery', source, keyNode, value);
      values.note(place, `discovery.${key}: kept, not used${differs === '' ? '' : `: ${differs}`}`);
    }
  }
  return { criteria, firstInclusion: places[0] ?? null };
};

const knownDiscoveryKeys = [
  ...Object.keys(lists),
  'poll_interval',
  'system_wide',
  ...Object.keys(keptDiscoveryKeys),
];

/** What the file of a configuration says. `source.root` null: nothing. */
export const readDocument = (source: YamlSource): Reading => {
  const values = new Values(source);
  const kept = new KeptSettings();
  const globals: Globals = { ...noGlobals };
  let name: string | null = null;
  let namespace: string | null = null;
  let discovered: ReturnType<typeof readDiscovery> = { criteria: [], firstInclusion: null };
  const { root } = source;
  const entries = isMap(root) ? source.entries(root) : [];
  if (!isMap(root) && !isNothing(root)) {
    values.problem(
      source.placeOf(root),
      `expected settings such as "discovery:" or "open_port: 8080", found ${kindOf(root)}`,
    );
  }
  const labels: Entry[] = [];
  for (const entry of entries) {
    const { key, keyNode, value } = entry;
    const place = source.placeOf(keyNode);
    if (!(globalKeys as readonly string[]).includes(key)) {
      kept.add('top', source, keyNode, value);
      const near = nearest(key, globalKeys);
      const known = isOtherSection(key)
        ? 'kept; it is not about discovery'
        : `kept; not a setting that is known here${near === null ? '' : `; did you mean ${near}?`}`;
      values.note(place, `${cut(key, 80)}: ${known}`);
      continue;
    }
    if (isNothing(value)) continue;
    switch (key) {
      case 'discovery':
        discovered = readDiscovery(values, value, globals, kept);
        break;
      case 'open_port':
        globals.openPorts = values.ports(value, key);
        break;
      case 'executable_name':
      case 'executable_path':
        if (globals.executable !== null) values.note(place, `${key}: goes before the one above`);
        globals.executable = values.pattern(value, key, 'regex') ?? globals.executable;
        break;
      case 'target_pids':
        globals.pids = values.pids(value, key, true);
        break;
      case 'system_wide':
        globals.systemWide = values.boolean(value, key);
        break;
      default:
        labels.push(entry);
    }
  }
  const makesCriterion = Object.entries(globals).some(
    ([key, given]) => key !== 'pollIntervalMs' && given !== null,
  );
  for (const { key, keyNode, value } of labels) {
    if (value === null) continue;
    if (!makesCriterion) {
      kept.add('top', source, keyNode, value);
      values.note(
        source.placeOf(keyNode),
        `${key}: kept; it would name what open_port or executable_name select`,
      );
    } else if (key === 'service_name') {
      name = values.name(value, key);
    } else {
      namespace = values.label(value, key, LONGEST_NAMESPACE);
    }
  }
  const { problems, notes } = values;
  return { globals, name, namespace, ...discovered, kept: kept.text(), problems, notes };
};
