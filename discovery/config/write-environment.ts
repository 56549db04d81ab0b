import type { Criterion } from '../../contract/index.js';
import { noSelectors } from '../../contract/index.js';
import { formatDuration } from './duration.js';
import { translated } from './translate-pattern.js';

/** A configuration as text, and what the form cannot say, or says otherwise. */
export interface Written {
  readonly text: string;
  readonly notes: string[];
}

/** Selectors that no variable says, and what a configuration calls them. */
const otherSelectors = {
  args: 'cmd_args',
  containersOnly: 'containers_only',
  containerName: 'container_name',
  user: 'user',
  unit: 'systemd_unit',
  networkNamespace: 'network_namespace',
} as const;

const quoted = (text: string): string =>
  /^[\w@%+=:,./^-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Lines of `BEYLA_OPEN_PORT=…` for a shell. Variables say one criterion, and say it of ports,
 * executable, languages and PIDs only: for anything else the text is empty and the notes say why.
 */
export const writeEnvironment = (
  criteria: readonly Criterion[],
  kept: string | null,
  pollIntervalMs: number | null,
): Written => {
  const enabled = criteria.filter((criterion) => criterion.enabled);
  const inclusions = enabled.filter(({ exclude }) => !exclude);
  const notes: string[] = [];
  const [only] = inclusions;
  if (only === undefined)
    return { text: '', notes: ['No criterion is in force; there is nothing to write.'] };
  if (inclusions.length > 1) {
    return {
      text: '',
      notes: [
        `Variables say one criterion, and ${String(inclusions.length)} are in force; turn the others off, or copy as YAML.`,
      ],
    };
  }
  const said = linesOf(only);
  if (typeof said === 'string')
    return { text: '', notes: [`"${only.name}": ${said}; copy as YAML instead.`] };
  const lines = [...said];
  if (pollIntervalMs !== null) {
    lines.push(`BEYLA_DISCOVERY_POLL_INTERVAL=${formatDuration(pollIntervalMs)}`);
  }
  if (enabled.length > inclusions.length)
    notes.push('Exclusions cannot be said by variables and are left out.');
  if (kept !== null)
    notes.push('Sections that are not about discovery cannot be said here and are left out.');
  return { text: lines.map((line) => `${line}\n`).join(''), notes };
};

/** The lines for one criterion, or why there are none. */
const linesOf = ({ selectors, kept }: Criterion): string[] | string => {
  const missing = Object.entries(otherSelectors)
    .filter(([selector]) => {
      const key = selector as keyof typeof otherSelectors;
      return selectors[key] !== noSelectors[key];
    })
    .map(([, name]) => name);
  const keptKeys = Object.keys(kept);
  if (missing.length + keptKeys.length > 0) {
    return `variables cannot say ${[...missing, ...keptKeys].join(', ')}`;
  }
  const { openPorts, executable, pids, everything } = selectors;
  const lines: string[] = [];
  if (openPorts !== null) lines.push(`BEYLA_OPEN_PORT=${quoted(openPorts)}`);
  if (executable !== null) {
    const name = executable.syntax === 'regex' ? 'BEYLA_EXECUTABLE_NAME' : 'BEYLA_AUTO_TARGET_EXE';
    lines.push(`${name}=${quoted(executable.text)}`);
  }
  if (selectors.languages !== null) {
    const glob = translated(selectors.languages, 'glob');
    if (glob === null)
      return `the regular expression ${selectors.languages.text} for languages cannot be said as a glob`;
    lines.push(`BEYLA_AUTO_TARGET_LANGUAGE=${quoted(glob.text)}`);
  }
  if (pids !== null) lines.push(`BEYLA_TARGET_PID=${pids.join(',')}`);
  if (everything) {
    if (lines.length > 0) return 'system_wide goes with no other variable';
    lines.push('BEYLA_SYSTEM_WIDE=true');
  }
  return lines;
};
