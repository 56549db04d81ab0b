import type {
  ActivitySample,
  BindscopeEvent,
  Criterion,
  EngineStatus,
  Match,
  ProcessInfo,
  Selectors,
  Settings,
  SocketRow,
} from '../../contract/index.js';
import * as contract from '../../contract/index.js';

/** Valid objects of the contract for tests; each is parsed, so none can drift from the schemas. */
export const process = (pid: number, over: Partial<Record<keyof ProcessInfo, unknown>> = {}): ProcessInfo =>
  contract.ProcessInfo.parse({
    key: `${String(pid)}:1000`,
    pid,
    parentPid: 1,
    startTime: 1000n,
    startedAt: 1_700_000_000_000_000_000n,
    uid: 1000,
    userName: 'ada',
    name: 'node',
    executable: '/usr/bin/node',
    executableFile: null,
    executableType: null,
    placement: null,
    args: ['node', 'server.js'],
    argsLength: 15,
    cgroupId: 1n,
    networkNamespace: 4_026_531_840,
    ...over,
  });

export const socketRow = (cookie: number, port: number, holder: ProcessInfo): SocketRow =>
  contract.SocketRow.parse({
    socket: {
      key: `c${String(cookie)}`,
      transport: 'tcp',
      family: 'ipv4',
      address: '0.0.0.0',
      port,
      networkNamespace: 4_026_531_840,
      state: 'listening',
    },
    binder: holder.key,
    holders: [holder.key],
    since: { at: 1_700_000_000_000_000_000n, exact: true },
    listeningSince: { at: 1_700_000_000_000_100_000n, exact: true },
  });

/** Of a port of which nothing is counted yet. */
export const activitySample = (
  node: ProcessInfo,
  over: Partial<Record<keyof ActivitySample, unknown>> = {},
): ActivitySample =>
  contract.ActivitySample.parse({
    process: node.key,
    port: 8080,
    networkNamespace: 1,
    shared: false,
    instances: 1,
    since: node.startedAt,
    accepted: 0,
    closed: 0,
    bytesIn: 0,
    bytesOut: 0,
    ...over,
  });

export const matchOf = (holder: ProcessInfo, criterionId: string, seen: string): Match =>
  contract.Match.parse({
    process: holder.key,
    since: 1_700_000_000_000_000_000n,
    evaluation: {
      criterionId,
      criterionName: criterionId,
      exclude: false,
      held: true,
      conditions: [{ selector: 'open_ports', wanted: '8000-8999', seen, held: true, parts: [] }],
    },
  });

export const boundEvent = (seq: number, holder: ProcessInfo, port = 8080): BindscopeEvent =>
  contract.BindscopeEvent.parse({
    seq,
    time: 1_700_000_000_000_000_000n + BigInt(seq),
    source: 'ebpf',
    hook: 'cgroup/post_bind4',
    name: 'socket.bound',
    process: holder,
    socket: socketRow(seq, port, holder).socket,
  });

/** Selects ports 8000-8999 unless `selectors` say something else; those are merged into none. */
export const criterion = (
  id: string,
  {
    selectors = { openPorts: '8000-8999' },
    ...over
  }: Partial<Record<Exclude<keyof Criterion, 'selectors'>, unknown>> & {
    readonly selectors?: Partial<Selectors>;
  } = {},
): Criterion =>
  contract.Criterion.parse({
    id,
    name: id,
    namespace: null,
    enabled: true,
    exclude: false,
    selectors: { ...contract.noSelectors, ...selectors },
    kept: {},
    ...over,
  });

export const settings = (criteria: readonly Criterion[]): Settings =>
  contract.Settings.parse({ ...contract.defaultSettings, criteria });

export const status = (over: Partial<Record<keyof EngineStatus, unknown>> = {}): EngineStatus =>
  contract.EngineStatus.parse({
    visibility: 'full',
    reason: null,
    remedy: null,
    canAskForFullView: false,
    helper: 'connected',
    hooks: [],
    recording: true,
    recordingSince: 1_700_000_000_000_000_000n,
    events: 0,
    evicted: 0,
    lost: { kernel: 0, skipped: 0, queue: 0 },
    poll: null,
    pollIntervalMs: 5000,
    host: { name: 'workbench', kernel: '6.18', bootId: 'b' },
    ...over,
  });
