import type { ConfigurationProblem, TextPattern } from '../../contract/index.js';
import { parseDuration } from './duration.js';
import type { Given } from './place.js';
import { namedPlace, problemAt } from './place.js';
import type { Globals } from './globals.js';
import { noGlobals } from './globals.js';
import type { Fault } from './values.js';
import { parsePids, patternFault, portsFault } from './values.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Of the variables that say the same, the first that is set holds. */
export const variables = {
  openPorts: ['OTEL_EBPF_OPEN_PORT', 'BEYLA_OPEN_PORT'],
  executable: ['OTEL_EBPF_EXECUTABLE_PATH', 'OTEL_EBPF_EXECUTABLE_NAME', 'BEYLA_EXECUTABLE_NAME'],
  executableGlob: ['OTEL_EBPF_AUTO_TARGET_EXE', 'BEYLA_AUTO_TARGET_EXE', 'OTEL_GO_AUTO_TARGET_EXE'],
  languages: ['OTEL_EBPF_AUTO_TARGET_LANGUAGE', 'BEYLA_AUTO_TARGET_LANGUAGE'],
  pids: ['OTEL_EBPF_TARGET_PID', 'BEYLA_TARGET_PID'],
  systemWide: ['OTEL_EBPF_SYSTEM_WIDE', 'BEYLA_SYSTEM_WIDE'],
  pollInterval: ['OTEL_EBPF_DISCOVERY_POLL_INTERVAL', 'BEYLA_DISCOVERY_POLL_INTERVAL'],
} as const;

/** The words of Go's boolean variables. */
const booleans: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  True: true,
  TRUE: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  False: false,
  FALSE: false,
};

/** What the environment says. */
export interface EnvironmentReading {
  readonly globals: Globals;
  readonly problems: ConfigurationProblem[];
  readonly notes: ConfigurationProblem[];
}

/** `"70000" is not WANTED: … (at character 1). HINT`, for what has no line. */
export const saidWrong = (
  given: Given<string>,
  wanted: string,
  fault: Fault,
  hint: string,
): ConfigurationProblem => {
  const at = fault.position === null ? '' : ` (at character ${String(fault.position + 1)})`;
  return problemAt(
    given.place,
    `${JSON.stringify(given.value)} is not ${wanted}: ${fault.message}${at}.${hint}`,
  );
};

export const portsHint = ' Write for example 80,8000-8999.';

export const portsProblem = (given: Given<string>): ConfigurationProblem | null => {
  const fault = portsFault(given.value);
  return fault === null ? null : saidWrong(given, 'a list of ports', fault, portsHint);
};

export const patternProblem = (given: Given<TextPattern>): ConfigurationProblem | null => {
  const { text, syntax } = given.value;
  const fault =
    text === ''
      ? { message: 'it is empty; write for example node or ^/usr/bin/', position: null }
      : patternFault(given.value);
  const wanted = syntax === 'regex' ? 'a regular expression of RE2 syntax' : 'a glob';
  return fault === null ? null : saidWrong({ value: text, place: given.place }, wanted, fault, '');
};

/** What the variables of Beyla and OBI ask for. An empty variable is one that is not set. */
export const readEnvironment = (environment: Environment): EnvironmentReading => {
  const globals: Globals = { ...noGlobals };
  const problems: ConfigurationProblem[] = [];
  const notes: ConfigurationProblem[] = [];

  const first = (names: readonly string[]): Given<string> | null => {
    const set = names.filter((name) => (environment[name] ?? '') !== '');
    const [winner] = set;
    if (winner === undefined) return null;
    const value = environment[winner] ?? '';
    const loser = set.find((name) => environment[name] !== value);
    if (loser !== undefined) {
      notes.push(problemAt(namedPlace(winner), `goes before ${loser}, which says something else`));
    }
    return { value, place: namedPlace(winner) };
  };
  const good = <T>(given: Given<T>, problem: ConfigurationProblem | null): Given<T> | null => {
    if (problem === null) return given;
    problems.push(problem);
    return null;
  };
  const pattern = (names: readonly string[], syntax: TextPattern['syntax']): Given<TextPattern> | null => {
    const given = first(names);
    if (given === null) return null;
    const asked = { ...given, value: { syntax, text: given.value } };
    return good(asked, patternProblem(asked));
  };

  const ports = first(variables.openPorts);
  if (ports !== null) globals.openPorts = good(ports, portsProblem(ports));

  const regex = pattern(variables.executable, 'regex');
  const glob = pattern(variables.executableGlob, 'glob');
  if (regex !== null && glob !== null) {
    notes.push(problemAt(glob.place, `goes before ${regex.place.file}, which is its older form`));
  }
  globals.executable = glob ?? regex;
  globals.languages = pattern(variables.languages, 'glob');

  const pids = first(variables.pids);
  if (pids !== null) {
    const parsed = parsePids(pids.value);
    if (Array.isArray(parsed)) globals.pids = { value: parsed, place: pids.place };
    else problems.push(saidWrong(pids, 'a list of PIDs', parsed, ' Write for example 1234,5678.'));
  }

  const wide = first(variables.systemWide);
  if (wide !== null) {
    const value = Object.hasOwn(booleans, wide.value) ? booleans[wide.value] : undefined;
    if (value !== undefined) globals.systemWide = { value, place: wide.place };
    else problems.push(problemAt(wide.place, `expected true or false, found ${JSON.stringify(wide.value)}`));
  }

  const interval = first(variables.pollInterval);
  if (interval !== null) {
    const ms = parseDuration(interval.value);
    if (typeof ms === 'number') globals.pollIntervalMs = { value: ms, place: interval.place };
    else problems.push(saidWrong(interval, 'a duration', ms, ''));
  }
  return { globals, problems, notes };
};
