import type { BindscopeEvent, EventOf, LocalEndpoint, ProcessInfo } from '../../contract/index.js';
import { capturedArguments } from './arguments.js';
import { errnoInWords } from './errno.js';
import { exitText } from './exit.js';
import { duration } from './time.js';

/** `0.0.0.0:8080`, `[::1]:5432`. */
export const endpointText = ({ address, port }: Pick<LocalEndpoint, 'address' | 'port'>): string =>
  `${address.includes(':') ? `[${address}]` : address}:${String(port)}`;

/** `TCP`, `UDP`, with a 6 for IPv6: `TCP6`. */
export const protocolText = ({ transport, family }: Pick<LocalEndpoint, 'transport' | 'family'>): string =>
  `${transport.toUpperCase()}${family === 'ipv6' ? '6' : ''}`;

/** `node 4711`. */
export const processText = ({ name, pid }: Pick<ProcessInfo, 'name' | 'pid'>): string =>
  `${name} ${String(pid)}`;

/** Whose it is: the name, or `uid 1000` where the number has none. */
export const userText = ({ userName, uid }: Pick<ProcessInfo, 'userName' | 'uid'>): string =>
  userName ?? uidText(uid);

export const uidText = (uid: number): string => `uid ${String(uid)}`;

/** Of a socket whose process nobody could read: never a guess. */
export const unknownOwnerText = (uid: number | null): string =>
  uid === null ? 'unknown owner' : `unknown owner, ${uidText(uid)}`;

/** How a shell would have to be told this command line. */
export const shellText = (args: readonly string[]): string =>
  args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`)).join(' ');

/** Executable and arguments as a shell would have them; `…` where the rest was not captured. */
export const commandText = (process: ProcessInfo): string => {
  const program = process.executable ?? process.args[0] ?? process.name;
  const rest = process.args.length > 1 ? ` ${shellText(process.args.slice(1))}` : '';
  return `${shellText([program])}${rest}${capturedArguments(process).cut ? ' …' : ''}`;
};

/** How long a closed socket was there, and whether that is all of it. */
export const closedAfterText = ({
  durationNs,
  durationExact,
}: Pick<EventOf<'socket.closed'>, 'durationNs' | 'durationExact'>): string => {
  const known = duration(Number(durationNs / 1000n) / 1000);
  return durationExact ? known : `at least ${known}`;
};

const ofUnknownOwner = ({
  process,
  ownerUid,
}: EventOf<'socket.bound' | 'socket.listening' | 'socket.closed'>): string =>
  process === null ? `, ${unknownOwnerText(ownerUid ?? null)}` : '';

/** Why events are missing. */
export const lossReason: Readonly<Record<EventOf<'watcher.lost'>['where'], string>> = {
  kernel: 'the kernel’s ring buffer was full',
  skipped: 'the kernel did not run the programs that tell',
  queue: 'the engine’s queue was full',
  helper: 'the helper was away',
  engine: 'the engine was away',
  paused: 'recording was off',
};

const lostText = ({ count, where }: EventOf<'watcher.lost'>): string => {
  if (count === null) return 'an unknown number';
  return `${where === 'skipped' ? 'at most ' : ''}${String(count)}`;
};

/** What an event adds to its name, in a few words. */
export const eventText = (event: BindscopeEvent): string => {
  switch (event.name) {
    case 'process.created':
      return commandText(event.process);
    case 'process.exec':
      return `${event.previousExecutable ?? 'unknown'} → ${event.process.executable ?? event.process.name}`;
    case 'process.deleted':
      return exitText(event.exitCode);
    case 'socket.bound':
    case 'socket.listening':
      return `${endpointText(event.socket)} ${protocolText(event.socket)}${ofUnknownOwner(event)}`;
    case 'socket.closed':
      return `${endpointText(event.socket)} ${protocolText(event.socket)} after ${closedAfterText(event)}${ofUnknownOwner(event)}`;
    case 'socket.bind_failed':
      return event.conflict === null
        ? `${endpointText(event.endpoint)}: ${errnoInWords(event.error)}`
        : `${endpointText(event.endpoint)}: ${event.errno === 0 ? 'reason unknown, held' : 'in use'} by ${event.conflict.process === null ? 'an unknown process' : processText(event.conflict.process)}`;
    case 'match.started':
    case 'match.ended':
      return event.name === 'match.ended'
        ? `${event.criterion.name} (${event.reason})`
        : event.criterion.name;
    case 'watcher.ready':
      return `${String(event.hooks.filter(({ state }) => state === 'attached').length)} hooks`;
    case 'watcher.degraded':
      return event.reason;
    case 'poll.completed':
      return event.portsFetched
        ? `${String(event.processes)} processes, ${String(event.sockets)} sockets`
        : `${String(event.processes)} processes, ports not looked at`;
    case 'watcher.lost':
      return `${lostText(event)}: ${lossReason[event.where]}`;
  }
};
