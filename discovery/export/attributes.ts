import type {
  BindscopeEvent,
  Condition,
  ExecutableType,
  HookReport,
  Language,
  Placement,
  ProcessInfo,
  SocketInfo,
} from '../../contract/index.js';
import { conditionText } from '../condition-text.js';
import { redactArguments } from './redact.js';
import { wallTimeText } from './time-text.js';

export type AttributeValue = string | number | boolean | readonly string[] | readonly number[];
/** Flat, in a stable order. An attribute that is not known is absent. */
export type Attributes = Record<string, AttributeValue>;

export interface AttributeOptions {
  readonly redactSecrets: boolean;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Languages whose programs run on machine code alone, without a runtime that has a name and a version. */
const withoutRuntime: readonly Language[] = ['cpp', 'rust', 'unknown'];

const executableAttributes = ({ language, version }: ExecutableType): Attributes => ({
  ...(withoutRuntime.includes(language)
    ? {}
    : {
        'process.runtime.name': language,
        ...(version === null ? {} : { 'process.runtime.version': version }),
      }),
  'bindscope.executable.language': language,
});

const placementAttributes = ({ cgroup, unit, container }: Placement): Attributes => ({
  ...(cgroup === null ? {} : { 'process.linux.cgroup': cgroup }),
  ...(unit === null ? {} : { 'bindscope.systemd.unit': unit }),
  ...(container === null
    ? {}
    : {
        'container.id': container.id,
        'container.runtime.name': container.runtime,
        ...(container.name === null ? {} : { 'container.name': container.name }),
        ...(container.image === null ? {} : { 'container.image.name': container.image }),
      }),
});

export const processAttributes = (process: ProcessInfo, { redactSecrets }: AttributeOptions): Attributes => ({
  'process.pid': process.pid,
  'process.parent_pid': process.parentPid,
  'process.creation.time': wallTimeText(process.startedAt),
  'process.executable.name': process.executable === null ? process.name : baseName(process.executable),
  ...(process.executable === null ? {} : { 'process.executable.path': process.executable }),
  'process.command_args': redactSecrets ? redactArguments(process.args) : process.args,
  'process.user.id': process.uid,
  ...(process.userName === null ? {} : { 'process.user.name': process.userName }),
  'bindscope.process.key': process.key,
  'bindscope.process.comm': process.name,
  'bindscope.process.args_length': process.argsLength,
  'bindscope.cgroup.id': String(process.cgroupId),
  ...(process.executableType === null ? {} : executableAttributes(process.executableType)),
  ...(process.placement === null ? {} : placementAttributes(process.placement)),
});

const endpointAttributes = (endpoint: Omit<SocketInfo, 'key' | 'state'>): Attributes => ({
  'network.transport': endpoint.transport,
  'network.type': endpoint.family,
  'network.local.address': endpoint.address,
  'network.local.port': endpoint.port,
  'bindscope.netns.inode': endpoint.networkNamespace,
});

const socketIdentity = (key: string): Attributes =>
  key.startsWith('c')
    ? { 'bindscope.socket.cookie': key.slice(1) }
    : { 'bindscope.socket.inode': key.slice(1) };

export const socketAttributes = (socket: SocketInfo): Attributes => ({
  ...endpointAttributes(socket),
  ...(socket.state === 'listening' ? { 'network.connection.state': 'listen' } : {}),
  'bindscope.socket.state': socket.state,
  ...socketIdentity(socket.key),
});

const ownerAttributes = ({ ownerUid }: { readonly ownerUid?: number | undefined }): Attributes =>
  ownerUid === undefined ? {} : { 'bindscope.socket.uid': ownerUid };

/** `port 8080 in 8000-8999 and executable /usr/bin/node matches node`. */
export const reasonText = (conditions: readonly Condition[]): string =>
  conditions.map((condition) => conditionText(condition)).join(' and ');

export const hooksInUse = (hooks: readonly HookReport[]): string[] =>
  hooks.filter(({ state }) => state === 'attached').map(({ fact, hook }) => `${fact}: ${hook}`);

const own = (event: BindscopeEvent): Attributes => {
  switch (event.name) {
    case 'process.created':
      return event.openPorts === undefined ? {} : { 'bindscope.open_ports': event.openPorts };
    case 'process.exec':
      return event.previousExecutable === null
        ? {}
        : { 'bindscope.process.previous_executable.path': event.previousExecutable };
    case 'process.deleted':
      return event.exitCode === null ? {} : { 'process.exit.code': event.exitCode };
    case 'socket.bound':
    case 'socket.listening':
      return { ...socketAttributes(event.socket), ...ownerAttributes(event) };
    case 'socket.closed':
      return {
        ...socketAttributes(event.socket),
        ...ownerAttributes(event),
        'bindscope.duration_ns': Number(event.durationNs),
        'bindscope.duration_exact': event.durationExact,
      };
    case 'socket.bind_failed':
      return {
        ...endpointAttributes(event.endpoint),
        'bindscope.errno': event.errno,
        'error.type': event.error,
        ...(event.conflict === null
          ? {}
          : {
              ...(event.conflict.process === null
                ? {}
                : {
                    'bindscope.conflict.pid': event.conflict.process.pid,
                    'bindscope.conflict.executable.name': baseName(
                      event.conflict.process.executable ?? event.conflict.process.name,
                    ),
                  }),
              'bindscope.conflict.socket': event.conflict.socket,
            }),
      };
    case 'match.started':
      return {
        'bindscope.criterion.name': event.criterion.name,
        'bindscope.criterion.id': event.criterion.id,
        'bindscope.criterion.reason': reasonText(event.conditions),
      };
    case 'match.ended':
      return {
        'bindscope.criterion.name': event.criterion.name,
        'bindscope.criterion.id': event.criterion.id,
        'bindscope.criterion.reason': event.reason,
      };
    case 'watcher.ready':
      return { 'bindscope.hooks': hooksInUse(event.hooks) };
    case 'watcher.degraded':
      return { 'bindscope.hooks': hooksInUse(event.hooks), 'bindscope.reason': event.reason };
    case 'watcher.lost':
      return {
        ...(event.count === null ? {} : { 'bindscope.lost': event.count }),
        'bindscope.lost_where': event.where,
        'bindscope.lost_from': wallTimeText(event.from),
        'bindscope.lost_to': wallTimeText(event.to),
      };
    case 'poll.completed':
      return {
        ports_fetched: event.portsFetched,
        'bindscope.poll.processes': event.processes,
        'bindscope.poll.sockets': event.sockets,
      };
  }
};

/** An event under the names of OpenTelemetry's semantic conventions, and `bindscope.` where they lack one. */
export const eventAttributes = (event: BindscopeEvent, options: AttributeOptions): Attributes => ({
  name: event.name,
  time: wallTimeText(event.time),
  time_unix_nano: String(event.time),
  'bindscope.seq': event.seq,
  'bindscope.source': event.source,
  ...(event.hook === null ? {} : { 'bindscope.hook': event.hook }),
  ...('process' in event && event.process !== null ? processAttributes(event.process, options) : {}),
  ...own(event),
});
