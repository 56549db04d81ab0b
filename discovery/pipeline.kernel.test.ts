import { describe, expect, it } from 'vitest';
import { brief, criterion, Scenario } from './testing/scenario.js';
import { fullState, LISTEN, limitedState, NETNS, WALL_OFFSET } from './testing/scripted-kernel.js';

const EADDRINUSE = 98;
const EACCES = 13;

/** Started, with what the start said out of the way. */
const started = async (options: ConstructorParameters<typeof Scenario>[0] = {}): Promise<Scenario> => {
  const s = new Scenario(options);
  await s.start();
  s.fresh();
  return s;
};

describe('the kernel event itself becomes an event at once, and the poll only reconciles', () => {
  it('bound, listening, closed, with binder, hook, time and duration', async () => {
    const s = await started();
    const process = s.kernel.fork(7, { uid: 0 });
    const at = s.time.now;
    const socket = s.kernel.bind(process, 8080);
    await s.time.advance(1);
    s.kernel.listen(process, socket);
    await s.time.advance(9);
    s.kernel.close1(process, socket);
    const events = s.fresh();
    expect(events.map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.bound 8080 pid 7 ebpf',
      'socket.listening 8080 pid 7 ebpf',
      'socket.closed 8080 pid 7 ebpf',
    ]);
    expect(events[1]).toMatchObject({
      hook: 'cgroup/post_bind4',
      time: at + WALL_OFFSET,
      process: { uid: 0, userName: 'root', executable: '/bin/a' },
      socket: { state: 'bound' },
    });
    expect(events[3]).toMatchObject({ durationNs: 10_000_000n, socket: { state: 'listening' } });
  });

  it('nothing is reported twice when both the kernel and a poll see it', async () => {
    const s = await started({ criteria: [criterion('8080')] });
    s.kernel.serve(s.kernel.fork(7), 8080);
    await s.poll();
    await s.poll();
    expect(s.fresh().map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.bound 8080 pid 7 ebpf',
      'socket.listening 8080 pid 7 ebpf',
      'match.started pid 7 web ebpf',
    ]);
  });

  it('a process that dies before any poll is seen all the same, with its match', async () => {
    const s = await started({ criteria: [criterion('8080')] });
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 8080);
    s.kernel.exit(process, 3 << 8);
    expect(s.fresh().map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.bound 8080 pid 7 ebpf',
      'socket.listening 8080 pid 7 ebpf',
      'match.started pid 7 web ebpf',
      'process.deleted pid 7 ebpf',
      'match.ended pid 7 web process deleted ebpf',
      'socket.closed 8080 pid 7 ebpf',
    ]);
    expect(s.named('process.deleted')[0]?.exitCode).toBe(3);
    await s.poll();
    expect(s.fresh()).toEqual([]);
  });

  it('also when all of its life comes in one batch', async () => {
    const s = await started({ criteria: [criterion('8080')] });
    const process = s.kernel.fork(7);
    const { listener } = s.kernel;
    s.kernel.mute = true;
    const socket = s.kernel.serve(process, 8080);
    listener.events([
      s.kernel.event('bound', process, socket),
      s.kernel.event('listening', process, socket),
      s.kernel.event('exit', process),
      s.kernel.event('closed', process, socket),
    ]);
    expect(s.fresh().map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.bound 8080 pid 7 ebpf',
      'socket.listening 8080 pid 7 ebpf',
      'match.started pid 7 web ebpf',
      'process.deleted pid 7 ebpf',
      'match.ended pid 7 web process deleted ebpf',
      'socket.closed 8080 pid 7 ebpf',
    ]);
  });

  it('a listen that comes after the exit of its process does not raise the dead', async () => {
    const s = await started();
    const process = s.kernel.fork(7);
    const socket = s.kernel.bind(process, 8080);
    const late = s.kernel.event('listening', process, socket);
    s.kernel.exit(process);
    s.fresh();
    s.kernel.tell(late);
    expect(s.fresh().map(brief)).toEqual(['socket.listening 8080 pid 7 ebpf']);
    await s.poll();
    expect(s.pipeline.processes()).toEqual([]);
    expect(s.pipeline.sockets()).toEqual([]);
  });

  it('an exit by a signal is 128 and the signal', async () => {
    const s = await started();
    const process = s.kernel.fork(7);
    s.kernel.exec(process, '/bin/b');
    s.kernel.exit(process, 9);
    expect(s.named('process.deleted')[0]?.exitCode).toBe(137);
  });

  it('exec of a process no table knew is its creation; of a known one an exec', async () => {
    const s = await started();
    const process = s.kernel.fork(7, { exe: '/bin/sh' });
    s.kernel.exec(process, '/bin/b');
    s.kernel.exec(process, '/bin/c');
    expect(s.fresh().map(brief)).toEqual(['process.created pid 7 ebpf', 'process.exec pid 7 ebpf']);
    expect(s.named('process.exec')[0]?.previousExecutable).toBe('/bin/b');
  });

  it('a missed exit is made good when the PID is used again', async () => {
    const s = await started({ criteria: [criterion('80')] });
    const first = s.kernel.fork(7);
    s.kernel.serve(first, 80);
    s.kernel.processes.splice(0);
    s.kernel.sockets.splice(0);
    await s.time.advance(20);
    s.fresh();
    s.kernel.exec(s.kernel.fork(7), '/bin/b');
    expect(s.fresh().map(brief)).toEqual([
      'process.deleted pid 7 ebpf',
      'match.ended pid 7 web process deleted ebpf',
      'process.created pid 7 ebpf',
    ]);
  });

  it('a storm of interesting binds is no storm of snapshots', async () => {
    const s = await started({ criteria: [criterion('1-65535')] });
    const before = s.kernel.snapshots;
    const process = s.kernel.fork(7);
    for (let port = 1000; port < 1500; port += 1) {
      s.kernel.bind(process, port, { transport: 'udp' });
      await s.time.advance(2);
    }
    expect(s.kernel.snapshots - before).toBeGreaterThanOrEqual(4);
    expect(s.kernel.snapshots - before).toBeLessThanOrEqual(6);
  });

  it('a bind that no criterion asks for makes no poll', async () => {
    const s = await started({ criteria: [criterion('80')] });
    const before = s.kernel.snapshots;
    s.kernel.serve(s.kernel.fork(7), 9999);
    await s.time.advance(1000);
    expect(s.kernel.snapshots).toBe(before);
  });

  it('a socket passed on stays when its binder exits, and is closed by its last holder', async () => {
    const s = await started();
    const master = s.kernel.fork(7);
    const socket = s.kernel.serve(master, 80);
    const worker = s.kernel.fork(8, { parentPid: 7 });
    s.kernel.share(socket, worker);
    await s.poll();
    s.kernel.exit(master);
    await s.time.advance(500);
    expect(s.pipeline.sockets()[0]?.holders.map((key) => key.split(':')[0])).toEqual(['8']);
    s.fresh();
    s.kernel.exit(worker);
    expect(s.fresh().map(brief)).toEqual(['process.deleted pid 8 ebpf', 'socket.closed 80 pid 8 ebpf']);
  });

  it('socket whose holders all exited is closed, even if the kernel does not say so', async () => {
    const s = await started();
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 80);
    s.kernel.sockets.splice(0);
    s.fresh();
    s.kernel.exit(process);
    await s.time.advance(500);
    expect(s.fresh().map(brief)).toEqual(['process.deleted pid 7 ebpf', 'socket.closed 80 pid 7 poll']);
  });

  it("a listen without bind, on a port of the kernel's choice, is told with the port found", async () => {
    const s = await started({ criteria: [criterion('41000')] });
    const process = s.kernel.fork(7);
    const at = s.time.now;
    s.kernel.autobind(process, 41_000);
    expect(s.fresh()).toEqual([]);
    await s.time.advance(300);
    const told = s.fresh();
    expect(told.map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.listening 41000 pid 7 ebpf',
      'match.started pid 7 web ebpf',
    ]);
    expect(told[1]?.time).toBe(at + WALL_OFFSET);
    expect(s.pipeline.sockets()[0]).toMatchObject({ binder: null, listeningSince: { exact: true } });
  });

  it("a listen on a port of the kernel's choice that closes before anybody looks: told if the close names the port", async () => {
    const s = await started();
    const process = s.kernel.fork(7);
    const socket = s.kernel.autobind(process, 41_000);
    s.kernel.close1(process, socket);
    await s.time.advance(1000);
    expect(s.fresh().map(brief)).toEqual([
      'process.created pid 7 ebpf',
      'socket.listening 41000 pid 7 ebpf',
      'socket.closed 41000 pid 7 ebpf',
    ]);
  });

  it('a listen that failed is never told, nor does a poll find it', async () => {
    const s = await started();
    const process = s.kernel.fork(7);
    const socket = s.kernel.bind(process, 80);
    s.kernel.listen(process, socket, true);
    s.kernel.tell(s.kernel.event('listen_failed', process, socket));
    socket.state = 7;
    await s.poll();
    expect(s.named('socket.listening')).toEqual([]);
  });
});

describe('attempts to bind', () => {
  it.each([
    [true, 0],
    [false, 1],
  ])('where binds are told (%s) they ask for %i snapshots', async (told, asked) => {
    const s = await started();
    const hooks = fullState.hooks.filter(({ fact }) => told || fact !== 'bound');
    s.kernel.listener.state({ ...fullState, hooks });
    const process = s.kernel.fork(7);
    await s.time.advance(600);
    const before = s.kernel.snapshots;
    s.kernel.listener.events([{ ...s.kernel.event('attempted', process), kind: 'attempted' }]);
    await s.time.advance(600);
    expect(s.kernel.snapshots - before).toBe(asked);
  });
});

describe('failed binds count as events of their own', () => {
  it('with errno, and for EADDRINUSE who holds the port', async () => {
    const s = await started();
    const holder = s.kernel.fork(7, { exe: '/usr/bin/node' });
    s.kernel.serve(holder, 8080);
    const other = s.kernel.fork(8);
    s.fresh();
    s.kernel.failBind(other, 8080, EADDRINUSE, { address: '127.0.0.1' });
    s.kernel.failBind(other, 80, EACCES);
    const [, inUse, forbidden] = s.fresh();
    expect(inUse).toMatchObject({ error: 'EADDRINUSE', errno: 98, conflict: { process: { pid: 7 } } });
    expect(forbidden).toMatchObject({ error: 'EACCES', conflict: null });
  });

  it('where the hook does not tell why, the reason is unknown, and a holder is named', async () => {
    const s = await started();
    s.kernel.serve(s.kernel.fork(7), 8080);
    const other = s.kernel.fork(8);
    s.fresh();
    s.kernel.failBind(other, 8080, 0);
    s.kernel.failBind(other, 81, 0);
    const [, held, free] = s.fresh();
    expect(held).toMatchObject({ error: 'unknown', errno: 0, conflict: { process: { pid: 7 } } });
    expect(free).toMatchObject({ error: 'unknown', errno: 0, conflict: null });
  });

  it('the holder is looked for by a snapshot when no table knows it', async () => {
    const s = await started();
    s.kernel.mute = true;
    s.kernel.serve(s.kernel.fork(7), 8080);
    s.kernel.mute = false;
    s.kernel.failBind(s.kernel.fork(8), 8080, EADDRINUSE);
    expect(s.named('socket.bind_failed')).toEqual([]);
    await s.time.advance(600);
    expect(s.named('socket.bind_failed')[0]?.conflict?.process?.pid).toBe(7);
  });

  it('a holder that cannot be found is unknown, never guessed; and is not looked for again and again', async () => {
    const s = await started();
    const process = s.kernel.fork(8);
    s.kernel.failBind(process, 8080, EADDRINUSE);
    await s.time.advance(600);
    const before = s.kernel.snapshots;
    for (let count = 0; count < 20; count += 1) {
      s.kernel.failBind(process, 8080, EADDRINUSE);
      await s.time.advance(100);
    }
    expect(s.kernel.snapshots).toBe(before);
    expect(s.named('socket.bind_failed').map(({ conflict }) => conflict)).toEqual(new Array(21).fill(null));
  });

  it.each([
    ['0.0.0.0', 'ipv4', '127.0.0.1', 'ipv4', NETNS, true],
    ['127.0.0.1', 'ipv4', '0.0.0.0', 'ipv4', NETNS, true],
    ['127.0.0.1', 'ipv4', '127.0.0.2', 'ipv4', NETNS, false],
    ['::', 'ipv6', '0.0.0.0', 'ipv4', NETNS, true],
    ['::', 'ipv6', '127.0.0.1', 'ipv4', NETNS, true],
    ['0.0.0.0', 'ipv4', '::', 'ipv6', NETNS, true],
    ['0.0.0.0', 'ipv4', '::1', 'ipv6', NETNS, false],
    ['::1', 'ipv6', '127.0.0.1', 'ipv4', NETNS, false],
    ['0.0.0.0', 'ipv4', '0.0.0.0', 'ipv4', NETNS + 1, false],
  ] as const)(
    'held at %s (%s), wanted %s (%s), namespace %i: conflict %s',
    async (held, heldFamily, wanted, family, netns, conflict) => {
      const s = await started();
      s.kernel.serve(s.kernel.fork(7), 8080, { address: held, family: heldFamily });
      s.kernel.failBind(s.kernel.fork(8), 8080, EADDRINUSE, { address: wanted, family, netns });
      await s.time.advance(600);
      expect(s.named('socket.bind_failed')[0]?.conflict !== null).toBe(conflict);
    },
  );

  it('the closest holder is named: the same address before a wildcard', async () => {
    const s = await started();
    s.kernel.serve(s.kernel.fork(7), 8080, { address: '::', family: 'ipv6' });
    s.kernel.serve(s.kernel.fork(8), 8080, { address: '127.0.0.1' });
    s.kernel.failBind(s.kernel.fork(9), 8080, EADDRINUSE, { address: '127.0.0.1' });
    expect(s.named('socket.bind_failed')[0]?.conflict?.process?.pid).toBe(8);
  });

  it('UDP does not hold what TCP wants', async () => {
    const s = await started();
    s.kernel.bind(s.kernel.fork(7), 8080, { transport: 'udp' });
    s.kernel.failBind(s.kernel.fork(8), 8080, EADDRINUSE);
    await s.time.advance(600);
    expect(s.named('socket.bind_failed')[0]?.conflict).toBeNull();
  });
});

describe('losses are counted, shown, and each triggers a rescan', () => {
  it('in kernel or queue', async () => {
    const s = await started();
    s.kernel.mute = true;
    s.kernel.serve(s.kernel.fork(7), 80);
    s.kernel.listener.lost({ where: 'kernel', count: 12, from: s.time.now - 5n, to: s.time.now });
    await s.time.advance(300);
    expect(s.fresh().map(brief)).toEqual([
      'watcher.lost ebpf',
      'process.created pid 7 poll',
      'socket.listening 80 pid 7 poll',
    ]);
    expect(s.named('watcher.lost')[0]).toMatchObject({ count: 12, where: 'kernel' });
    expect(s.pipeline.status().lost).toEqual({ kernel: 12, skipped: 0, queue: 0 });
  });

  it('in runs of programs that the kernel left out', async () => {
    const s = await started();
    s.kernel.mute = true;
    s.kernel.serve(s.kernel.fork(7), 80);
    s.kernel.listener.lost({ where: 'skipped', count: 2, from: s.time.now - 5n, to: s.time.now });
    await s.time.advance(300);
    expect(s.fresh().map(brief)).toContain('socket.listening 80 pid 7 poll');
    expect(s.named('watcher.lost')[0]).toMatchObject({ count: 2, where: 'skipped' });
    expect(s.pipeline.status().lost).toEqual({ kernel: 0, skipped: 2, queue: 0 });
  });

  it('while the helper was away nobody counted', async () => {
    const s = await started();
    const before = s.kernel.snapshots;
    s.kernel.listener.gap({ from: 1n, to: 2n });
    await s.time.advance(300);
    expect(s.named('watcher.lost')[0]).toMatchObject({ count: null, where: 'helper' });
    expect(s.kernel.snapshots).toBe(before + 1);
  });

  it('while the engine was away', async () => {
    const s = new Scenario({ gapSince: 5n });
    await s.start();
    expect(s.all()[0]).toMatchObject({ name: 'watcher.lost', where: 'engine', from: 5n });
  });

  it('ready and degraded are told once per change', async () => {
    const s = new Scenario();
    await s.start();
    s.kernel.listener.state(s.kernel.state);
    s.kernel.listener.state(limitedState);
    s.kernel.listener.state(limitedState);
    s.kernel.listener.state(s.kernel.state);
    expect(s.all().map(({ name }) => name)).toEqual(['watcher.ready', 'watcher.degraded', 'watcher.ready']);
    expect(s.pipeline.status()).toMatchObject({ visibility: 'full', reason: null });
  });
});

describe('recording paused', () => {
  it('nothing is logged; afterwards the gap says how much, and a poll reconciles', async () => {
    const s = await started({ criteria: [criterion('80')] });
    s.pipeline.setRecording(false);
    s.kernel.serve(s.kernel.fork(7), 80);
    await s.time.advance(600);
    expect(s.fresh()).toEqual([]);
    expect(s.pipeline.sockets()).toHaveLength(1);
    expect(s.pipeline.status().recording).toBe(false);
    const before = s.kernel.snapshots;
    s.pipeline.setRecording(true);
    await s.time.advance(600);
    expect(s.named('watcher.lost')[0]).toMatchObject({ where: 'paused', count: 4 });
    expect(s.kernel.snapshots).toBe(before + 1);
    expect(s.all().map(({ seq }) => seq)).toEqual(s.all().map((_event, index) => index + 1));
  });

  it('a pause in which nothing happened leaves no gap', async () => {
    const s = await started();
    s.pipeline.setRecording(false);
    await s.time.advance(100);
    s.pipeline.setRecording(true);
    expect(s.fresh()).toEqual([]);
  });
});

describe('own processes are hidden by default', () => {
  it('they, what they start, and their sockets', async () => {
    const s = new Scenario({ ownPids: [50], criteria: [criterion('1-65535')] });
    const own = s.kernel.fork(50);
    s.kernel.serve(own, 80);
    s.kernel.serve(s.kernel.fork(51, { parentPid: 50 }), 81);
    const other = s.kernel.serve(s.kernel.fork(52), 82);
    await s.start();
    s.kernel.bind(own, 83, { transport: 'udp' });
    expect(s.pipeline.sockets().map(({ socket }) => socket.port)).toEqual([other.port]);
    const pids = s
      .all()
      .flatMap((event) => ('process' in event && event.process !== null ? [event.process.pid] : []));
    expect(new Set(pids)).toEqual(new Set([52]));
    s.kernel.exit(own);
    expect(s.all().some((event) => 'process' in event && event.process?.pid === 50)).toBe(false);
  });

  it('are shown when asked for, and hidden again', async () => {
    const s = new Scenario({ ownPids: [50], criteria: [criterion('80')] });
    s.kernel.serve(s.kernel.fork(50), 80);
    await s.start();
    expect(s.named('match.started')).toEqual([]);
    s.configure({ showOwnProcesses: true });
    expect(s.named('match.started')).toHaveLength(1);
    expect(s.pipeline.sockets()).toHaveLength(1);
    s.configure({ showOwnProcesses: false });
    expect(s.named('match.ended')).toHaveLength(1);
    expect(s.pipeline.sockets()).toHaveLength(0);
  });

  it('a later process with the PID of one of ours is not ours', async () => {
    const s = new Scenario({ ownPids: [50] });
    const own = s.kernel.fork(50);
    await s.start();
    s.kernel.exit(own);
    await s.time.advance(10);
    s.kernel.serve(s.kernel.fork(50), 80);
    expect(s.pipeline.sockets()).toHaveLength(1);
  });

  it('the helper is learnt from the source', async () => {
    const s = new Scenario();
    s.kernel.state = { ...s.kernel.state, helperPid: 60 };
    s.kernel.fork(60);
    await s.start();
    expect(s.named('process.created')).toEqual([]);
  });
});

describe('explain', () => {
  it('tells every criterion in order, condition by condition, and the parents', async () => {
    const s = await started({
      criteria: [criterion('8000-8999', 'node', { name: 'web' }), criterion('22', null, { name: 'ssh' })],
    });
    s.kernel.fork(1, { parentPid: 0, exe: '/sbin/init' });
    const process = s.kernel.fork(7, { exe: '/usr/bin/python3' });
    s.kernel.serve(process, 8080);
    await s.poll();
    const [row] = s.pipeline.sockets();
    const explained = s.pipeline.explain(row?.holders[0] ?? ('' as never));
    expect(explained.ancestors.map(({ pid }) => pid)).toEqual([1]);
    expect(explained.verdict.evaluations).toMatchObject([
      {
        criterionId: 'web',
        criterionName: 'web',
        held: false,
        conditions: [
          { selector: 'open_ports', wanted: '8000-8999', seen: '8080', held: true },
          { selector: 'exe_path', wanted: 'node', seen: '/usr/bin/python3', held: false },
        ],
      },
      {
        criterionId: 'ssh',
        criterionName: 'ssh',
        held: false,
        conditions: [{ selector: 'open_ports', wanted: '22', seen: '8080', held: false }],
      },
    ]);
    expect(s.kernel.sockets[0]?.state).toBe(LISTEN);
  });

  it('says nothing of a process that is gone', () => {
    const s = new Scenario();
    expect(s.pipeline.explain('9:9' as never)).toMatchObject({
      process: null,
      ancestors: [],
      verdict: { evaluations: [], selectedBy: null, summary: 'The process is not known any more.' },
    });
  });
});
