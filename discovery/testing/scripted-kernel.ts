import type {
  ActivityReading,
  AddressFamily,
  FileId,
  HookReport,
  KernelEvent,
  KernelSource,
  KernelSourceListener,
  KernelSourceState,
  SnapshotColumns,
  Transport,
} from '../../contract/index.js';
import { addressBytes } from '../recording/address-bytes.js';
import { columnsOf as columnsOfRows } from '../replay/columns.js';
import type { VirtualTime } from './virtual-time.js';

/** A process of the scripted world. */
export interface WorldProcess {
  readonly pid: number;
  readonly start: bigint;
  parentPid: number;
  uid: number;
  name: string;
  /** Null: cannot be read. */
  exe: string | null;
  exeFile: FileId | null;
  cgroupId: bigint;
  args: string[];
}

export interface WorldSocket {
  readonly cookie: bigint;
  readonly transport: Transport;
  readonly family: AddressFamily;
  address: string;
  port: number;
  /** TCP_* of the kernel. */
  state: number;
  readonly netns: number;
  readonly boundAt: bigint | null;
  holders: Set<WorldProcess>;
}

export const LISTEN = 10;
export const CLOSE = 7;
export const ESTABLISHED = 1;
export const NETNS = 4_026_531_840;
/** Wall-clock time is boot-clock time plus this. */
export const WALL_OFFSET = 1_700_000_000_000_000_000n;

export const attached = (fact: HookReport['fact'], hook: string): HookReport => ({
  fact,
  hook,
  state: 'attached',
  reason: null,
});

export const allHooks: HookReport[] = [
  attached('bound', 'cgroup/post_bind4'),
  attached('bind_failed', 'tracepoint/syscalls/sys_exit_bind'),
  attached('listening', 'tp_btf/inet_sock_set_state'),
  attached('closed', 'cgroup/sock_release'),
  attached('exec', 'tp_btf/sched_process_exec'),
  attached('exit', 'tp_btf/sched_process_exit'),
  attached('sockets', 'iter/task_file'),
  attached('processes', 'iter/task'),
  attached('activity', 'tp_btf/inet_sock_set_state'),
];

export const fullState: KernelSourceState = {
  helper: 'connected',
  hooks: allHooks,
  reason: null,
  remedy: null,
  canAskForFullView: false,
  helperPid: null,
};

export const limitedState: KernelSourceState = {
  helper: 'absent',
  hooks: [],
  reason: 'no helper',
  remedy: 'ask for it',
  canAskForFullView: true,
  helperPid: null,
};

/**
 * A snapshot of these processes and sockets as the addon would give it: by PID, and the sockets of
 * each process in the order in which they were made; those that nobody holds last.
 */
export const columnsOf = (
  processes: readonly WorldProcess[],
  sockets: readonly WorldSocket[],
  options: { startedAt: bigint; finishedAt: bigint; source?: 'iter' | 'proc'; uid?: number },
): SnapshotColumns => {
  const rows = sockets.flatMap((socket) =>
    (socket.holders.size === 0 ? [0] : [...socket.holders].map(({ pid }) => pid)).map((pid) => ({
      pid,
      cookie: socket.cookie,
      inode: socket.cookie + 50_000n,
      uid: options.uid ?? 1000,
      networkNamespace: socket.netns,
      family: socket.family,
      transport: socket.transport,
      state: socket.state,
      port: socket.port,
      address: addressBytes(socket.address)?.bytes ?? new Uint8Array(16),
    })),
  );
  const last = Number.POSITIVE_INFINITY;
  return columnsOfRows(
    processes
      .map((process) => ({
        pid: process.pid,
        start: process.start,
        parentPid: process.parentPid,
        uid: process.uid,
        name: process.name,
        executable: process.exe,
        executableFile: process.exeFile,
        args: process.args,
        argsLength: process.args.reduce((sum, { length }) => sum + length + 1, 0),
        cgroupId: process.cgroupId,
        networkNamespace: NETNS,
      }))
      .sort((left, right) => left.pid - right.pid),
    rows.sort((left, right) => (left.pid || last) - (right.pid || last) || 0),
    { source: options.source ?? 'iter', startedAt: options.startedAt, finishedAt: options.finishedAt },
  );
};

const hooks: Readonly<Record<KernelEvent['kind'], string>> = {
  attempted: 'kprobe/security_socket_bind',
  bound: 'cgroup/post_bind4',
  bind_failed: 'tracepoint/syscalls/sys_exit_bind',
  listening: 'tp_btf/inet_sock_set_state',
  listen_failed: 'tp_btf/inet_sock_set_state',
  closed: 'cgroup/sock_release',
  exec: 'tp_btf/sched_process_exec',
  exit: 'tp_btf/sched_process_exit',
};

/**
 * A kernel that does what a test tells it: a world of processes and sockets, events about what
 * changes in it, snapshots of it. Nothing is told unless `mute` is off.
 */
export class ScriptedKernel implements KernelSource {
  readonly time: VirtualTime;
  readonly processes: WorldProcess[] = [];
  readonly sockets: WorldSocket[] = [];
  /** No event is told while set: what happens is left to the polls. */
  mute = false;
  source: 'iter' | 'proc' = 'iter';
  state: KernelSourceState = fullState;
  /** How long a snapshot takes: processes are read at its beginning, sockets at its end. */
  snapshotMs = 0;
  snapshots = 0;
  failSnapshots = false;
  /** How long an event is under way. */
  deliveryMs = 0;
  watchedPorts: ReadonlySet<number> = new Set();
  /** What the activity probe says when it is read; null: there is none. */
  activity: ActivityReading | null = null;
  #listener: KernelSourceListener | null = null;
  #cookie = 100n;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  get listener(): KernelSourceListener {
    if (this.#listener === null) throw new Error('the pipeline was not started');
    return this.#listener;
  }

  start(listener: KernelSourceListener): Promise<void> {
    this.#listener = listener;
    listener.state(this.state);
    return Promise.resolve();
  }

  async snapshot(): Promise<SnapshotColumns> {
    this.snapshots += 1;
    if (this.failSnapshots) throw new Error('no permission');
    const startedAt = this.time.now;
    const processes = this.processes.map((process) => ({ ...process, args: [...process.args] }));
    if (this.snapshotMs > 0) await new Promise<void>((resolve) => this.time.after(this.snapshotMs, resolve));
    const sockets = this.sockets.map((socket) => ({ ...socket, holders: new Set(socket.holders) }));
    const finishedAt = this.time.now;
    await this.caughtUp();
    return columnsOf(processes, sockets, { startedAt, finishedAt, source: this.source });
  }

  /** With what was told till now and is under way. */
  async caughtUp(): Promise<void> {
    if (this.deliveryMs > 0) await new Promise<void>((resolve) => this.time.after(this.deliveryMs, resolve));
  }

  watchActivity(ports: ReadonlySet<number>): void {
    this.watchedPorts = new Set(ports);
  }

  readActivity(): Promise<ActivityReading | null> {
    return Promise.resolve(this.activity);
  }

  askForFullView(): Promise<boolean> {
    return Promise.resolve(false);
  }

  clocks(): { boot: bigint; wall: bigint } {
    return { boot: this.time.now, wall: this.time.now + WALL_OFFSET };
  }

  close(): void {
    this.#listener = null;
  }

  /** A process that appears without a word (fork tells nothing). */
  fork(
    pid: number,
    options: Partial<
      Pick<WorldProcess, 'parentPid' | 'uid' | 'name' | 'exe' | 'exeFile' | 'cgroupId' | 'args' | 'start'>
    > = {},
  ): WorldProcess {
    const process: WorldProcess = {
      pid,
      start: options.start ?? this.time.now,
      parentPid: options.parentPid ?? 1,
      uid: options.uid ?? 1000,
      name: options.name ?? 'a',
      exe: options.exe === undefined ? '/bin/a' : options.exe,
      exeFile: options.exeFile ?? null,
      cgroupId: options.cgroupId ?? 1n,
      args: options.args ?? ['a'],
    };
    this.processes.push(process);
    return process;
  }

  exec(process: WorldProcess, exe: string): void {
    process.exe = exe;
    process.name = exe.slice(exe.lastIndexOf('/') + 1).slice(0, 15);
    process.args = [process.name];
    this.tell(this.event('exec', process));
  }

  exit(process: WorldProcess, status = 0): void {
    this.#remove(this.processes, process);
    this.tell({ ...this.event('exit', process), error: status });
    for (const socket of [...this.sockets]) {
      if (socket.holders.delete(process) && socket.holders.size === 0) this.#gone(socket, process);
    }
  }

  bind(
    process: WorldProcess,
    port: number,
    options: Partial<Pick<WorldSocket, 'transport' | 'family' | 'address' | 'netns'>> = {},
  ): WorldSocket {
    const socket = this.#socket(process, port, options, this.time.now);
    this.tell(this.event('bound', process, socket));
    return socket;
  }

  listen(process: WorldProcess, socket: WorldSocket, unconfirmed = false): void {
    socket.state = LISTEN;
    this.tell({ ...this.event('listening', process, socket), unconfirmed });
  }

  /** bind() and listen(). */
  serve(
    process: WorldProcess,
    port: number,
    options: Parameters<ScriptedKernel['bind']>[2] = {},
  ): WorldSocket {
    const socket = this.bind(process, port, options);
    this.listen(process, socket);
    return socket;
  }

  /** listen() without bind(): the event knows no port. */
  autobind(process: WorldProcess, port: number): WorldSocket {
    const socket = this.#socket(process, port, {}, null);
    socket.state = LISTEN;
    this.tell(this.event('listening', process, { ...socket, port: 0 }));
    return socket;
  }

  share(socket: WorldSocket, process: WorldProcess): void {
    socket.holders.add(process);
  }

  /** The process closes its descriptor; the last one closes the socket. */
  close1(process: WorldProcess, socket: WorldSocket): void {
    socket.holders.delete(process);
    if (socket.holders.size === 0) this.#gone(socket, process);
  }

  failBind(
    process: WorldProcess,
    port: number,
    errno: number,
    options: Parameters<ScriptedKernel['bind']>[2] = {},
  ): void {
    const socket = this.#shape(port, options, null, 0n);
    this.tell({ ...this.event('bind_failed', process, socket), error: errno });
  }

  tell(...events: KernelEvent[]): void {
    if (this.mute || this.#listener === null) return;
    if (this.deliveryMs === 0) {
      this.#listener.events(events);
      return;
    }
    this.time.after(this.deliveryMs, () => {
      this.#listener?.events(events);
    });
  }

  event(kind: KernelEvent['kind'], process: WorldProcess, socket?: WorldSocket): KernelEvent {
    const identity = kind !== 'exit' && kind !== 'closed' && kind !== 'listen_failed';
    return {
      kind,
      time: this.time.now,
      hook: hooks[kind],
      pid: process.pid,
      tid: process.pid,
      startTime: process.start,
      parentPid: process.parentPid,
      uid: process.uid,
      name: process.name,
      cgroupId: process.cgroupId,
      networkNamespace: socket?.netns ?? NETNS,
      identity: identity
        ? {
            executable: process.exe,
            executableFile: process.exeFile,
            args: [...process.args],
            argsLength: process.args.join(' ').length + 1,
          }
        : null,
      socket:
        socket === undefined
          ? null
          : {
              cookie: socket.cookie,
              transport: socket.transport,
              family: socket.family,
              address: socket.address,
              port: socket.port,
              boundAt: kind === 'closed' ? socket.boundAt : null,
            },
      error: 0,
      unconfirmed: false,
    };
  }

  #socket(
    process: WorldProcess,
    port: number,
    options: Parameters<ScriptedKernel['bind']>[2],
    boundAt: bigint | null,
  ): WorldSocket {
    this.#cookie += 1n;
    const socket = this.#shape(port, options, boundAt, this.#cookie);
    socket.holders.add(process);
    this.sockets.push(socket);
    return socket;
  }

  #shape(
    port: number,
    options: Parameters<ScriptedKernel['bind']>[2] = {},
    boundAt: bigint | null,
    cookie: bigint,
  ): WorldSocket {
    return {
      cookie,
      transport: options.transport ?? 'tcp',
      family: options.family ?? 'ipv4',
      address: options.address ?? '0.0.0.0',
      port,
      state: CLOSE,
      netns: options.netns ?? NETNS,
      boundAt,
      holders: new Set(),
    };
  }

  #gone(socket: WorldSocket, process: WorldProcess): void {
    this.#remove(this.sockets, socket);
    this.tell(this.event('closed', process, socket));
  }

  #remove<Item>(list: Item[], item: Item): void {
    const index = list.indexOf(item);
    if (index >= 0) list.splice(index, 1);
  }
}
