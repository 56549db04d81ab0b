import type { BindscopeEvent, EngineStatus, LocalEndpoint, ProcessInfo } from '../contract/index.js';
import { reasonText } from '../discovery/export/attributes.js';
import { printable } from './terminal-text.js';

/** `[::]:8080`, `0.0.0.0:8080`. */
export const endpointText = ({ family, address, port }: LocalEndpoint): string =>
  `${family === 'ipv6' ? `[${address}]` : address}:${String(port)}`;

/** File name of the executable, or the kernel's name for the process. */
export const processName = ({ executable, name }: ProcessInfo): string =>
  printable(executable === null ? name : executable.slice(executable.lastIndexOf('/') + 1));

/** A process where another thing is described. */
export const briefProcess = (process: ProcessInfo): Record<string, unknown> => ({
  'process.pid': process.pid,
  'process.executable.name': processName(process),
  'bindscope.process.key': process.key,
});

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${String(count)} ${count === 1 ? one : many}`;

export const userText = ({ userName, uid }: ProcessInfo): string => printable(userName ?? String(uid));

export const durationText = (ns: bigint): string => {
  const ms = Number(ns) / 1e6;
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`;
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const minutes = seconds / 60;
  if (minutes < 120) return `${minutes.toFixed(0)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} d`;
};

/** Local time of day with milliseconds: `14:03:22.123`. */
export const timeText = (wallNs: bigint): string => {
  const date = new Date(Number(wallNs / 1_000_000n));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
};

const exitText = (code: number | null): string => {
  if (code === null) return 'gone';
  return code > 128 ? `killed by signal ${String(code - 128)}` : `exit code ${String(code)}`;
};

const whereLost = {
  kernel: 'the kernel had no room for them',
  skipped: 'the kernel left out runs of programs',
  queue: 'the engine was too slow',
  helper: 'the helper was away',
  engine: 'the engine was away',
  paused: 'recording was paused',
} as const;

/** Of a socket whose process nobody could read: never a guess. */
export const unknownOwnerText = (uid: number | undefined): string =>
  uid === undefined ? 'unknown owner' : `unknown owner, uid ${String(uid)}`;

/** What is to be said of an event beyond who and where. */
export const detailText = (event: BindscopeEvent): string => {
  switch (event.name) {
    case 'process.created':
      return printable(event.process.args.join(' ') || (event.process.executable ?? ''));
    case 'process.exec':
      return `${printable(event.process.args.join(' '))}${event.previousExecutable === null ? '' : ` (was ${printable(event.previousExecutable)})`}`;
    case 'process.deleted':
      return exitText(event.exitCode);
    case 'socket.bound':
    case 'socket.listening':
      return event.process === null ? unknownOwnerText(event.ownerUid) : '';
    case 'socket.closed':
      return `${event.process === null ? `${unknownOwnerText(event.ownerUid)}, ` : ''}after ${event.durationExact ? '' : 'at least '}${durationText(event.durationNs)}`;
    case 'socket.bind_failed': {
      if (event.conflict === null) return event.error;
      const { process } = event.conflict;
      return process === null
        ? `${event.error}: held by an unknown process`
        : `${event.error}: held by ${processName(process)} (${String(process.pid)})`;
    }
    case 'match.started':
      return `${printable(event.criterion.name)}: ${printable(reasonText(event.conditions))}`;
    case 'match.ended':
      return `${printable(event.criterion.name)}: ${event.reason}`;
    case 'watcher.ready':
      return `${String(event.hooks.filter(({ state }) => state === 'attached').length)} hooks attached`;
    case 'watcher.degraded':
      return event.reason;
    case 'watcher.lost':
      return `${event.count === null ? 'events' : `${event.where === 'skipped' ? 'at most ' : ''}${plural(event.count, 'event')}`} missing, ${whereLost[event.where]}`;
    case 'poll.completed':
      return `${plural(event.processes, 'process', 'processes')}, ${event.portsFetched ? plural(event.sockets, 'socket') : 'ports not fetched'}`;
  }
};

/** `limited view: why, and what to do`; null when everything can be seen. */
export const visibilityText = (
  status: Pick<EngineStatus, 'visibility' | 'reason' | 'remedy'>,
): string | null => {
  if (status.visibility === 'full') return null;
  const parts = [`${status.visibility} view:`, status.reason, status.remedy];
  return printable(parts.filter((part) => part !== null).join(' '));
};
