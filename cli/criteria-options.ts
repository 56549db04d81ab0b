import type { ConfigurationProblem, Criterion } from '../contract/index.js';
import { configurationProblemText } from '../contract/index.js';
import { configure } from '../discovery/config/configure.js';
import type { Given } from '../discovery/config/place.js';
import { namedPlace } from '../discovery/config/place.js';
import { CommandFailure, USAGE } from './failure.js';
import { printable } from './terminal-text.js';

export interface CriteriaOptions {
  readonly openPort?: string;
  readonly exe?: string;
  /** Path of a YAML file. */
  readonly config?: string;
  readonly asBeylaCountsPorts?: boolean;
}

/** What options, environment and file ask for together. */
export interface Configured {
  readonly criteria: Criterion[];
  /** Null: not said. */
  readonly pollIntervalMs: number | null;
  /** What was understood but selects nothing, and what was kept without being used; a line each. */
  readonly notes: string[];
}

const optionOf = (name: string, value: string | undefined): Given<string> | null =>
  value === undefined ? null : { value, place: namedPlace(name) };

/** One line, whatever the texts in it hold. */
const lineOf = (problem: ConfigurationProblem): string => printable(configurationProblemText(problem));

/**
 * The criteria that a command is given: the file's, and one made of what is said globally, by options
 * before the environment before the file. Nothing said: no criteria. `readFile` reads the file of
 * `--config`, and fails with a {@link CommandFailure}. Throws a usage failure that names every file,
 * variable or option with something wrong, and the place in it, a line each.
 */
export const criteriaFrom = (
  options: CriteriaOptions,
  environment: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Configured => {
  const { config } = options;
  const { configuration, problems } = configure({
    file: config === undefined ? null : { name: config, text: readFile(config) },
    environment,
    openPort: optionOf('--open-port', options.openPort),
    executable: optionOf('--exe', options.exe),
  });
  if (configuration === null) {
    throw new CommandFailure(USAGE, problems.map(lineOf).join('\n'));
  }
  const { criteria, pollIntervalMs, notes } = configuration;
  return { criteria, pollIntervalMs, notes: notes.map(lineOf) };
};
