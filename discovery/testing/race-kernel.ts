import type {
  ActivityReading,
  KernelEvent,
  KernelSource,
  KernelSourceListener,
  SnapshotColumns,
  Transport,
} from '../../contract/index.js';
import { columnsOf } from '../replay/columns.js';
import type { SocketRow } from '../replay/columns.js';
import type { Action, Race } from './race.js';
import { RaceRing } from './race-ring.js';
import { CLOSE, fullState, LISTEN, limitedState, NETNS, WALL_OFFSET } from './scripted-kernel.js';
import type { VirtualTime } from './virtual-time.js';

export interface RacingProcess {
  readonly pid: number;
  readonly start: bigint;
  exe: string;
  execs: number;
  alive: boolean;
}

/** From bind() or listen() to close() or shutdown(), as it really was. Times are those of the records. */
export interface Life {
  readonly socket: RacingSocket;
  readonly port: number;
  openedAt: bigint;
  /** Before that, nobody can have seen it. */
  readonly begunAt: bigint;
  listened: boolean;
  closedAt: bigint | null;
  /** Every part of it was seen by a hook, and its records found room. */
  told: boolean;
}

export interface RacingSocket {
  readonly cookie: bigint;
  readonly inode: bigint;
  readonly transport: Transport;
  readonly holders: Set<RacingProcess>;
  state: number;
  port: number;
  hasCookie: boolean;
  /** Null: nobody listens to its close. */
  tracked: { readonly boundAt: bigint | null } | null;
  life: Life;
}

const PIDS = 5;
const MS = 1000;

/**
 * A kernel as docs/ordering.md describes it: what happens shows before or after its record gets a
 * place in the ring, records are read in that order, late, in batches of any size, and a snapshot
 * looks at one process after the other while all goes on.
 */
export class RaceKernel implements KernelSource {
  readonly processes: RacingProcess[] = [];
  readonly sockets: RacingSocket[] = [];
  readonly lives: Life[] = [];
  readonly everybody: RacingProcess[] = [];
  /** When the first snapshot was handed over; null: not yet. */
  shownAt: bigint | null = null;
  readonly #time: VirtualTime;
  readonly #race: Race;
  readonly #ring: RaceRing;
  #watched = false;
  /** In the middle of something, and of how much. */
  readonly #busy = new Map<RacingProcess | RacingSocket, number>();
  #cookies = 100n;
  #snapshots = 0;

  constructor(time: VirtualTime, race: Race) {
    this.#time = time;
    this.#race = race;
    this.#ring = new RaceRing(time, race);
    this.#appear(1, '/bin/a');
  }

  start(listener: KernelSourceListener): Promise<void> {
    this.#ring.tell(listener);
    this.#watched = !this.#race.limited;
    listener.state(this.#race.limited ? limitedState : fullState);
    return Promise.resolve();
  }

  /** The walks are as the iterators': processes, and in another thread what each has open. */
  async snapshot(): Promise<SnapshotColumns> {
    const { snapshotsUs, limited } = this.#race;
    const us = snapshotsUs[this.#snapshots % snapshotsUs.length] ?? 0;
    this.#snapshots += 1;
    const startedAt = this.#time.now;
    const processes: RacingProcess[] = [];
    const rows: SocketRow[] = [];
    const step = us / (PIDS * 2);
    for (let pid = 1; pid <= PIDS; pid += 1) {
      const process = this.processes.find((one) => one.pid === pid);
      if (process !== undefined) processes.push({ ...process });
      await this.#pass(step);
      for (const socket of this.sockets) {
        if (![...socket.holders].some((holder) => holder.pid === pid)) continue;
        rows.push(this.#row(socket, pid));
      }
      await this.#pass(step);
    }
    const finishedAt = this.#time.now;
    await this.#ring.caughtUp();
    this.shownAt ??= this.#time.now;
    return columnsOf(
      processes.map(({ pid, start, exe }) => ({
        pid,
        start,
        parentPid: 1,
        uid: 1000,
        name: exe.slice(5),
        executable: exe,
        executableFile: null,
        args: [exe],
        argsLength: exe.length + 1,
        cgroupId: 1n,
        networkNamespace: NETNS,
      })),
      rows,
      { source: limited ? 'proc' : 'iter', startedAt, finishedAt },
    );
  }

  caughtUp(): Promise<void> {
    return this.#ring.caughtUp();
  }

  watchActivity(): void {
    // Nothing is active here.
  }

  readActivity(): Promise<ActivityReading | null> {
    return Promise.resolve(null);
  }

  askForFullView(): Promise<boolean> {
    return Promise.resolve(false);
  }

  clocks(): { boot: bigint; wall: bigint } {
    return { boot: this.#time.now, wall: this.#time.now + WALL_OFFSET };
  }

  close(): void {
    this.#ring.tell(null);
  }

  /** Does it, if whom and what it is about is there and has nothing else to do. */
  act(action: Action): void {
    switch (action.do) {
      case 'fork':
        this.#fork(action);
        return;
      case 'exec':
        this.#exec(action);
        return;
      case 'exit':
        this.#exit(action);
        return;
      case 'bind':
        this.#bind(action);
        return;
      case 'autobind':
        this.#autobind(action);
        return;
      case 'listen':
        this.#listen(action);
        return;
      case 'listen in vain':
        this.#listenInVain(action);
        return;
      case 'shutdown':
        this.#shutdown(action);
        return;
      case 'close': {
        const socket = this.#socket(action.socket);
        const holder = socket === undefined ? undefined : this.#holderOf(socket);
        if (socket !== undefined && holder !== undefined) this.#release(socket, holder, action);
        return;
      }
      case 'pass': {
        const socket = this.#socket(action.socket);
        const from = socket === undefined ? undefined : this.#holderOf(socket);
        const to = this.#process(action.who);
        if (socket === undefined || from === undefined || to === undefined || socket.holders.has(to)) return;
        socket.holders.add(to);
        if (action.move) socket.holders.delete(from);
        return;
      }
      case 'lose':
        this.#ring.lose(this.#watched ? action.count : 0);
        return;
      case 'stall':
        this.#ring.stall(BigInt(action.us * MS));
        return;
    }
  }

  #appear(pid: number, exe: string): RacingProcess {
    const process = { pid, start: this.#time.now, exe, execs: 0, alive: true };
    this.processes.push(process);
    this.everybody.push(process);
    return process;
  }

  #fork({ who, pid }: Extract<Action, { do: 'fork' }>): void {
    const parent = this.#process(who);
    if (parent === undefined) return;
    for (let tried = 0; tried < PIDS; tried += 1) {
      const free = ((pid + tried) % PIDS) + 1;
      if (this.everybody.some((other) => other.pid === free && (other.alive || this.#busy.has(other))))
        continue;
      const child = this.#appear(free, parent.exe);
      for (const socket of this.sockets) if (socket.holders.has(parent)) socket.holders.add(child);
      return;
    }
  }

  #exec(action: Extract<Action, { do: 'exec' | 'exit' }>): void {
    const process = this.#process(action.who);
    if (process === undefined) return;
    process.exe = process.exe === '/bin/a' ? '/bin/b' : '/bin/a';
    process.execs += 1;
    this.#later(action.lagUs, [process], () => {
      this.#record('exec', process, null, action);
    });
  }

  #exit(action: Extract<Action, { do: 'exec' | 'exit' }>): void {
    const process = this.#process(action.who);
    if (process === undefined || this.processes.length < 2) return;
    this.#record('exit', process, null, action);
    this.#later(action.lagUs, [process], () => {
      for (const socket of this.sockets.filter(({ holders }) => holders.has(process)))
        this.#release(socket, process, action);
      process.alive = false;
      this.processes.splice(this.processes.indexOf(process), 1);
      // Its PID is free once all that it had is closed.
      this.#later(action.lagUs + action.skewUs + 1, [process], () => undefined);
    });
  }

  #bind(action: Extract<Action, { do: 'bind' }>): void {
    const process = this.#process(action.who);
    if (process === undefined || this.#isAmbiguous(action.port)) return;
    const socket = this.#open(process, action.port, action.udp ? 'udp' : 'tcp');
    this.#later(action.lagUs, [process, socket], () => {
      // The time is taken, and the socket tracked, before the record has a place.
      const at = this.#time.now;
      if (this.#watched) {
        socket.life.openedAt = at;
        socket.hasCookie = true;
        socket.tracked = { boundAt: at };
      }
      this.#later(action.skewUs, [process, socket], () => {
        socket.life.told = this.#record('bound', process, socket, { ...action, skewUs: 0 }, { time: at });
      });
    });
  }

  #autobind(action: Extract<Action, { do: 'autobind' }>): void {
    const process = this.#process(action.who);
    if (process === undefined || this.#isAmbiguous(action.port)) return;
    const socket = this.#open(process, 0, 'tcp', action.port);
    socket.life.listened = true;
    const chosen = (): void => {
      socket.port = action.port;
      socket.state = LISTEN;
    };
    const tell = (port: number): void => {
      if (this.#watched) socket.life.openedAt = this.#time.now + BigInt(action.skewUs * MS);
      socket.life.told = this.#listening(process, socket, action, port);
    };
    if (this.#race.unconfirmed) tell(0);
    else chosen();
    this.#later(action.lagUs, [process, socket], () => {
      if (this.#race.unconfirmed) chosen();
      else tell(action.port);
    });
  }

  #listen(action: Extract<Action, { socket: number }>): void {
    const socket = this.#socket(action.socket);
    const process = socket === undefined ? undefined : this.#holderOf(socket);
    if (socket === undefined || process === undefined || socket.transport === 'udp') return;
    if (socket.state === LISTEN) return;
    const tell = (): void => {
      socket.life.listened = true;
      if (!this.#listening(process, socket, action, socket.port)) socket.life.told = false;
    };
    if (this.#race.unconfirmed) tell();
    else socket.state = LISTEN;
    this.#later(action.lagUs, [process, socket], () => {
      if (this.#race.unconfirmed) socket.state = LISTEN;
      else tell();
    });
  }

  #listenInVain(action: Extract<Action, { socket: number }>): void {
    const socket = this.#socket(action.socket);
    const process = socket === undefined ? undefined : this.#holderOf(socket);
    if (socket === undefined || process === undefined || socket.transport === 'udp') return;
    if (socket.state === LISTEN) return;
    const { unconfirmed } = this.#race;
    const before = socket.tracked;
    if (unconfirmed && !this.#listening(process, socket, action, socket.port)) socket.life.told = false;
    // It takes microseconds. Of a socket that nothing told of, a row of just then would be believed: a known limit.
    this.#later(Math.min(action.lagUs, 50), [process, socket], () => {
      if (socket.life.told) socket.state = LISTEN;
      this.#later(Math.min(action.lagUs, 50), [process, socket], () => {
        socket.state = CLOSE;
        if (!unconfirmed) return;
        socket.tracked = before;
        if (!this.#record('listen_failed', process, socket, action)) socket.life.told = false;
      });
    });
  }

  #shutdown(action: Extract<Action, { socket: number }>): void {
    const socket = this.#socket(action.socket);
    const process = socket === undefined ? undefined : this.#holderOf(socket);
    if (socket === undefined || process === undefined || socket.state !== LISTEN) return;
    this.#closed(socket, process, action);
    // Its port is still its own.
    socket.life = this.#life(socket, socket.port);
    // No thread stops here for long.
    this.#later(Math.min(action.lagUs, 50), [process, socket], () => {
      socket.state = CLOSE;
    });
  }

  /** One holder less. Close-on-last: what can be seen goes first, then the record. */
  #release(socket: RacingSocket, holder: RacingProcess, action: Action): void {
    socket.holders.delete(holder);
    if (socket.holders.size > 0) return;
    this.#later(action.lagUs, [holder, socket], () => {
      this.sockets.splice(this.sockets.indexOf(socket), 1);
      this.#closed(socket, holder, action);
    });
  }

  #closed(socket: RacingSocket, process: RacingProcess, action: Action): void {
    const { tracked, life } = socket;
    socket.tracked = null;
    life.closedAt = this.#time.now;
    if (tracked === null || !this.#watched) return;
    const told = this.#record('closed', process, socket, action, { boundAt: tracked.boundAt });
    if (!told) life.told = false;
    else life.closedAt += BigInt(action.skewUs * MS);
  }

  /** Two without a cookie at one port cannot be told apart by events. */
  #isAmbiguous(port: number): boolean {
    return this.sockets.some((socket) => !socket.hasCookie && socket.life.port === port);
  }

  #open(process: RacingProcess, port: number, transport: Transport, lifePort = port): RacingSocket {
    this.#cookies += 1n;
    const socket: Omit<RacingSocket, 'life'> = {
      cookie: this.#cookies,
      inode: this.#cookies + 50_000n,
      transport,
      holders: new Set([process]),
      state: CLOSE,
      port,
      hasCookie: !this.#race.cookieless,
      tracked: null,
    };
    const opened = Object.assign(socket, { life: undefined as unknown as Life });
    opened.life = this.#life(opened, lifePort);
    this.sockets.push(opened);
    return opened;
  }

  #life(socket: RacingSocket, port: number): Life {
    const life: Life = {
      socket,
      port,
      openedAt: this.#time.now,
      begunAt: this.#time.now,
      listened: false,
      closedAt: null,
      told: false,
    };
    this.lives.push(life);
    return life;
  }

  /** Returns whether it found room. */
  #listening(process: RacingProcess, socket: RacingSocket, action: Action, port: number): boolean {
    if (!this.#watched) return false;
    const at = this.#time.now + BigInt(action.skewUs * MS);
    socket.tracked ??= { boundAt: at };
    socket.hasCookie = true;
    const { unconfirmed } = this.#race;
    return this.#record('listening', process, socket, action, { port, unconfirmed });
  }

  /** Gives a record its place in the ring, to be written a moment later. Returns whether there was room. */
  #record(
    kind: KernelEvent['kind'],
    process: RacingProcess,
    socket: RacingSocket | null,
    { skewUs }: Pick<Action, 'skewUs'>,
    said: { time?: bigint; boundAt?: bigint | null; port?: number; unconfirmed?: boolean } = {},
  ): boolean {
    if (!this.#watched) return false;
    const now = this.#time.now;
    const place = this.#ring.reserve();
    if (place === null) return false;
    const event: KernelEvent = {
      kind,
      time: said.time ?? now + BigInt(skewUs * MS),
      hook: kind,
      pid: process.pid,
      tid: process.pid,
      startTime: process.start,
      parentPid: 1,
      uid: 1000,
      name: process.exe.slice(5),
      cgroupId: 1n,
      networkNamespace: NETNS,
      identity:
        kind === 'exit' || kind === 'closed' || kind === 'listen_failed'
          ? null
          : {
              executable: process.exe,
              executableFile: null,
              args: [process.exe],
              argsLength: process.exe.length + 1,
            },
      socket:
        socket === null
          ? null
          : {
              cookie: socket.cookie,
              transport: socket.transport,
              family: 'ipv4',
              address: '0.0.0.0',
              port: said.port ?? socket.port,
              boundAt: said.boundAt ?? null,
            },
      error: 0,
      unconfirmed: said.unconfirmed ?? false,
    };
    this.#later(skewUs, socket === null ? [process] : [process, socket], () => {
      this.#ring.write(place, event);
    });
    return true;
  }

  #row(socket: RacingSocket, pid: number): SocketRow {
    if (this.#watched && socket.hasCookie) socket.tracked ??= { boundAt: null };
    return {
      pid,
      cookie: socket.hasCookie ? socket.cookie : 0n,
      inode: socket.inode,
      uid: 1000,
      networkNamespace: NETNS,
      family: 'ipv4',
      transport: socket.transport,
      state: socket.state,
      port: socket.port,
      address: new Uint8Array(16),
    };
  }

  #later(us: number, busy: readonly (RacingProcess | RacingSocket)[], run: () => void): void {
    for (const one of busy) this.#busy.set(one, (this.#busy.get(one) ?? 0) + 1);
    this.#time.after(us / 1000, () => {
      run();
      for (const one of busy) {
        const left = (this.#busy.get(one) ?? 0) - 1;
        if (left > 0) this.#busy.set(one, left);
        else this.#busy.delete(one);
      }
    });
  }

  async #pass(us: number): Promise<void> {
    if (us > 0) await new Promise<void>((resolve) => this.#time.after(us / 1000, resolve));
  }

  #process(number: number): RacingProcess | undefined {
    const idle = this.processes.filter((process) => !this.#busy.has(process));
    return idle[number % idle.length];
  }

  #socket(number: number): RacingSocket | undefined {
    const idle = this.sockets.filter((socket) => !this.#busy.has(socket) && socket.holders.size > 0);
    return idle[number % idle.length];
  }

  #holderOf(socket: RacingSocket): RacingProcess | undefined {
    return [...socket.holders].find((holder) => !this.#busy.has(holder));
  }
}
