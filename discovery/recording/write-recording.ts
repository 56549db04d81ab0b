import type {
  Criterion,
  ExecutableType,
  FileId,
  InspectedProcess,
  KernelEvent,
  KernelSourceListener,
  KernelSourceState,
  Placement,
  SnapshotColumns,
} from '../../contract/index.js';
import { addressText } from '../../contract/index.js';
import { redactArguments } from '../export/redact.js';
import { decodeText } from '../text.js';
import { headerLine } from './header.js';
import { stateWord } from './socket-states.js';
import type { RecordingHeader } from './step.js';
import { RECORDING_VERSION } from './step.js';

export interface RecordingWriterOptions {
  /** Takes text as it comes; each ends with the end of a line. */
  readonly write: (text: string) => void;
  /** One moment on both clocks of the pipeline, in nanoseconds. */
  readonly clocks: () => { readonly boot: bigint; readonly wall: bigint };
  readonly userName: (uid: number) => string | null;
  /** Values of arguments that look like secrets are left out. */
  readonly redactSecrets: boolean;
}

export type HeaderFactsOfRecording = Pick<
  RecordingHeader,
  'program' | 'host' | 'ownPids' | 'networkNamespace'
> & {
  /** Those in force while it is recorded; for people, a replay has its own. */
  readonly criteria: readonly Criterion[];
};

type Json = Record<string, unknown>;

const fileJson = (file: FileId | null): Json | null =>
  file === null ? null : { device: file.device, inode: String(file.inode) };

/**
 * Writes what the kernel side told and showed, in the order in which the pipeline took it, so that a
 * replay comes to the same. Polls after the first hold only what differs from the one before.
 */
export class RecordingWriter {
  readonly #options: RecordingWriterOptions;
  /** Wall clock less boot clock, as it was last written. */
  #offset = 0n;
  /** Each process of the last poll, by PID, as it was written; null: there was none. */
  #polled: Map<number, { readonly start: bigint; readonly text: string }> | null = null;

  constructor(options: RecordingWriterOptions) {
    this.#options = options;
  }

  /** The first line; to be written before anything else. */
  header(facts: HeaderFactsOfRecording): void {
    const { clocks, redactSecrets, write } = this.#options;
    const { boot, wall } = clocks();
    this.#offset = wall - boot;
    const { program, host, ownPids, networkNamespace, criteria } = facts;
    const header = { version: RECORDING_VERSION, program, host, boot, wall, ownPids, networkNamespace };
    write(`${headerLine({ ...header, redacted: redactSecrets }, { criteria })}\n`);
  }

  events(events: readonly KernelEvent[]): void {
    for (const event of events) this.#step({ bpf: { [event.kind]: this.#event(event) } });
  }

  lost({ where, count, from, to }: Parameters<KernelSourceListener['lost']>[0]): void {
    this.#step({ bpf: { lost: { where, count, from: String(from), to: String(to) } } });
  }

  gap({ from, to }: Parameters<KernelSourceListener['gap']>[0]): void {
    this.#step({ bpf: { gap: { from: String(from), to: String(to) } } });
  }

  state({ helper, hooks, reason, remedy, helperPid }: KernelSourceState): void {
    this.#step({ bpf: { state: { helper, hooks, reason, remedy, helper_pid: helperPid } } });
  }

  /** A poll that looked at ports, right before it is entered. */
  poll(columns: SnapshotColumns): void {
    const before = this.#polled;
    const now = new Map<number, { start: bigint; text: string }>();
    const { held, free } = this.#sockets(columns);
    for (let row = 0; row < columns.processes.length; row += 1) {
      const pid = columns.processes.pid[row] ?? 0;
      if (pid === 0) continue;
      now.set(pid, {
        start: columns.processes.startTime[row] ?? 0n,
        text: JSON.stringify({ ...this.#process(columns, row), ports: held.get(pid) ?? [] }),
      });
    }
    const changed = [...now].filter(([pid, { text }]) => before?.get(pid)?.text !== text);
    const gone = [...(before ?? [])].filter(([pid]) => !now.has(pid));
    this.#polled = now;
    const list = `[${changed.map(([, { text }]) => text).join(',')}]`;
    const what =
      before === null
        ? `"processes":${list}`
        : `"changed":${list},"gone":${JSON.stringify(gone.map(([pid, { start }]) => ({ pid, start: String(start) })))}`;
    const rest = JSON.stringify({
      ...(free.length === 0 ? {} : { sockets: free }),
      ports_fetched: true,
      source: columns.source,
      started: String(columns.startedAt),
      finished: String(columns.finishedAt),
    });
    this.#stepText(`"poll":{${what},${rest.slice(1)}`);
  }

  executableType(process: InspectedProcess, { language, version, reason }: ExecutableType): void {
    this.#step({
      inspected: {
        pid: process.pid,
        start: String(process.startTime),
        exe_file: fileJson(process.executableFile),
        language: { name: language, version, reason },
      },
    });
  }

  placement(process: InspectedProcess, { cgroup, unit, container }: Placement): void {
    this.#step({
      inspected: {
        pid: process.pid,
        start: String(process.startTime),
        cgroup_id: String(process.cgroupId),
        cgroup,
        unit,
        container,
      },
    });
  }

  #step(step: Json): void {
    this.#stepText(JSON.stringify(step).slice(1, -1));
  }

  #stepText(members: string): void {
    const { clocks, write } = this.#options;
    const { boot, wall } = clocks();
    const wasSet = wall - boot !== this.#offset;
    this.#offset = wall - boot;
    write(`{"at":"${String(boot)}",${wasSet ? `"wall":"${String(wall)}",` : ''}${members}}\n`);
  }

  #args(args: readonly string[]): readonly string[] {
    return this.#options.redactSecrets ? redactArguments(args) : args;
  }

  #event(event: KernelEvent): Json {
    const { identity, socket, kind } = event;
    const user = this.#options.userName(event.uid);
    return {
      pid: event.pid,
      start: String(event.startTime),
      tid: event.tid,
      ppid: event.parentPid,
      uid: event.uid,
      ...(user === null ? {} : { user }),
      name: event.name,
      cgroup_id: String(event.cgroupId),
      netns: event.networkNamespace,
      ...(identity === null
        ? {}
        : {
            exe: identity.executable,
            exe_file: fileJson(identity.executableFile),
            args: this.#args(identity.args),
            args_length: identity.argsLength,
          }),
      time: String(event.time),
      hook: event.hook,
      ...(socket === null
        ? {}
        : {
            proto: socket.transport,
            port: socket.port,
            family: socket.family,
            address: socket.address,
            ...(socket.cookie === 0n ? {} : { cookie: String(socket.cookie) }),
            ...(kind === 'closed'
              ? { bound_at: socket.boundAt === null ? null : String(socket.boundAt) }
              : {}),
          }),
      ...(kind === 'bind_failed' ? { errno: event.error } : {}),
      ...(kind === 'exit' ? { status: event.error } : {}),
      ...(kind === 'listening' && event.unconfirmed ? { unconfirmed: true } : {}),
    };
  }

  #process({ processes: rows }: SnapshotColumns, row: number): Json {
    const text = (offsets: Uint32Array): string =>
      decodeText(rows.text.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0));
    const args = text(rows.args).split('\0');
    // Each is ended by NUL.
    if (args.at(-1) === '') args.pop();
    const uid = rows.uid[row] ?? 0;
    const user = this.#options.userName(uid);
    const inode = rows.executableInode[row] ?? 0n;
    return {
      pid: rows.pid[row],
      start: String(rows.startTime[row]),
      ppid: rows.parentPid[row],
      uid,
      ...(user === null ? {} : { user }),
      name: text(rows.name),
      exe: rows.executableKnown[row] === 1 ? text(rows.executable) : null,
      exe_file: inode === 0n ? null : fileJson({ device: rows.executableDevice[row] ?? 0, inode }),
      args: this.#args(args),
      args_length: rows.argsLength[row],
      cgroup_id: String(rows.cgroupId[row]),
      netns: rows.networkNamespace[row],
    };
  }

  /** Sockets by the PID of their holder, in the order of the rows; and those of which none is shown. */
  #sockets({ processes, sockets: rows }: SnapshotColumns): { held: Map<number, Json[]>; free: Json[] } {
    const shown = new Set(processes.pid);
    const held = new Map<number, Json[]>();
    const free: Json[] = [];
    for (let row = 0; row < rows.length; row += 1) {
      const family = rows.family[row] === 2 ? 'ipv4' : 'ipv6';
      const cookie = rows.cookie[row] ?? 0n;
      const json = {
        proto: rows.protocol[row] === 6 ? 'tcp' : 'udp',
        port: rows.port[row],
        state: stateWord(rows.state[row] ?? 0),
        family,
        address: addressText(family, rows.address, row * 16),
        ...(cookie === 0n ? {} : { cookie: String(cookie) }),
        inode: String(rows.inode[row]),
        uid: rows.uid[row],
        netns: rows.networkNamespace[row],
      };
      const pid = rows.pid[row] ?? 0;
      if (pid === 0 || !shown.has(pid)) {
        free.push(json);
        continue;
      }
      const list = held.get(pid);
      if (list === undefined) held.set(pid, [json]);
      else list.push(json);
    }
    return { held, free };
  }
}
