import type {
  ExecutableType,
  FileId,
  LocalEndpoint,
  Placement,
  ProcessInfo,
  ProcessKey,
  Since,
  SocketInfo,
  SocketKey,
  SocketRow,
} from '../../contract/index.js';
import { processKey } from '../../contract/index.js';
import type { LocalPort } from '../local-port.js';
import { isOpenPort } from '../local-port.js';
import { connectedPortsOf, noConnectedPorts } from './connected-ports.js';

/** Who read the path: the kernel's walk and /proc may word one file differently, and are never compared. */
export type PathReader = 'kernel' | 'proc';

export interface ProcessFields {
  readonly pid: number;
  readonly startTime: bigint;
  parentPid: number;
  uid: number;
  name: string;
  executable: string | null;
  executableFile: FileId | null;
  /** Null: not looked at yet. */
  executableType: ExecutableType | null;
  /** Null: not looked at yet. */
  placement: Placement | null;
  args: readonly string[];
  argsLength: number;
  cgroupId: bigint;
  networkNamespace: number;
}

/** A process that lives, as far as known. Owned by the {@link ProcessTable}; mutable within the accounter. */
export class ProcessRecord {
  readonly key: ProcessKey;
  readonly fields: ProcessFields;
  executableReader: PathReader | null = null;
  /** Sockets of which it has a descriptor. */
  readonly held = new Set<SocketRecord>();
  /** Sockets that it bound and that still exist. */
  bound = 0;
  /** Local ports of its connected sockets that are in no table; empty unless they count. See {@link connectedPortsOf}. */
  connected: Uint32Array = noConnectedPorts;
  /** Boot-clock time of the newest kernel event about it; a snapshot begun before, or then, does not overrule that. */
  touchedAt = 0n;
  /** When a snapshot ended that showed another executable of which no event told; null: the last one did not. */
  execDoubtedAt: bigint | null = null;
  /** The last snapshot that showed it. */
  generation = -1;
  /** Its columns as the last snapshot showed them, to compare without decoding; null: decode next time. */
  raw: { readonly name: Uint8Array; readonly executable: Uint8Array; readonly args: Uint8Array } | null =
    null;
  #info: ProcessInfo | null = null;
  readonly #describe: (fields: ProcessFields, key: ProcessKey) => ProcessInfo;

  constructor(fields: ProcessFields, describe: (fields: ProcessFields, key: ProcessKey) => ProcessInfo) {
    this.fields = fields;
    this.key = processKey(fields.pid, fields.startTime);
    this.#describe = describe;
  }

  get pid(): number {
    return this.fields.pid;
  }

  get executable(): string | null {
    return this.fields.executable;
  }

  /** As it is now; the same object until something changes. */
  get info(): ProcessInfo {
    this.#info ??= this.#describe(this.fields, this.key);
    return this.#info;
  }

  update(change: Partial<Omit<ProcessFields, 'pid' | 'startTime'>>): void {
    Object.assign(this.fields, change);
    this.#info = null;
  }

  /** Whether it holds a socket, or bound one that still exists. */
  get hasSocket(): boolean {
    return this.held.size > 0 || this.bound > 0;
  }

  /** Threads of the kernel: children of kthreadd, without executable and arguments. They are no one's process. */
  get isKernelThread(): boolean {
    const { pid, parentPid, executable, argsLength } = this.fields;
    return executable === null && argsLength === 0 && (pid === 2 || parentPid === 2);
  }

  /** Ports that count for matching, ascending, each once. */
  openPorts(asBeyla: boolean): number[] {
    const ports = new Set<number>();
    for (const { fields } of this.held) if (asBeyla || isOpenPort(fields)) ports.add(fields.port);
    if (asBeyla) for (const { port } of connectedPortsOf(this.connected)) ports.add(port);
    return [...ports].sort((left, right) => left - right);
  }

  /** Every local port that is known, ascending. */
  localPorts(): LocalPort[] {
    const held = [...this.held].map(({ fields: { port, transport, state } }) => ({ port, transport, state }));
    return [...held, ...connectedPortsOf(this.connected)].sort((left, right) => left.port - right.port);
  }
}

export interface SocketFields extends LocalEndpoint {
  readonly key: SocketKey;
  state: SocketInfo['state'];
}

/** A copy, field by field: at thousands of sockets a second, spreading costs as much as all else. */
export const socketInfo = (fields: SocketFields): SocketInfo => ({
  key: fields.key,
  transport: fields.transport,
  family: fields.family,
  address: fields.address,
  port: fields.port,
  networkNamespace: fields.networkNamespace,
  state: fields.state,
});

/** What one snapshot showed of a socket against what is known of it. */
export interface Doubt {
  /** Kernel state, or {@link ABSENT}. */
  readonly shown: number;
  /** When that snapshot ended, boot-clock nanoseconds. */
  readonly at: bigint;
}
/** In place of a state: there was no row. */
export const ABSENT = -1;

/** A socket's place in the table: its cookie, or its inode where there is none. Numbers where they are exact. */
export interface SocketId {
  readonly space: 'cookie' | 'inode';
  readonly value: number | bigint;
}

/** A socket that exists. Owned by the {@link SocketTable}; mutable within the accounter. */
export class SocketRecord {
  readonly id: SocketId;
  fields: SocketFields;
  /** Kernel state as the last snapshot showed it; -1: not yet shown. */
  rawState = -1;
  binder: ProcessInfo | null = null;
  binderRecord: ProcessRecord | null = null;
  holders: ProcessRecord[] = [];
  /** The process it was last known with; outlives the holders. */
  lastProcess: ProcessInfo | null = null;
  since: Since;
  sinceBoot: bigint;
  listeningSince: Since | null = null;
  /** When the kernel said that it listens; null: it never did. */
  toldListeningAt: bigint | null = null;
  /** Null where there is none. */
  cookie: number | bigint | null;
  uid: number | null = null;
  /** Boot-clock time of the newest kernel event about it; see {@link touch}. */
  touchedAt = 0n;
  /** What the last snapshot showed and no event told: the next one says whether to believe it. */
  doubt: Doubt | null = null;
  generation = -1;
  /** While a snapshot is applied: how many of `holders` were met in order, and the others. */
  metHolders = 0;
  otherHolders: ProcessRecord[] | null = null;
  lastMet: ProcessRecord | null = null;
  #row: SocketRow | null = null;

  constructor(id: SocketId, fields: SocketFields, since: Since, sinceBoot: bigint) {
    this.id = id;
    this.fields = fields;
    this.since = since;
    this.sinceBoot = sinceBoot;
    this.cookie = id.space === 'cookie' ? id.value : null;
  }

  /** The kernel spoke of it: what a snapshot showed before counts for nothing. */
  touch(at: bigint): void {
    this.touchedAt = at;
    this.doubt = null;
  }

  /** Counts as an open port of its holders: listening TCP and bound UDP. */
  get isOpenPort(): boolean {
    return isOpenPort(this.fields);
  }

  /** What an event about it says of its user where it can name no process. */
  ownerUid(process: ProcessInfo | null): { readonly ownerUid?: number } {
    return process !== null || this.uid === null ? {} : { ownerUid: this.uid };
  }

  get info(): SocketInfo {
    return this.row.socket;
  }

  /** As it is now; the same object until something changes. */
  get row(): SocketRow {
    this.#row ??= {
      socket: socketInfo(this.fields),
      binder: this.binder?.key ?? null,
      holders: this.holders.map(({ key }) => key),
      since: this.since,
      listeningSince: this.listeningSince,
      ...(this.uid === null ? {} : { uid: this.uid }),
    };
    return this.#row;
  }

  changed(): void {
    this.#row = null;
  }

  /**
   * The process to name where one is asked for and the binder is not known: the only holder, or the
   * holder from which all others descend (a master and its workers). Otherwise nobody: never a guess.
   */
  principal(ancestors: (record: ProcessRecord) => readonly ProcessRecord[]): ProcessRecord | null {
    const [first, ...rest] = this.holders;
    if (first === undefined) return null;
    if (rest.length === 0) return first;
    const oldest = this.holders.reduce((left, right) =>
      right.fields.startTime < left.fields.startTime ? right : left,
    );
    const descend = this.holders.every((holder) => holder === oldest || ancestors(holder).includes(oldest));
    return descend ? oldest : null;
  }
}
