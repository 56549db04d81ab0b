import type { Criterion, CriterionId } from '../contract/index.js';
import { noSelectors, parsePortRanges } from '../contract/index.js';
import { Pattern } from '../discovery/matcher/pattern.js';
import { CommandFailure, USAGE } from './failure.js';

export interface CriteriaOptions {
  readonly openPort?: string;
  readonly exe?: string;
  readonly asBeylaCountsPorts?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A text and where it was given, for the error that names it. */
interface Given {
  readonly text: string;
  readonly where: string;
}

/** The option, else the newer variable, else the older one. An empty variable is one that is not set. */
const given = (
  option: string | undefined,
  flag: string,
  variables: readonly string[],
  environment: Environment,
): Given | null => {
  if (option !== undefined) return { text: option, where: flag };
  for (const name of variables) {
    const text = environment[name];
    if (text !== undefined && text !== '') return { text, where: name };
  }
  return null;
};

/**
 * The criterion that options and environment ask for: both selectors set, both must hold. None set:
 * no criterion. Throws a usage failure that names the option or variable and the character.
 */
export const criteriaFrom = (options: CriteriaOptions, environment: Environment): Criterion[] => {
  const ports = given(
    options.openPort,
    '--open-port',
    ['OTEL_EBPF_OPEN_PORT', 'BEYLA_OPEN_PORT'],
    environment,
  );
  const executable = given(
    options.exe,
    '--exe',
    ['OTEL_EBPF_EXECUTABLE_NAME', 'BEYLA_EXECUTABLE_NAME'],
    environment,
  );
  if (ports !== null) {
    const parsed = parsePortRanges(ports.text);
    if (!parsed.ok) {
      const { message, position } = parsed.error;
      throw new CommandFailure(
        USAGE,
        `${ports.where}: ${JSON.stringify(ports.text)} is not a list of ports: ${message} (at character ${String(position + 1)}). Write for example 80,8000-8999.`,
      );
    }
  }
  if (executable !== null) {
    const problem = executable.text === '' ? emptyPattern : Pattern.compile(executable.text);
    if (!(problem instanceof Pattern)) {
      const at = problem.position === null ? '' : ` (at character ${String(problem.position + 1)})`;
      throw new CommandFailure(
        USAGE,
        `${executable.where}: ${JSON.stringify(executable.text)} is not a regular expression of RE2 syntax: ${problem.message}${at}.`,
      );
    }
  }
  if (ports === null && executable === null) return [];
  const fromOption = ports?.where === '--open-port' || executable?.where === '--exe';
  return [
    {
      id: 'command-line' as CriterionId,
      name: fromOption ? 'command line' : 'environment',
      namespace: null,
      enabled: true,
      exclude: false,
      selectors: {
        ...noSelectors,
        openPorts: ports?.text ?? null,
        executable: executable === null ? null : { syntax: 'regex', text: executable.text },
      },
      kept: {},
    },
  ];
};

const emptyPattern = { message: 'it is empty; write for example node or ^/usr/bin/', position: null };
