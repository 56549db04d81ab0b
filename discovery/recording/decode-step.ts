import type { HookReport, KernelEventKind, KernelSourceState } from '../../contract/index.js';
import { Fact } from '../../contract/index.js';
import { processKeys, readPid, readProcess, readSocket, socketKeys } from './decode-process.js';
import type { SocketDefaults } from './decode-process.js';
import type { Value } from './fields.js';
import { CLOSE, LISTEN } from './socket-states.js';
import type { EventStep, PolledProcess, PollStep, SaidSocket, Step } from './step.js';
import { scenarioHooks } from './step.js';
import type { TimeReader } from './time-reader.js';

const u32 = (value: Value): number => value.count(0, 0xffff_ffff);
const text = (value: Value): string => value.text();

/** What a poll shows without a state is an open port: a listening TCP socket, a bound UDP one. */
const openPort: SocketDefaults = {
  state: (transport) => (transport === 'tcp' ? LISTEN : CLOSE),
  leastPort: 0,
};

const readPort = (value: Value): SaidSocket => {
  if (typeof value.raw === 'number') {
    return {
      transport: 'tcp',
      port: value.count(0, 65_535, 'a port'),
      state: LISTEN,
      family: undefined,
      address: undefined,
      cookie: undefined,
      inode: undefined,
      uid: undefined,
      netns: undefined,
      holders: [],
    };
  }
  const fields = value.fields('a port', [...socketKeys, 'netns', 'uid', 'holders']);
  return {
    ...readSocket(fields, openPort),
    netns: fields.get('netns', u32),
    uid: fields.get('uid', u32),
    holders: fields.get('holders', (holders) => holders.list('a list of PIDs').map(readPid)) ?? [],
  };
};

const readPorts = (value: Value): SaidSocket[] => value.list('a list of ports').map(readPort);

const readPolled = (value: Value, time: TimeReader): PolledProcess => {
  const fields = value.fields('a process', [...processKeys, 'ports', 'ready']);
  return {
    process: readProcess(fields, time),
    ports: fields.get('ports', readPorts) ?? [],
    ready: fields.get('ready', (ready) => ready.flag()) ?? true,
  };
};

const readProcesses = (value: Value, time: TimeReader): PolledProcess[] => {
  const seen = new Set<number>();
  return value.list('a list of processes').map((item) => {
    const polled = readPolled(item, time);
    const { pid } = polled.process;
    if (seen.has(pid))
      throw item.wrong(`another process than PID ${String(pid)}, which is in this poll already,`);
    seen.add(pid);
    return polled;
  });
};

const readPoll = (value: Value, time: TimeReader): PollStep => {
  const plain = {
    kind: 'poll',
    differs: false,
    gone: [],
    sockets: [],
    portsFetched: undefined,
    source: 'iter',
    started: undefined,
    finished: undefined,
  } as const;
  if (value.isList) return { ...plain, processes: readProcesses(value, time) };
  if (!value.isObject) throw value.wrong('a list of processes (or an object with "processes" or "changed")');
  const fields = value.fields('a poll', [
    'processes',
    'changed',
    'gone',
    'sockets',
    'ports_fetched',
    'source',
    'started',
    'finished',
  ]);
  const moment = (item: Value): bigint => time.moment(item);
  const processes = fields.get('processes', (list) => readProcesses(list, time));
  const changed = fields.get('changed', (list) => readProcesses(list, time));
  const gone = fields.get('gone', (list) =>
    list.list('a list of processes').map((item) => {
      const one = item.fields('a process that is gone', ['pid', 'start']);
      const pid = one.must('pid', readPid);
      return { pid, start: one.must('start', (start) => time.start(pid, start)) };
    }),
  );
  if ((processes === undefined) === (changed === undefined))
    throw value.wrong('a poll with either "processes" or "changed"');
  if (processes !== undefined && gone !== undefined)
    throw value.wrong('"gone" beside "changed" only: with "processes" a process is gone that is not in it');
  return {
    ...plain,
    processes: processes ?? changed ?? [],
    differs: changed !== undefined,
    gone: gone ?? [],
    sockets: fields.get('sockets', readPorts) ?? [],
    portsFetched: fields.get('ports_fetched', (flag) => flag.flag()),
    source:
      fields.get('source', (source) => {
        if (source.raw !== 'iter' && source.raw !== 'proc') throw source.wrong('"iter" or "proc"');
        return source.raw;
      }) ?? 'iter',
    started: fields.get('started', moment),
    finished: fields.get('finished', moment),
  };
};

/** Errors that a bind fails with most, by name. */
const errnos: Readonly<Record<string, number>> = {
  EACCES: 13,
  EINVAL: 22,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
};

const readErrno = (value: Value): number => {
  const named = typeof value.raw === 'string' ? errnos[value.raw] : undefined;
  if (named !== undefined) return named;
  if (typeof value.raw === 'string')
    throw value.wrong(`a number or one of ${Object.keys(errnos).join(', ')}`);
  return value.count(0, 4095, 'an errno');
};

const lifeKeys = [...processKeys, 'time', 'hook', 'tid'] as const;
const socketEventKeys = [...lifeKeys, ...socketKeys] as const;

const eventKinds = {
  attempted: socketEventKeys,
  bound: socketEventKeys,
  bind_failed: [...socketEventKeys, 'errno'],
  listening: [...socketEventKeys, 'unconfirmed'],
  listen_failed: socketEventKeys,
  closed: [...socketEventKeys, 'bound_at'],
  exec: lifeKeys,
  exit: [...lifeKeys, 'code', 'signal', 'status'],
} as const satisfies Readonly<Record<KernelEventKind, readonly string[]>>;

const isEventKind = (key: string): key is KernelEventKind => Object.hasOwn(eventKinds, key);

const readEvent = (kind: KernelEventKind, value: Value, time: TimeReader): EventStep => {
  const allowed: readonly string[] = eventKinds[kind];
  const fields = value.fields(
    `"${kind}"`,
    [
      ...socketEventKeys,
      'errno' as const,
      'unconfirmed' as const,
      'bound_at' as const,
      'code' as const,
      'signal' as const,
      'status' as const,
    ].filter((key) => allowed.includes(key)),
  );
  const process = readProcess(fields, time, true);
  const moment = (item: Value): bigint => time.moment(item);
  const hasSocket = kind !== 'exec' && kind !== 'exit';
  const state: SocketDefaults = {
    state: () => (kind === 'listening' ? LISTEN : CLOSE),
    leastPort: 0,
  };
  const exitStatus =
    fields.get('status', (status) => status.count(0, 0xffff, 'a wait status')) ??
    ((fields.get('code', (code) => code.count(0, 255, 'an exit code')) ?? 0) << 8) |
      (fields.get('signal', (signal) => signal.count(1, 64, 'a signal')) ?? 0);
  return {
    kind: 'event',
    event: kind,
    process,
    socket: hasSocket
      ? { ...readSocket(fields, state), netns: process.netns, uid: undefined, holders: [] }
      : null,
    time: fields.get('time', moment),
    hook: fields.get('hook', text),
    tid: fields.get('tid', (tid) => tid.count(0, 4_194_304, 'a thread id')),
    boundAt: fields.orNull('bound_at', moment),
    error: kind === 'bind_failed' ? (fields.get('errno', readErrno) ?? 98) : kind === 'exit' ? exitStatus : 0,
    unconfirmed: fields.get('unconfirmed', (flag) => flag.flag()) ?? false,
  };
};

const helperWords = ['absent', 'connecting', 'connected', 'restarting'] as const;

const readHook = (value: Value): HookReport => {
  const fields = value.fields('a hook', ['fact', 'hook', 'state', 'reason']);
  return {
    fact: fields.must('fact', (fact) => {
      const parsed = Fact.safeParse(fact.raw);
      if (!parsed.success) throw fact.wrong(`one of ${Fact.options.join(', ')}`);
      return parsed.data;
    }),
    hook: fields.must('hook', text),
    state:
      fields.get('state', (state) => {
        if (state.raw !== 'attached' && state.raw !== 'failed' && state.raw !== 'unused')
          throw state.wrong('"attached", "failed" or "unused"');
        return state.raw;
      }) ?? 'attached',
    reason: fields.orNull('reason', text) ?? null,
  };
};

const stateOf = (helper: KernelSourceState['helper'], hooks: readonly HookReport[]): KernelSourceState => ({
  helper,
  hooks,
  reason: null,
  remedy: null,
  canAskForFullView: false,
  helperPid: null,
});

const readState = (value: Value): KernelSourceState => {
  const fields = value.fields('the state of the helper', [
    'helper',
    'hooks',
    'reason',
    'remedy',
    'helper_pid',
  ]);
  const helper = fields.must('helper', (word) => {
    const found = helperWords.find((one) => one === word.raw);
    if (found === undefined) throw word.wrong(`one of ${helperWords.join(', ')}`);
    return found;
  });
  const hooks = fields.get('hooks', (list) => list.list('a list of hooks').map(readHook));
  return {
    ...stateOf(helper, hooks ?? (helper === 'connected' ? scenarioHooks : [])),
    reason: fields.orNull('reason', text) ?? null,
    remedy: fields.orNull('remedy', text) ?? null,
    helperPid: fields.orNull('helper_pid', readPid) ?? null,
  };
};

const bpfForms = `"ready", "absent", or an object with one of ${Object.keys(eventKinds).join(', ')}, lost, gap, state`;

const readBpf = (value: Value, time: TimeReader): Step => {
  if (value.raw === 'ready') return { kind: 'state', state: stateOf('connected', scenarioHooks) };
  if (value.raw === 'absent') return { kind: 'state', state: stateOf('absent', []) };
  if (!value.isObject) throw value.wrong(bpfForms);
  const keys = [...(Object.keys(eventKinds) as KernelEventKind[]), 'lost', 'gap', 'state'] as const;
  const fields = value.fields('"bpf"', keys);
  const [key, ...more] = Object.keys(value.raw as object) as (typeof keys)[number][];
  if (key === undefined || more.length > 0) throw value.wrong(bpfForms);
  const moment = (item: Value): bigint => time.moment(item);
  return fields.must(key, (inner): Step => {
    if (isEventKind(key)) return readEvent(key, inner, time);
    if (key === 'state') return { kind: 'state', state: readState(inner) };
    if (key === 'gap') {
      const gap = inner.fields('"gap"', ['from', 'to']);
      return { kind: 'gap', from: gap.get('from', moment), to: gap.get('to', moment) };
    }
    if (typeof inner.raw === 'number')
      return {
        kind: 'lost',
        where: 'kernel',
        count: inner.count(1, 0xffff_ffff),
        from: undefined,
        to: undefined,
      };
    const lost = inner.fields('"lost"', ['where', 'count', 'from', 'to']);
    return {
      kind: 'lost',
      where:
        lost.get('where', (where) => {
          if (where.raw !== 'kernel' && where.raw !== 'skipped' && where.raw !== 'queue') {
            throw where.wrong('"kernel", "skipped" or "queue"');
          }
          return where.raw;
        }) ?? 'kernel',
      count: lost.get('count', (count) => count.count(1, Number.MAX_SAFE_INTEGER)) ?? 1,
      from: lost.get('from', moment),
      to: lost.get('to', moment),
    };
  });
};

/** Words for what a line may hold. */
export const stepForms = '{"poll": …}, {"bpf": …}, {"inspected": …} or {"advance_ms": …}';

const stepKeys = ['poll', 'bpf', 'inspected', 'advance_ms'] as const;

export interface DecodedLine {
  readonly step: Step;
  /** How far the clock moves before it, in nanoseconds. */
  readonly advance: bigint;
  readonly at: bigint | undefined;
  readonly wall: bigint | undefined;
}

/** One line that is not the header. Throws a {@link StepProblem}. */
export const decodeLine = (line: Value, time: TimeReader): DecodedLine => {
  if (!line.isObject) throw line.wrong(`a step (${stepForms})`);
  const fields = line.fields('a step', [...stepKeys, 'at', 'wall']);
  const given = stepKeys.filter((key) => Object.hasOwn(line.raw as object, key));
  const [kind] = given;
  if (kind === undefined || given.length > 1) throw line.wrong(`one step a line (${stepForms})`);
  const at = fields.get('at', (value) => time.moment(value));
  if (at !== undefined && at > time.now) time.now = at;
  const wall = fields.get('wall', (value) => value.big('nanoseconds since 1970'));
  let advance = 0n;
  const step = fields.must(kind, (value): Step => {
    switch (kind) {
      case 'poll':
        return readPoll(value, time);
      case 'bpf':
        return readBpf(value, time);
      case 'inspected':
        return {
          kind: 'inspected',
          process: readProcess(value.fields('a process', processKeys), time),
        };
      case 'advance_ms': {
        const { raw } = value;
        if (typeof raw !== 'number' || !Number.isFinite(raw) || raw < 0 || raw > 1e12)
          throw value.wrong('milliseconds, 0 or more,');
        advance = BigInt(Math.round(raw * 1e6));
        return { kind: 'time' };
      }
    }
  });
  return { step, advance, at, wall };
};
