import type {
  ExecutableType,
  FileId,
  KernelEvent,
  KernelEventKind,
  Placement,
  SnapshotColumns,
} from '../../contract/index.js';
import { addressBytes } from '../recording/address-bytes.js';
import type {
  EventStep,
  PolledProcess,
  PollStep,
  Recording,
  SaidProcess,
  SaidSocket,
} from '../recording/step.js';
import type { ProcessRow, SocketRow } from './columns.js';
import { columnsOf } from './columns.js';
import { SocketIdentities } from './socket-identities.js';

/** The network namespace of a scenario in which none is said, and so our own. */
export const SCENARIO_NETNS = 4_026_531_840;
/** Above the numbers that systems give to users and to system services. */
const FIRST_MADE_UP_UID = 70_000;

/** A process as the file has told of it so far. */
interface Living {
  readonly pid: number;
  readonly start: bigint;
  ppid: number;
  uid: number;
  name: string | undefined;
  exe: string | null;
  exeFile: FileId | null;
  args: readonly string[];
  argsLength: number;
  cgroupId: bigint;
  netns: number;
  /** What the last poll with it said, ports and all; null: it is known by events only. */
  polled: PolledProcess | null;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const keyOf = ({ pid, start }: Pick<Living, 'pid' | 'start'>): string => `${String(pid)}:${String(start)}`;

/** Events that carry who the process is. */
const carriesIdentity = (kind: KernelEventKind): boolean =>
  kind !== 'exit' && kind !== 'closed' && kind !== 'listen_failed';

const hookOf = (kind: KernelEventKind, family: 'ipv4' | 'ipv6'): string => {
  switch (kind) {
    case 'attempted':
      return 'fentry/security_socket_bind';
    case 'bound':
      return family === 'ipv4' ? 'cgroup/post_bind4' : 'cgroup/post_bind6';
    case 'bind_failed':
      return 'tracepoint/syscalls/sys_exit_bind';
    case 'listening':
    case 'listen_failed':
      return 'fexit/inet_csk_listen_start';
    case 'closed':
      return 'cgroup/sock_release';
    case 'exec':
      return 'tp_btf/sched_process_exec';
    case 'exit':
      return 'tp_btf/sched_process_exit';
  }
};

/** What closer looks have shown so far, by what they were at. */
export interface Findings {
  /** By {@link fileKey}, and by PID:START. */
  readonly types: Map<string, ExecutableType>;
  /** By number of the cgroup, and by PID:START. */
  readonly placements: Map<bigint | string, Placement>;
}

export const fileKey = ({ device, inode }: FileId): string => `file ${String(device)}:${String(inode)}`;

/**
 * Makes of the steps of a file what a kernel would have told and shown: fills in what a step leaves
 * out from what was said before, and gives an identity to what has none.
 */
export class World {
  /** Names of users, as far as the file has told them. */
  readonly userNames = new Map<number, string>();
  readonly findings: Findings = { types: new Map(), placements: new Map() };
  readonly #living = new Map<number, Living>();
  readonly #sockets: SocketIdentities;
  readonly #isScenario: boolean;
  readonly #netns: number;
  /** Files and cgroups of processes that have none but something to be found there, by what that is. */
  readonly #files = new Map<string, FileId>();
  readonly #cgroups = new Map<string, bigint>();

  constructor({ header, steps }: Recording) {
    this.#isScenario = header === null;
    this.#netns = header?.networkNamespace ?? SCENARIO_NETNS;
    const cookies = new Set<bigint>();
    for (const { step } of steps) {
      if (step.kind === 'event' && step.socket?.cookie !== undefined) cookies.add(step.socket.cookie);
      if (step.kind !== 'poll') continue;
      for (const { ports } of step.processes)
        for (const { cookie } of ports) if (cookie !== undefined) cookies.add(cookie);
      for (const { cookie } of step.sockets) if (cookie !== undefined) cookies.add(cookie);
    }
    this.#sockets = new SocketIdentities(cookies);
  }

  /** Enters which processes a poll saw. Its sockets are entered by {@link columns}. */
  enterPoll(step: PollStep, now: bigint): readonly number[] {
    if (step.differs) {
      for (const { pid, start } of step.gone)
        if (this.#living.get(pid)?.start === start) this.#living.delete(pid);
      for (const { polled } of this.#living.values()) if (polled !== null) this.#meet(polled.process, now);
      for (const polled of step.processes) this.#meet(polled.process, now).polled = polled;
      for (const [pid, { polled }] of this.#living) if (polled === null) this.#living.delete(pid);
      return [...this.#living.keys()].sort((left, right) => left - right);
    }
    const shown: number[] = [];
    for (const polled of step.processes) {
      const { process, ready } = polled;
      const known = this.#living.get(process.pid);
      if (!ready) {
        // Nothing new can be said of it: it stays what it was, or unknown.
        const isKnown = known !== undefined && (process.start === undefined || process.start === known.start);
        if (isKnown) shown.push(process.pid);
        continue;
      }
      this.#meet(process, now).polled = polled;
      shown.push(process.pid);
    }
    const there = new Set(shown);
    for (const pid of this.#living.keys()) if (!there.has(pid)) this.#living.delete(pid);
    return shown;
  }

  /** The poll that was just entered, as a snapshot; without ports nothing is said of sockets. */
  columns(step: PollStep, shown: readonly number[], now: bigint, portsFetched: boolean): SnapshotColumns {
    const processes = shown.flatMap((pid) => this.#living.get(pid) ?? []);
    const rows: SocketRow[] = [];
    if (portsFetched) {
      const met = new Set<bigint>();
      for (const process of processes)
        for (const said of process.polled?.ports ?? []) rows.push(...this.#socketRows(process, said, met));
      for (const said of step.sockets) rows.push(...this.#socketRows(null, said, met));
      this.#sockets.keepOnly(met);
    }
    return columnsOf(
      processes.map((process) => this.#row(process)),
      rows,
      {
        source: step.source,
        // Made after all that was told before it, be it in the same moment.
        startedAt: step.started ?? now + 1n,
        finishedAt: step.finished ?? now,
      },
    );
  }

  event(step: EventStep, now: bigint): KernelEvent {
    const { process: said, socket, event: kind } = step;
    const process = this.#meet(said, now);
    if (kind === 'exec') {
      // Of the program before nothing holds but who runs it.
      process.name = said.name;
      process.exe = said.exe ?? null;
      process.exeFile = this.#fileOf(said);
      process.args = said.args ?? [];
      process.argsLength = said.argsLength ?? 0;
    }
    const family = socket?.family ?? 'ipv4';
    const told = this.#row(process);
    const result: KernelEvent = {
      kind,
      time: step.time ?? now,
      hook: step.hook ?? hookOf(kind, family),
      pid: told.pid,
      tid: step.tid ?? told.pid,
      startTime: told.start,
      parentPid: told.parentPid,
      uid: told.uid,
      name: told.name,
      cgroupId: told.cgroupId,
      networkNamespace: socket?.netns ?? told.networkNamespace,
      identity: carriesIdentity(kind)
        ? {
            executable: told.executable,
            executableFile: told.executableFile,
            args: told.args,
            argsLength: told.argsLength,
          }
        : null,
      socket:
        socket === null
          ? null
          : {
              cookie: kind === 'bind_failed' || kind === 'attempted' ? 0n : this.#cookieOf(process, socket),
              transport: socket.transport,
              family,
              address: socket.address ?? (family === 'ipv4' ? '0.0.0.0' : '::'),
              port: socket.port,
              boundAt: step.boundAt ?? null,
            },
      error: step.error,
      unconfirmed: step.unconfirmed,
    };
    if (kind === 'closed' && socket !== null) this.#sockets.forget(keyOf(process), socket);
    if (kind === 'exit') this.#living.delete(process.pid);
    return result;
  }

  /** What a closer look found; entered into {@link findings}. Returns of which process. */
  inspected(said: SaidProcess, now: bigint): { readonly pid: number; readonly start: bigint } {
    const process = { pid: said.pid, start: this.#startOf(said, now) };
    this.#learn(said, keyOf(process));
    return process;
  }

  #startOf(said: SaidProcess, now: bigint): bigint {
    return said.start ?? this.#living.get(said.pid)?.start ?? said.startAhead ?? now;
  }

  /** The process that is spoken of, with all that is said of it entered. */
  #meet(said: SaidProcess, now: bigint): Living {
    const start = this.#startOf(said, now);
    let process = this.#living.get(said.pid);
    if (process?.start !== start) {
      process = {
        pid: said.pid,
        start,
        ppid: 0,
        uid: 0,
        name: undefined,
        exe: null,
        exeFile: null,
        args: [],
        argsLength: 0,
        cgroupId: 0n,
        netns: this.#netns,
        polled: null,
      };
      this.#living.set(said.pid, process);
    }
    process.ppid = said.ppid ?? process.ppid;
    process.uid = said.uid ?? this.#uidOf(said.user, process);
    process.name = said.name ?? process.name;
    if (said.exe !== undefined) process.exe = said.exe;
    process.args = said.args ?? process.args;
    process.argsLength = said.argsLength ?? process.argsLength;
    process.netns = said.netns ?? process.netns;
    process.exeFile = this.#fileOf(said) ?? (said.exeFile === null ? null : process.exeFile);
    process.cgroupId = this.#cgroupOf(said) ?? process.cgroupId;
    if (typeof said.user === 'string') this.userNames.set(process.uid, said.user);
    this.#learn(said, keyOf(process));
    return process;
  }

  /** The number of a user who is said by name alone: the one that the name has, or gets now. */
  #uidOf(user: string | null | undefined, { uid }: Living): number {
    if (typeof user !== 'string' || this.userNames.get(uid) === user) return uid;
    // Its number was said before, its name is said now.
    if (uid !== 0 && !this.userNames.has(uid)) return uid;
    for (const [known, name] of this.userNames) if (name === user) return known;
    if (user === 'root') return 0;
    let next = FIRST_MADE_UP_UID;
    while (this.userNames.has(next)) next += 1;
    return next;
  }

  #learn(said: SaidProcess, key: string): void {
    const { types, placements } = this.findings;
    const file = this.#fileOf(said);
    if (said.language !== undefined) {
      types.set(key, said.language);
      // What could not be told of one process may be told of another of the same file.
      if (file !== null && said.language.language !== 'unknown') types.set(fileKey(file), said.language);
    }
    const placement = this.#placementOf(said);
    const cgroup = this.#cgroupOf(said);
    if (placement === null) return;
    placements.set(key, placement);
    if (cgroup !== undefined) placements.set(cgroup, placement);
  }

  /** The executable's file: as it is said, or one for each language and path. */
  #fileOf(said: SaidProcess): FileId | null {
    if (said.exeFile !== undefined || said.language === undefined) return said.exeFile ?? null;
    const id = JSON.stringify([said.exe, said.language]);
    let file = this.#files.get(id);
    if (file === undefined) {
      file = { device: 0, inode: BigInt(this.#files.size + 1) };
      this.#files.set(id, file);
    }
    return file;
  }

  #placementOf({ cgroup, unit, container }: SaidProcess): Placement | null {
    if (cgroup === undefined && unit === undefined && container === undefined) return null;
    return { cgroup: cgroup ?? null, unit: unit ?? null, container: container ?? null };
  }

  /** The number of the cgroup: as it is said, or one for each placement. */
  #cgroupOf(said: SaidProcess): bigint | undefined {
    const placement = this.#placementOf(said);
    if (said.cgroupId !== undefined || placement === null) return said.cgroupId;
    const id = JSON.stringify(placement);
    let cgroup = this.#cgroups.get(id);
    if (cgroup === undefined) {
      cgroup = BigInt(this.#cgroups.size + 1);
      this.#cgroups.set(id, cgroup);
    }
    return cgroup;
  }

  #row(process: Living): ProcessRow {
    return {
      pid: process.pid,
      start: process.start,
      parentPid: process.ppid,
      uid: process.uid,
      name: process.name ?? baseName(process.exe ?? '').slice(0, 15),
      executable: process.exe,
      executableFile: process.exeFile,
      args: process.args,
      // Without any it would pass for a thread of the kernel where nothing else is known of it.
      argsLength: this.#isScenario ? Math.max(1, process.argsLength) : process.argsLength,
      cgroupId: process.cgroupId,
      networkNamespace: process.netns,
    };
  }

  #cookieOf(process: Living | null, said: SaidSocket, met?: ReadonlySet<bigint>): bigint {
    if (said.cookie !== undefined) return said.cookie;
    // A recording knows best; else it is told apart by its inode.
    if (!this.#isScenario || said.inode !== undefined) return 0n;
    return this.#sockets.cookieOf(process === null ? 'nobody' : keyOf(process), said, met);
  }

  #socketRows(process: Living | null, said: SaidSocket, met: Set<bigint>): SocketRow[] {
    const cookie = this.#cookieOf(process, said, met);
    if (cookie !== 0n) met.add(cookie);
    const family = said.family ?? 'ipv4';
    const row = {
      cookie,
      inode: said.inode ?? 0n,
      uid: said.uid ?? process?.uid ?? 0,
      networkNamespace: said.netns ?? process?.netns ?? this.#netns,
      family,
      transport: said.transport,
      state: said.state,
      port: said.port,
      address: (said.address === undefined ? null : addressBytes(said.address))?.bytes ?? new Uint8Array(16),
    };
    const holders = said.holders.filter((pid) => pid !== process?.pid && this.#living.has(pid));
    return [process?.pid ?? 0, ...holders].map((pid) => ({ ...row, pid }));
  }
}
