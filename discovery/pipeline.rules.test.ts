import { describe, expect, it } from 'vitest';
import { brief, criterion, Scenario } from './testing/scenario.js';
import { CLOSE, ESTABLISHED, LISTEN, limitedState, NETNS } from './testing/scripted-kernel.js';

// The rules of the snapshot comparison, with the kernel mute: given what polls see, when the next
// one comes, then these events. Each name quotes the rule.

describe('snapshot(): what a poll finds', () => {
  it('new process without ports → one created', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    await s.start();
    s.fresh();
    s.kernel.fork(7);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['process.created pid 7 poll']);
  });

  it('new process with N ports → one created carrying all', async () => {
    const s = new Scenario({ criteria: [criterion('80-90')] });
    s.kernel.mute = true;
    await s.start();
    s.fresh();
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 80);
    s.kernel.serve(process, 81);
    s.kernel.serve(process, 3000);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual([
      'process.created pid 7 poll',
      'socket.listening 80 pid 7 poll',
      'socket.listening 81 pid 7 poll',
      'socket.listening 3000 pid 7 poll',
      'match.started pid 7 web poll',
    ]);
    expect(s.named('match.started')[0]?.conditions).toMatchObject([
      { selector: 'open_ports', wanted: '80-90', seen: '80, 81', held: true },
    ]);
  });

  it('known process, one more port → created again with the full list', async () => {
    const s = new Scenario({ criteria: [criterion('81', 'b$'), criterion('81', 'a$', { name: 'both' })] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 80);
    await s.start();
    s.fresh();
    s.kernel.serve(process, 81);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['socket.listening 81 pid 7 poll', 'match.started pid 7 both poll']);
  });

  it('port closed, process alive → nothing (of the process; the close is told)', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    const socket = s.kernel.serve(process, 80);
    await s.start();
    s.fresh();
    s.kernel.close1(process, socket);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['socket.closed 80 pid 7 poll']);
  });

  it('closed port opened again → told again; the match that never ended is not told again', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    const socket = s.kernel.serve(process, 80);
    await s.start();
    s.kernel.close1(process, socket);
    await s.poll();
    s.fresh();
    s.kernel.serve(process, 80);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['socket.listening 80 pid 7 poll']);
  });

  it('process gone → deleted, with its last known attributes', async () => {
    const s = new Scenario({ criteria: [criterion(null, 'bin/a')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7, { args: ['a', '--x'] });
    await s.start();
    s.fresh();
    s.kernel.exit(process);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual([
      'process.deleted pid 7 poll',
      'match.ended pid 7 web process deleted poll',
    ]);
    expect(s.named('process.deleted')[0]).toMatchObject({
      exitCode: null,
      process: { executable: '/bin/a', args: ['a', '--x'] },
    });
  });

  it('nothing changed → no message', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    s.kernel.mute = true;
    s.kernel.serve(s.kernel.fork(7), 80);
    await s.start();
    s.fresh();
    const before = s.kernel.snapshots;
    await s.poll();
    await s.poll();
    expect(s.kernel.snapshots).toBe(before + 2);
    expect(s.fresh()).toEqual([]);
  });

  it('deleted: forwarded only for PIDs that had matched', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    await s.start();
    s.fresh();
    s.kernel.exit(process);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['process.deleted pid 7 poll']);
  });
});

it('a pipeline that is closed while it starts begins no polls', async () => {
  const s = new Scenario();
  const starting = s.pipeline.start();
  s.pipeline.close();
  await starting;
  await s.time.advance(60_000);
  expect(s.kernel.snapshots).toBe(0);
  expect(s.time.pending).toBe(0);
});

describe('what we do better', () => {
  it('executable unreadable at first → tried again, and shown as "unreadable: needs full visibility"', async () => {
    const s = new Scenario({ criteria: [criterion(null, 'node')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7, { exe: null });
    await s.start();
    const shown = s.pipeline.explain(s.named('process.created')[0]?.process.key ?? ('' as never));
    expect(shown.verdict.evaluations[0]?.conditions).toMatchObject([
      { selector: 'exe_path', wanted: 'node', seen: 'unreadable: needs full visibility', held: false },
    ]);
    s.fresh();
    process.exe = '/usr/bin/node';
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['match.started pid 7 web poll']);
  });

  it('an executable once read stays when it cannot be read any more', async () => {
    const s = new Scenario({ criteria: [criterion(null, 'node')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7, { exe: '/usr/bin/node' });
    await s.start();
    s.fresh();
    process.exe = null;
    await s.poll();
    expect(s.fresh()).toEqual([]);
    expect(s.pipeline.processes()[0]?.executable).toBe('/usr/bin/node');
  });

  it('identity is PID and start time: reuse within one poll is a deletion and a creation', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    s.kernel.mute = true;
    const first = s.kernel.fork(7);
    s.kernel.serve(first, 80);
    await s.start();
    s.fresh();
    s.kernel.exit(first);
    await s.time.advance(1000);
    s.kernel.serve(s.kernel.fork(7), 80);
    await s.poll();
    const told = s.fresh().map(brief);
    expect(told).toEqual([
      'process.deleted pid 7 poll',
      'match.ended pid 7 web process deleted poll',
      'process.created pid 7 poll',
      'socket.closed 80 pid 7 poll',
      'socket.listening 80 pid 7 poll',
      'match.started pid 7 web poll',
    ]);
  });

  it('start times of /proc (10 ms ticks) and of the kernel (ns) are one process, not two', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    s.kernel.source = 'proc';
    const coarse = s.kernel.fork(7, { start: 5_120_000_000n });
    await s.start();
    s.fresh();
    s.kernel.source = 'iter';
    s.kernel.processes.splice(s.kernel.processes.indexOf(coarse), 1, { ...coarse, start: 5_123_456_789n });
    await s.poll();
    expect(s.fresh()).toEqual([]);
  });

  it('exec in place re-evaluates the process, also when only a poll sees it', async () => {
    const s = new Scenario({ criteria: [criterion(null, 'node')] });
    s.kernel.mute = true;
    const process = s.kernel.fork(7, { exe: '/bin/sh' });
    await s.start();
    s.fresh();
    s.kernel.exec(process, '/usr/bin/node');
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['process.exec pid 7 poll', 'match.started pid 7 web poll']);
    expect(s.named('process.exec')[0]?.previousExecutable).toBe('/bin/sh');
    s.kernel.exec(process, '/bin/true');
    await s.poll();
    expect(s.fresh().map(brief)).toEqual([
      'process.exec pid 7 poll',
      'match.ended pid 7 web executable changed poll',
    ]);
  });

  it('ports are remembered: an exec does not undo a match by a port that has closed', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    await s.start();
    const process = s.kernel.fork(7);
    const socket = s.kernel.serve(process, 80);
    s.kernel.close1(process, socket);
    await s.time.advance(50);
    s.fresh();
    s.kernel.exec(process, '/bin/b');
    await s.time.advance(50);
    expect(s.fresh().map(brief)).toEqual(['process.exec pid 7 ebpf']);
  });

  it('default: listening TCP and bound UDP count, bound TCP and connections do not', async () => {
    const s = new Scenario({ criteria: [criterion('1-65535')] });
    await s.start();
    const tcp = s.kernel.fork(7);
    s.kernel.bind(tcp, 80);
    const client = s.kernel.fork(8);
    s.kernel.bind(client, 81).state = ESTABLISHED;
    const udp = s.kernel.fork(9);
    s.kernel.bind(udp, 53, { transport: 'udp' });
    await s.poll();
    expect(s.named('match.started').map(({ process }) => process.pid)).toEqual([9]);
  });

  it('client and accepted connections that were never seen bound are no sockets of ours', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    s.kernel.bind(process, 40_000).state = ESTABLISHED;
    await s.start();
    expect(s.pipeline.sockets()).toEqual([]);
  });

  it('inherited and passed sockets: a holder is not a binder, and its port counts for it', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    await s.start();
    const master = s.kernel.fork(7);
    const socket = s.kernel.serve(master, 80);
    const worker = s.kernel.fork(8, { parentPid: 7 });
    s.kernel.share(socket, worker);
    await s.poll();
    const [row] = s.pipeline.sockets();
    expect(row?.holders.map((key) => Number(key.split(':')[0]))).toEqual([7, 8]);
    expect(row?.binder?.split(':')[0]).toBe('7');
    expect(s.named('match.started').map(({ process }) => process.pid)).toEqual([7, 8]);
  });

  it('nobody is named where several unrelated processes hold a socket: never a guess', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    s.kernel.fork(1, { parentPid: 0 });
    const socket = s.kernel.serve(s.kernel.fork(7, { parentPid: 1 }), 80);
    s.kernel.share(socket, s.kernel.fork(8, { parentPid: 1 }));
    const family = s.kernel.serve(s.kernel.fork(17, { parentPid: 1, start: 1n }), 81);
    s.kernel.share(family, s.kernel.fork(18, { parentPid: 17 }));
    await s.start();
    const named = s
      .named('socket.listening')
      .map(({ socket: { port }, process }) => [port, process?.pid ?? null]);
    expect(named).toEqual([
      [80, null],
      [81, 17],
    ]);
  });

  it('limited: a socket of another user has no holder, and says whose uid it is', async () => {
    const s = new Scenario();
    s.kernel.state = limitedState;
    s.kernel.source = 'proc';
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 80).holders.clear();
    await s.start();
    expect(s.pipeline.sockets()[0]).toMatchObject({ holders: [], binder: null, uid: 1000 });
    expect(s.named('socket.listening')[0]?.process).toBeNull();
  });

  it('a bound socket that begins to listen between two polls is told as listening', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    const socket = s.kernel.bind(process, 80);
    await s.start();
    expect(s.fresh().map(brief)).toEqual([
      'watcher.ready ebpf',
      'process.created pid 7 poll',
      'socket.bound 80 pid 7 poll',
    ]);
    s.kernel.listen(process, socket);
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['socket.listening 80 pid 7 poll']);
  });

  it('a listener that leaves LISTEN but stays bound is closed, and bound anew', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    const socket = s.kernel.serve(s.kernel.fork(7), 80);
    await s.start();
    s.fresh();
    socket.state = CLOSE;
    await s.poll();
    expect(s.fresh().map(brief)).toEqual(['socket.closed 80 pid 7 poll', 'socket.bound 80 pid 7 poll']);
    expect(s.pipeline.sockets()).toHaveLength(1);
  });

  it('threads of the kernel are no processes to tell of', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    s.kernel.fork(2, { parentPid: 0, exe: null, args: [], name: 'kthreadd' });
    s.kernel.fork(30, { parentPid: 2, exe: null, args: [], name: 'kworker/0:1' });
    await s.start();
    expect(s.named('process.created')).toEqual([]);
  });

  it('a close that only polls see has a duration from when the socket was first shown, and says that it is not all', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    const old = s.kernel.serve(process, 80);
    await s.start();
    const late = s.kernel.serve(process, 81);
    await s.poll();
    s.kernel.close1(process, old);
    s.kernel.close1(process, late);
    await s.poll();
    const durations = s
      .named('socket.closed')
      .map(({ socket, durationNs, durationExact }) => [socket.port, durationNs > 0n, durationExact]);
    expect(durations).toEqual([
      [80, true, false],
      [81, true, false],
    ]);
  });

  it('a snapshot that fails is said, and the next one reconciles', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    await s.start();
    s.kernel.failSnapshots = true;
    s.kernel.fork(7);
    await s.poll();
    expect(s.notices[0]).toContain('no permission');
    expect(s.named('process.created')).toEqual([]);
    s.kernel.failSnapshots = false;
    await s.poll();
    expect(s.named('process.created')).toHaveLength(1);
  });

  it('sockets of different network namespaces are different sockets', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 80);
    s.kernel.serve(process, 80, { netns: NETNS + 1 });
    await s.start();
    expect(s.pipeline.sockets().map(({ socket }) => socket.networkNamespace)).toEqual([NETNS, NETNS + 1]);
    expect(s.kernel.sockets.every(({ state }) => state === LISTEN)).toBe(true);
  });
});
