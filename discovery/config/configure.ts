import type {
  Configuration,
  ConfigurationProblem,
  Criterion,
  CriterionId,
  Selectors,
} from '../../contract/index.js';
import { noSelectors } from '../../contract/index.js';
import type { Environment } from './environment.js';
import { patternProblem, portsProblem, readEnvironment, variables } from './environment.js';
import { nameOf } from './names.js';
import type { Given, Place } from './place.js';
import { inOrder, problemAt } from './place.js';
import type { Globals } from './globals.js';
import { noGlobals } from './globals.js';
import type { Reading } from './read.js';
import { readDocument } from './read.js';
import { readVariables, setsVariables } from './variable-lines.js';
import { YamlSource } from './yaml-source.js';

/** Where criteria come from, the weakest first. */
export interface Sources {
  /** YAML in Beyla's or OBI's form. */
  readonly file: { readonly name: string; readonly text: string } | null;
  readonly environment: Environment;
  /** Options of a command line: stronger than what the environment says of the same. */
  readonly openPort: Given<string> | null;
  readonly executable: Given<string> | null;
}

/** What the sources mean together; null where something is wrong, and `problems` say what. */
export interface Configured {
  readonly configuration: Configuration | null;
  readonly problems: ConfigurationProblem[];
}

const MOST_CRITERIA = 2000;
/** Longest text of kept sections: what settings can hold. */
const MOST_KEPT = 1_000_000;

/** A file in Beyla's or OBI's form, or lines that set their variables, by itself. Never throws. */
export const readConfiguration = (text: string, file: string): Configured =>
  setsVariables(text)
    ? configureVariables(text, file)
    : configure({ file: { name: file, text }, environment: {}, openPort: null, executable: null });

/** Lines of `BEYLA_OPEN_PORT=…`, as one copies them from a shell, a unit or a compose file. */
const configureVariables = (text: string, file: string): Configured => {
  const { environment, places, open } = readVariables(text);
  if (open !== null) {
    return { configuration: null, problems: [problemAt({ file, ...open }, 'this quote is never closed')] };
  }
  /** Where a variable is set, in place of its name. */
  const located = (problem: ConfigurationProblem): ConfigurationProblem => {
    const place = places.get(problem.file);
    return place === undefined
      ? problem
      : problemAt({ file, ...place }, `${problem.file}: ${problem.message}`);
  };
  const { configuration, problems } = configure({
    file: null,
    environment,
    openPort: null,
    executable: null,
  });
  if (configuration === null) return { configuration, problems: inOrder(problems.map(located)) };
  if (configuration.criteria.length === 0) {
    const first = `set ${variables.openPorts.join(' or ')}, or ${variables.executable.join(', ')}`;
    const message = `none of these variables selects a process; ${first}`;
    return { configuration: null, problems: [problemAt({ file, line: 1, column: 1 }, message)] };
  }
  const used = new Set<string>(Object.values(variables).flat());
  const unused = [...places]
    .filter(([name]) => !used.has(name))
    .map(([name, place]) => problemAt({ file, ...place }, `${name} is not about discovery; it is left out`));
  return {
    configuration: { ...configuration, notes: inOrder([...configuration.notes.map(located), ...unused]) },
    problems: [],
  };
};

/**
 * Everything that selects: defaults < YAML < environment < options. The entries of lists in order,
 * then one criterion made of what is said globally, then the exclusions. A file from which nothing
 * comes, with the environment and the options, is an error; no file and nothing else is none.
 */
export const configure = (sources: Sources): Configured => {
  const source = sources.file === null ? null : YamlSource.parse(sources.file.text, sources.file.name);
  if (Array.isArray(source)) return { configuration: null, problems: source };
  const reading = source === null ? nothingRead : readDocument(source);
  const stronger = readStronger(sources);
  const problems = [...stronger.problems, ...reading.problems];
  const notes = [...stronger.notes, ...reading.notes];

  const globals = over(stronger.globals, reading.globals);
  const everything = globals.systemWide?.value === true;
  if (everything && globals.systemWide !== null) {
    problems.push(...conflicts(globals.systemWide.place, globals, reading));
  }
  const one = globalCriterion(globals, reading, sources);
  const inclusions = reading.criteria.filter(({ exclude }) => !exclude);
  const exclusions = reading.criteria.filter(({ exclude }) => exclude);
  const criteria = [...inclusions, ...(one === null ? [] : [one]), ...exclusions];

  if (sources.file !== null && problems.length === 0) {
    const top = { file: sources.file.name, line: 1, column: 1 };
    if (criteria.length === 0) problems.push(problemAt(top, nothingSelects(sources.file.text, notes)));
    else if (criteria.length === exclusions.length) {
      notes.push(problemAt(top, 'only exclusions: by itself this selects no process'));
    }
    if (criteria.length > MOST_CRITERIA) {
      problems.push(problemAt(top, `over ${String(MOST_CRITERIA)} entries; join some of them`));
    }
    if ((reading.kept?.length ?? 0) > MOST_KEPT) {
      problems.push(problemAt(top, 'over 1 MB of sections that are not about discovery; leave them out'));
    }
  }
  if (problems.length > 0) return { configuration: null, problems: inOrder(problems) };
  const interval = globals.pollIntervalMs?.value ?? 0;
  return {
    configuration: {
      criteria,
      pollIntervalMs: interval === 0 ? null : interval,
      kept: reading.kept,
      notes: inOrder(notes),
    },
    problems: [],
  };
};

const nothingRead: Reading = {
  globals: noGlobals,
  name: null,
  namespace: null,
  criteria: [],
  firstInclusion: null,
  kept: null,
  problems: [],
  notes: [],
};

/** The environment, and over it the options, each of which hides what a variable says of the same. */
const readStronger = ({ environment, openPort, executable }: Sources): ReturnType<typeof readEnvironment> => {
  const hidden: string[] = [
    ...(openPort === null ? [] : variables.openPorts),
    ...(executable === null ? [] : [...variables.executable, ...variables.executableGlob]),
  ];
  const visible = Object.fromEntries(Object.entries(environment).filter(([name]) => !hidden.includes(name)));
  const { globals, problems, notes } = readEnvironment(visible);
  const pattern =
    executable === null
      ? null
      : { ...executable, value: { syntax: 'regex', text: executable.value } as const };
  return {
    globals: {
      ...globals,
      openPorts: openPort ?? globals.openPorts,
      executable: pattern ?? globals.executable,
    },
    problems: [
      ...(openPort === null ? [] : [portsProblem(openPort)]),
      ...(pattern === null ? [] : [patternProblem(pattern)]),
      ...problems,
    ].filter((problem) => problem !== null),
    notes,
  };
};

const over = (strong: Globals, weak: Globals): Globals => ({
  openPorts: strong.openPorts ?? weak.openPorts,
  executable: strong.executable ?? weak.executable,
  languages: strong.languages ?? weak.languages,
  pids: strong.pids ?? weak.pids,
  systemWide: strong.systemWide ?? weak.systemWide,
  pollIntervalMs: strong.pollIntervalMs ?? weak.pollIntervalMs,
});

const conflicts = (place: Place, globals: Globals, reading: Reading): ConfigurationProblem[] => {
  const placeText = ({ file, line }: Place): string => (line === null ? file : `${file}:${String(line)}`);
  const { firstInclusion } = reading;
  const others = [
    firstInclusion === null ? null : `${firstInclusion.value} (${placeText(firstInclusion.place)})`,
    globals.openPorts === null ? null : `open_port (${placeText(globals.openPorts.place)})`,
    globals.executable === null ? null : `executable_name (${placeText(globals.executable.place)})`,
    globals.languages === null ? null : `languages (${placeText(globals.languages.place)})`,
    globals.pids === null ? null : `target_pids (${placeText(globals.pids.place)})`,
  ].filter((other) => other !== null);
  if (others.length === 0) return [];
  return [
    problemAt(
      place,
      `system_wide selects everything and goes with none of the others; take away ${others.join(', ')}, or this`,
    ),
  ];
};

/** The one criterion that all global settings make together; null: there are none. */
const globalCriterion = (globals: Globals, reading: Reading, sources: Sources): Criterion | null => {
  const selectors: Selectors = {
    ...noSelectors,
    openPorts: globals.openPorts?.value ?? null,
    executable: globals.executable?.value ?? null,
    languages: globals.languages?.value ?? null,
    pids: globals.pids?.value ?? null,
    everything: globals.systemWide?.value === true,
  };
  if (!Object.values(selectors).some((value) => value !== null && value !== false)) return null;
  const { openPorts, executable, languages, pids, systemWide } = globals;
  const places = [openPorts, executable, languages, pids, systemWide].flatMap((given) =>
    given === null ? [] : [given.place],
  );
  const fromOption = places.some(
    (place) => place === sources.openPort?.place || place === sources.executable?.place,
  );
  const fromFile = places.some(({ line }) => line !== null);
  return {
    id: 'global' as CriterionId,
    name:
      reading.name ?? (fromOption ? 'command line' : fromFile ? nameOf(selectors, 'global') : 'environment'),
    namespace: reading.namespace,
    enabled: true,
    exclude: false,
    selectors,
    kept: {},
  };
};

const nothingSelects = (text: string, notes: readonly ConfigurationProblem[]): string => {
  const empty = text.trim() === '' ? 'the file is empty: ' : '';
  const meant = notes.find(({ message }) => message.includes('did you mean'));
  const hint = meant === undefined ? '' : `; line ${String(meant.line)}: ${meant.message}`;
  return `${empty}nothing selects a process; give discovery.services or discovery.instrument, open_port, executable_name or system_wide, or set BEYLA_OPEN_PORT, BEYLA_EXECUTABLE_NAME, BEYLA_SYSTEM_WIDE or their OTEL_EBPF_ counterparts${hint}`;
};
