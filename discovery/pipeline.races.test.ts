import { describe, expect, it } from 'vitest';
import { processKey } from '../contract/index.js';
import { SETTLE_MS } from './accounter/accounter.js';
import { closeOne, generator, listenOn, nextPid, pick } from './testing/random-world.js';
import { brief, criterion, Scenario } from './testing/scenario.js';
import type { WorldSocket } from './testing/scripted-kernel.js';
import { CLOSE, ESTABLISHED, fullState, LISTEN, WALL_OFFSET } from './testing/scripted-kernel.js';

/**
 * A world in which things happen at random while snapshots that take their time are under way and
 * events are delivered late.
 */
const live = async (seed: number, steps: number): Promise<Scenario> => {
  const random = generator(seed);
  const s = new Scenario({ criteria: [criterion('1000-1500')], pollIntervalMs: 400 });
  const { kernel } = s;
  kernel.snapshotMs = random(3) === 0 ? 0 : 1 + random(60);
  kernel.deliveryMs = random(3);
  let pid = 100;
  await s.start();
  for (let step = 0; step < steps; step += 1) {
    const process = pick(random, kernel.processes);
    const socket = pick(random, kernel.sockets);
    switch (random(9)) {
      case 0:
        pid = nextPid(kernel, pid);
        if (kernel.processes.length >= 30) break;
        kernel.exec(kernel.fork(pid, { parentPid: 1 }), '/bin/b');
        break;
      case 1:
      case 2:
        if (process === undefined) break;
        kernel.bind(process, 1000 + random(1000), { transport: random(3) === 0 ? 'udp' : 'tcp' });
        break;
      case 3:
      case 4:
        listenOn(kernel, socket, random);
        break;
      case 5:
        closeOne(kernel, socket);
        break;
      case 6:
        if (process !== undefined && kernel.processes.length > 3) kernel.exit(process);
        break;
      case 7:
        if (process !== undefined && socket !== undefined) kernel.share(socket, process);
        break;
      case 8:
        if (process !== undefined) kernel.exec(process, `/bin/${String(random(5))}`);
        break;
    }
    await s.time.advance(random(4) === 0 ? random(80) : 0.01 + random(400) / 100);
  }
  // Everything that is under way arrives, and two polls pass.
  await s.time.advance(2000);
  return s;
};

const ids = (sockets: readonly WorldSocket[]): string[] =>
  sockets.map(({ cookie, state }) => `c${String(cookie)} ${state === LISTEN ? 'listening' : 'bound'}`).sort();

describe('snapshots and events race', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('no duplicate, no hole (seed %i)', async (seed) => {
    const s = await live(seed, 150);

    const lives = new Map<string, string[]>();
    for (const event of s.all()) {
      const key =
        'socket' in event
          ? event.socket.key
          : event.name.startsWith('process.') && 'process' in event
            ? event.process.key
            : '';
      if (key !== '') lives.set(key, [...(lives.get(key) ?? []), event.name]);
    }
    for (const [key, names] of lives) {
      const once = names.filter((name) => name !== 'process.exec');
      expect(new Set(once).size, `${key}: ${names.join(', ')}`).toBe(once.length);
      if (names.includes('socket.closed')) expect(names.at(-1), key).toBe('socket.closed');
      if (names.includes('process.deleted')) expect(names.at(-1), key).toBe('process.deleted');
      if (names.includes('socket.bound')) expect(names[0], key).toBe('socket.bound');
    }

    // What is in the tables is what exists, and it has been told.
    const shown = s.pipeline.sockets();
    expect(shown.map(({ socket }) => `${socket.key} ${socket.state}`).sort()).toEqual(ids(s.kernel.sockets));
    for (const { socket } of shown) {
      expect(lives.get(socket.key)?.at(-1)).toBe(
        socket.state === 'listening' ? 'socket.listening' : 'socket.bound',
      );
    }
    const holders = new Map(
      shown.map(({ socket, holders: keys }) => [socket.key as string, [...keys].sort()]),
    );
    for (const socket of s.kernel.sockets) {
      const expected = [...socket.holders]
        .map((holder) => processKey(holder.pid, holder.start) as string)
        .sort();
      expect(holders.get(`c${String(socket.cookie)}`)).toEqual(expected);
    }
    expect(
      s.pipeline
        .processes()
        .map(({ key }) => key as string)
        .sort(),
    ).toEqual(s.kernel.processes.map((process) => processKey(process.pid, process.start) as string).sort());

    // Matches: started and ended alternate for each process, and no dead process is matched.
    const matched = new Map<string, boolean>();
    for (const event of s.all()) {
      if (event.name !== 'match.started' && event.name !== 'match.ended') continue;
      const is = event.name === 'match.started';
      expect(matched.get(event.process.key) ?? false, brief(event)).toBe(!is);
      matched.set(event.process.key, is);
    }
    const alive = new Set(s.kernel.processes.map(({ pid, start }) => processKey(pid, start) as string));
    for (const [key, is] of matched) if (is) expect(alive.has(key), key).toBe(true);
  });

  it('a listener that no event told of its end, and that is a connection now, is closed once', async () => {
    const s = new Scenario();
    await s.start();
    const process = s.kernel.fork(7);
    const socket = s.kernel.serve(process, 80);
    await s.poll();
    s.fresh();
    s.kernel.mute = true;
    socket.state = ESTABLISHED;
    await s.poll();
    await s.poll();
    s.kernel.exit(process);
    await s.poll();
    await s.poll();
    const told = s.fresh().filter(({ name }) => name.startsWith('socket.'));
    expect(told.map(brief)).toEqual(['socket.closed 80 pid 7 poll']);
    expect(s.pipeline.sockets()).toEqual([]);
  });

  it('a process that binds while a snapshot is under way is told once, by the kernel', async () => {
    const s = new Scenario({ pollIntervalMs: 400 });
    s.kernel.snapshotMs = 50;
    await s.start();
    s.fresh();
    await s.time.advance(420);
    s.kernel.serve(s.kernel.fork(7), 80);
    await s.time.advance(1000);
    expect(s.fresh().map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.bound 80 pid 7 ebpf',
      'socket.listening 80 pid 7 ebpf',
    ]);
  });

  it('a listen that is held while a snapshot already shows it is told by the kernel, not by the poll', async () => {
    const s = new Scenario();
    await s.start();
    const process = s.kernel.fork(7);
    const socket = s.kernel.bind(process, 80);
    await s.time.advance(1);
    // Where no hook tells of binds, an attempt asks for a snapshot.
    s.kernel.listener.state({ ...fullState, hooks: fullState.hooks.filter(({ fact }) => fact !== 'bound') });
    s.fresh();
    s.kernel.snapshotMs = 1;
    s.kernel.listener.events([{ ...s.kernel.event('attempted', process), kind: 'attempted' }]);
    await s.time.advance(0.2);
    s.kernel.listen(process, socket, true);
    await s.time.advance(100);
    expect(s.fresh().map(brief)).toEqual(['socket.listening 80 pid 7 ebpf']);
  });

  it('sockets that close and processes that exit while a snapshot is under way do not come back', async () => {
    const s = new Scenario({ pollIntervalMs: 400 });
    s.kernel.snapshotMs = 50;
    const process = s.kernel.fork(7);
    const socket = s.kernel.serve(process, 80);
    await s.start();
    await s.time.advance(400);
    s.fresh();
    const columns = s.kernel.snapshot();
    await s.time.advance(60);
    s.kernel.close1(process, socket);
    s.kernel.exit(process);
    await columns;
    await s.time.advance(1000);
    expect(s.fresh().map(brief)).toEqual(['socket.closed 80 pid 7 ebpf', 'process.deleted pid 7 ebpf']);
  });

  it('a zombie that snapshots show after its exit stays dead', async () => {
    const s = new Scenario();
    const process = s.kernel.fork(7);
    await s.start();
    s.kernel.exit(process);
    s.fresh();
    s.kernel.processes.push({ ...process, exe: null, args: [] });
    await s.poll();
    await s.poll();
    expect(s.fresh()).toEqual([]);
    s.kernel.processes.splice(0);
    await s.poll();
    expect(s.fresh()).toEqual([]);
  });
});

/** Snapshots take their time, and the first one is entered. */
const slowly = async (prepare: (s: Scenario) => void): Promise<Scenario> => {
  const s = new Scenario({ pollIntervalMs: 400 });
  s.kernel.snapshotMs = 10;
  prepare(s);
  await s.start();
  s.fresh();
  return s;
};

/** Until the rows of the next snapshot are read; it is not entered yet. */
const snapshotRead = async (s: Scenario): Promise<void> => {
  const before = s.kernel.snapshots;
  while (s.kernel.snapshots === before) await s.time.advance(1);
  await s.time.advance(s.kernel.snapshotMs + 1);
};

/** Until the next snapshot is entered. Returns when its rows were read. */
const snapshotEntered = async (s: Scenario): Promise<bigint> => {
  await snapshotRead(s);
  const readAt = s.time.now - 1_000_000n;
  await s.time.advance(SETTLE_MS);
  return readAt;
};

/** Its descriptor is under way between two processes while this runs: no row shows it. */
const inFlight = async (s: Scenario, run: () => Promise<unknown>): Promise<void> => {
  const sockets = s.kernel.sockets.splice(0);
  await run();
  s.kernel.sockets.push(...sockets);
};

describe('rows that were read before the event', () => {
  it('a row from before the bind does not take the port away again', async () => {
    const s = await slowly(() => undefined);
    const process = s.kernel.fork(7);
    s.kernel.mute = true;
    const socket = s.kernel.bind(process, 0);
    s.kernel.mute = false;
    await snapshotRead(s);
    socket.port = 80;
    s.kernel.tell(s.kernel.event('bound', process, socket));
    await s.time.advance(2000);
    expect(s.pipeline.sockets().map(({ socket: { port } }) => port)).toEqual([80]);
    expect(s.fresh().map(brief).slice(-1)).toEqual(['socket.bound 80 pid 7 ebpf']);
  });

  it('a row from before the close does not bring the socket back', async () => {
    const s = await slowly(({ kernel }) => kernel.bind(kernel.fork(7), 80));
    const [socket] = s.kernel.sockets;
    const [process] = s.kernel.processes;
    if (socket === undefined || process === undefined) throw new Error('nobody is there');
    await snapshotRead(s);
    s.kernel.close1(process, socket);
    await s.time.advance(2000);
    expect(s.fresh().map(brief)).toEqual(['socket.closed 80 pid 7 ebpf']);
  });

  it('rows from before another process listened do not take it away from the holders', async () => {
    const s = await slowly(({ kernel }) => {
      kernel.fork(8);
      kernel.bind(kernel.fork(7), 80);
    });
    const [socket] = s.kernel.sockets;
    const other = s.kernel.processes.find(({ pid }) => pid === 8);
    if (socket === undefined || other === undefined) throw new Error('nobody is there');
    await snapshotRead(s);
    s.kernel.share(socket, other);
    s.kernel.listen(other, socket);
    await s.time.advance(SETTLE_MS);
    const holders = s.pipeline.sockets().flatMap((row) => row.holders);
    expect(holders).toEqual(s.kernel.processes.map(({ pid, start }) => processKey(pid, start)).reverse());
  });
});

describe('what snapshots alone show', () => {
  it('another executable is told when the next snapshot shows it too, with the time of the first', async () => {
    const s = await slowly(({ kernel }) => kernel.fork(7));
    const [process] = s.kernel.processes;
    if (process === undefined) throw new Error('nobody is there');
    s.kernel.mute = true;
    s.kernel.exec(process, '/bin/b');
    const shownAt = await snapshotEntered(s);
    expect(s.fresh()).toEqual([]);
    await snapshotEntered(s);
    const told = s.fresh();
    expect(told.map(brief)).toEqual(['process.exec pid 7 poll']);
    expect(told[0]?.time).toBe(shownAt + WALL_OFFSET);
  });

  it('an exec whose event comes after the first snapshot that shows it is told once, by the kernel', async () => {
    const s = await slowly(({ kernel }) => kernel.fork(7));
    const [process] = s.kernel.processes;
    if (process === undefined) throw new Error('nobody is there');
    s.kernel.mute = true;
    s.kernel.exec(process, '/bin/b');
    s.kernel.mute = false;
    await snapshotEntered(s);
    s.kernel.tell(s.kernel.event('exec', process));
    await s.time.advance(2000);
    expect(s.fresh().map(brief)).toEqual(['process.exec pid 7 ebpf']);
  });

  it('a socket that two snapshots miss, with an event in between, is not closed', async () => {
    const s = await slowly(({ kernel }) => kernel.bind(kernel.fork(7), 80));
    const [socket] = s.kernel.sockets;
    const [process] = s.kernel.processes;
    if (socket === undefined || process === undefined) throw new Error('nobody is there');
    await inFlight(s, () => snapshotEntered(s));
    s.kernel.listen(process, socket);
    await inFlight(s, () => snapshotEntered(s));
    await s.time.advance(2000);
    expect(s.fresh().map(brief)).toEqual(['socket.listening 80 pid 7 ebpf']);
  });

  it('a socket that two snapshots miss, with one in between that shows it, is not closed', async () => {
    const s = await slowly(({ kernel }) => kernel.fork(7));
    const [process] = s.kernel.processes;
    if (process === undefined) throw new Error('nobody is there');
    s.kernel.bind(process, 80);
    await inFlight(s, () => snapshotEntered(s));
    await snapshotEntered(s);
    await inFlight(s, () => snapshotEntered(s));
    await s.time.advance(2000);
    expect(s.fresh().map(brief)).toEqual(['socket.bound 80 pid 7 ebpf']);
  });

  it('a listener that nobody knew, shut down before the snapshot that shows it bound, is told as bound', async () => {
    const s = await slowly(() => undefined);
    const process = s.kernel.fork(7);
    s.kernel.mute = true;
    const socket = s.kernel.serve(process, 80);
    s.kernel.mute = false;
    const closed = s.kernel.event('closed', process, { ...socket, boundAt: null });
    // As shutdown() leaves it: with its port.
    socket.state = CLOSE;
    s.kernel.tell(closed);
    await s.time.advance(2000);
    expect(s.fresh().map(brief)).toEqual(['process.created pid 7 poll', 'socket.bound 80 pid 7 poll']);
  });
});
