import type {
  BindscopeEvent,
  EventName,
  Match,
  ProcessInfo,
  SocketInfo,
  SocketRow,
} from '../../contract/index.js';
import type { LiveTables } from './timeline-log.js';

/** Objects for tests, with times in ms after one fixed moment. */

const second = 1_000_000_000n;
const t0 = 1_700_000_000n * second;
export const at = (ms: number): bigint => t0 + BigInt(Math.round(ms * 1e6));
export const ms = (time: number): number => Math.round((time - Number(t0 / 1_000_000n)) * 1000) / 1000;

export const process = (pid: number, startedMs = -60_000, name = `p${String(pid)}`): ProcessInfo =>
  ({
    key: `${String(pid)}:1`,
    pid,
    parentPid: 1,
    startTime: 1n,
    startedAt: at(startedMs),
    uid: 1000,
    userName: 'ada',
    name,
    executable: `/bin/${name}`,
    args: [],
    argsLength: 0,
    cgroupId: 1n,
    networkNamespace: 1,
  }) as unknown as ProcessInfo;

export const socket = (cookie: number, port: number, state: SocketInfo['state'] = 'bound'): SocketInfo =>
  ({
    key: `c${String(cookie)}`,
    transport: 'tcp',
    family: 'ipv4',
    address: '0.0.0.0',
    port,
    networkNamespace: 1,
    state,
  }) as unknown as SocketInfo;

let seq = 0;
export const event = (name: EventName, timeMs: number, rest: object): BindscopeEvent =>
  ({
    seq: (seq += 1),
    time: at(timeMs),
    source: 'ebpf',
    hook: null,
    name,
    ...rest,
  }) as unknown as BindscopeEvent;

export const bound = (
  timeMs: number,
  who: ProcessInfo | null,
  what: SocketInfo,
  rest: object = {},
): BindscopeEvent => event('socket.bound', timeMs, { process: who, socket: what, ...rest });
export const closed = (
  timeMs: number,
  who: ProcessInfo | null,
  what: SocketInfo,
  durationMs: number | null,
): BindscopeEvent =>
  event('socket.closed', timeMs, {
    process: who,
    socket: what,
    durationNs: BigInt(durationMs ?? 0) * 1_000_000n,
    durationExact: durationMs !== null,
  });

export const tables = (
  processes: readonly ProcessInfo[],
  sockets: readonly SocketRow[],
  matches: readonly Match[] = [],
): LiveTables => ({
  processes: new Map(processes.map((one) => [one.key, one])),
  sockets: new Map(sockets.map((one) => [one.socket.key, one])),
  matches: new Map(matches.map((one) => [one.process, one])),
});

export const row = (
  what: SocketInfo,
  binder: ProcessInfo | null,
  holders: readonly ProcessInfo[],
  sinceMs: number,
  exact: boolean,
): SocketRow => ({
  socket: what,
  binder: binder?.key ?? null,
  holders: holders.map(({ key }) => key),
  since: { at: at(sinceMs), exact } as SocketRow['since'],
  listeningSince:
    what.state === 'listening' ? ({ at: at(sinceMs), exact } as SocketRow['listeningSince']) : null,
});

export const epoch = (timeMs: number): number => Number(t0 / 1_000_000n) + timeMs;

export const matchOf = (who: ProcessInfo, criterion: string): Match =>
  ({
    process: who.key,
    since: at(0),
    evaluation: { criterionId: criterion, criterionName: criterion, conditions: [], held: true },
  }) as unknown as Match;
