import {
  formatPortRanges,
  noSelectors,
  type CriterionDraft,
  type PortRange,
  type ProcessInfo,
  type Selectors,
  type SocketRow,
  type TextPattern,
} from '../../contract/index.js';
import { newCriterionId } from '../store/criteria.js';
import { scriptOfProcess, withoutVersion, type Script } from './script-of-process.js';

const LONGEST_PATTERN = 1024;
const LONGEST_NAME = 80;
/** Linux's default range of ports that the kernel hands out: another one the next time. */
const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const regex = (text: string): TextPattern | null =>
  text.length > LONGEST_PATTERN ? null : { syntax: 'regex', text };

const exactly = (text: string): TextPattern | null => regex(`^${escaped(text)}$`);

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Neighbours as one range. `ports` ascending and each once. */
const rangesOf = (ports: readonly number[]): PortRange[] => {
  const ranges: PortRange[] = [];
  for (const port of ports) {
    const last = ranges.at(-1);
    if (last?.last === port - 1) ranges[ranges.length - 1] = { first: last.first, last: port };
    else ranges.push({ first: port, last: port });
  }
  return ranges;
};

const portsText = (ports: readonly number[]): string | null =>
  ports.length === 0 ? null : formatPortRanges(rangesOf(ports)).replaceAll(',', ', ');

/** Ports of listening TCP and bound UDP sockets that the process holds, ascending. */
const openPortsOf = (process: ProcessInfo, rows: readonly SocketRow[]): number[] =>
  [
    ...new Set(
      rows
        .filter(
          ({ socket, holders }) =>
            holders.includes(process.key) &&
            (socket.state === 'listening' || (socket.transport === 'udp' && socket.state === 'bound')),
        )
        .map(({ socket }) => socket.port as number),
    ),
  ].sort((a, b) => a - b);

const isEphemeral = (port: number): boolean => port >= FIRST_EPHEMERAL && port <= LAST_EPHEMERAL;

/** A service that has the same name the next time; what systemd makes up for one run is not. */
const lastingUnit = ({ placement, parentPid }: ProcessInfo): string | null => {
  const unit = placement?.unit ?? null;
  // Only the service's own process: what a cron job starts is in cron's unit too.
  if (unit === null || parentPid !== 1 || !unit.endsWith('.service')) return null;
  return /^(run|app|dbus|session|user)[-@]/.test(unit) ? null : unit;
};

/** Whether a path may be another one after an update or the next start. */
const isPassing = (path: string): boolean =>
  /^\/(tmp|run|proc|var\/tmp|dev\/shm|nix\/store|snap\/[^/]+\/\d+)\//.test(path) ||
  /\/[^/]*\d+\.\d+[^/]*\//.test(path);

/** `/usr/bin/python3.11` → `/python[\d.]*$`: the interpreter wherever it is, in any version. */
const interpreterPattern = (executable: string): TextPattern | null => {
  const { stem, versioned } = withoutVersion(fileName(executable));
  return regex(`/${escaped(stem)}${versioned ? '[\\d.-]*' : ''}$`);
};

/** File names that say nothing without their folder. */
const GENERIC = /^(index|main|app|server|run|start|cli|manage|worker|__main__|wsgi|asgi)\.\w+$/;

const scriptTail = (path: string): string => {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const name = parts.at(-1) ?? path;
  const folder = parts.at(-2);
  return GENERIC.test(name) && folder !== undefined && folder !== '..' ? `${folder}/${name}` : name;
};

const scriptPattern = ({ option, text }: Script): TextPattern | null => {
  const tail = escaped(scriptTail(text));
  return regex(option === null ? `(^|[ /])${tail}( |$)` : `(^| )${escaped(option)} (\\S*/)?${tail}( |$)`);
};

/**
 * A criterion that selects this process and its like, also after it was started anew: by what
 * names it most lastingly (container, service, script, path of the executable), and by the ports at
 * which it listens. By its PID only where nothing else of it is known.
 */
export const criterionDraftOf = (process: ProcessInfo, sockets: readonly SocketRow[]): CriterionDraft => {
  const { executable, placement } = process;
  const script = scriptOfProcess(process);
  const container = placement?.container?.name ?? null;
  const unit = lastingUnit(process);
  const ports = openPortsOf(process, sockets);
  const selectors: { -readonly [Field in keyof Selectors]: Selectors[Field] } = { ...noSelectors };
  let name = script?.text !== undefined ? scriptTail(script.text) : fileName(executable ?? process.name);

  const byProgram = (): void => {
    if (script === undefined) {
      selectors.executable =
        executable === null ? null : (exactly(executable) ?? regex(`/${escaped(fileName(executable))}$`));
      return;
    }
    selectors.executable = executable === null ? null : interpreterPattern(executable);
    selectors.args = script === null ? null : scriptPattern(script);
  };

  if (container !== null) {
    selectors.containerName = exactly(container);
    name = container;
    if (ports.length === 0) byProgram();
  } else if (unit !== null && (script !== undefined || executable === null || isPassing(executable))) {
    selectors.unit = exactly(unit);
    name = unit.slice(0, -'.service'.length);
  } else {
    byProgram();
  }

  const identified = Object.values(selectors).some((value) => value !== null && value !== false);
  const lasting = ports.filter((port) => !isEphemeral(port));
  selectors.openPorts = portsText(identified ? lasting : ports);
  if (!identified && ports.length === 0) {
    selectors.args = process.args.length > 1 ? exactly(process.args.slice(1).join(' ')) : null;
    if (selectors.args === null) selectors.pids = [process.pid];
  }
  return {
    id: newCriterionId(),
    name: name.slice(0, LONGEST_NAME),
    namespace: null,
    enabled: true,
    exclude: false,
    selectors,
    kept: {},
  };
};
