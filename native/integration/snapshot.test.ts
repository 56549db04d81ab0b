import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Actor, buildActor, procFacts } from './actor.js';
import { Recorder, isRoot, processRow, socketRows } from './recorder.js';

const listen = 10;
const close = 7;
const tickNs = 10_000_000n;

describe.skipIf(!isRoot)('snapshots of the running kernel (needs root)', () => {
  let actorProgram: Awaited<ReturnType<typeof buildActor>>;
  let byIterators: Recorder;
  let byProc: Recorder;
  const actors: Actor[] = [];

  beforeAll(async () => {
    actorProgram = await buildActor();
    byIterators = new Recorder();
    byProc = new Recorder();
    await byIterators.connect();
    byProc.watcher.startLimited();
  });
  afterAll(async () => {
    byIterators.watcher.close();
    byProc.watcher.close();
    await actorProgram.remove();
  });
  afterEach(async () => {
    await Promise.all(actors.splice(0).map((actor) => actor.end('SIGKILL')));
  });

  const startActor = async (): Promise<Actor> => {
    const actor = await Actor.start(actorProgram.program, ['--role', 'holder']);
    actors.push(actor);
    return actor;
  };

  test('both ways find the same sockets with the same holders', async () => {
    const actor = await startActor();
    const { networkNamespace } = await procFacts(actor.pid);
    const opened: { cookie: bigint; inode: bigint; port: number }[] = [];
    for (const [transport, version, address, listens] of [
      ['tcp', 4, '127.0.0.1', true],
      ['tcp', 6, '::', true],
      ['tcp', 4, '0.0.0.0', false],
      ['udp', 4, '127.0.0.1', false],
      ['udp', 6, '::1', false],
    ] as const) {
      const name = `s${opened.length}`;
      await actor.do(`open ${name} ${transport} ${version}`);
      opened.push(await actor.do(`bind ${name} ${address} 0`));
      if (listens) await actor.do(`listen ${name}`);
    }
    const child = await actor.do('fork');
    const cookies = opened.map(({ cookie }) => cookie);

    const iter = await byIterators.watcher.snapshot();
    const proc = await byProc.watcher.snapshot();
    expect([iter.source, proc.source]).toStrictEqual(['iter', 'proc']);
    const rows = socketRows(iter, cookies);
    expect(socketRows(proc, cookies)).toStrictEqual(rows);

    const one = { uid: 0, networkNamespace };
    const expected = [
      { ...one, family: 2, protocol: 6, state: listen, address: '7f000001000000000000000000000000' },
      { ...one, family: 10, protocol: 6, state: listen, address: '00000000000000000000000000000000' },
      { ...one, family: 2, protocol: 6, state: close, address: '00000000000000000000000000000000' },
      { ...one, family: 2, protocol: 17, state: close, address: '7f000001000000000000000000000000' },
      { ...one, family: 10, protocol: 17, state: close, address: '00000000000000000000000000000001' },
    ];
    const holders = [actor.pid, child.pid].sort((a, b) => a - b);
    expect(rows).toStrictEqual(
      opened.flatMap(({ cookie, inode, port }, index) =>
        holders.map((pid) => ({ pid, cookie, inode, port, ...expected[index] })),
      ),
    );
  });

  test('both ways tell the same of a process, but for the resolution of its start time', async () => {
    const actor = await startActor();
    const facts = await procFacts(actor.pid);
    const iter = processRow(await byIterators.watcher.snapshot(), actor.pid);
    const proc = processRow(await byProc.watcher.snapshot(), actor.pid);
    expect(iter).toStrictEqual({
      parentPid: process.pid,
      uid: 0,
      startTime: iter?.startTime,
      cgroupId: iter?.cgroupId,
      networkNamespace: facts.networkNamespace,
      argsLength: facts.args.join('\0').length + 1,
      executableKnown: 1,
      name: 'bindscope-actor',
      executable: actorProgram.program,
      args: `${facts.args.join('\0')}\0`,
    });
    expect((iter?.startTime ?? 0n) / tickNs).toBe(facts.startTicks);
    expect(proc).toStrictEqual({ ...iter, startTime: facts.startTicks * tickNs });
  });

  test('the start time is the one that events carry', async () => {
    const actor = await startActor();
    await actor.do('open s udp 4');
    await actor.do('bind s 127.0.0.1 0');
    const bound = await byIterators.event(
      'bound',
      (event) => event.kind === 'bound' && event.pid === actor.pid,
    );
    const row = processRow(await byIterators.watcher.snapshot(), actor.pid);
    expect(row?.startTime).toBe(bound.startTime);
    expect(row?.cgroupId).toBe(bound.cgroupId);
  });

  test('a socket that was there before the helper is told when it closes', async () => {
    const actor = await startActor();
    await actor.do('open s tcp 4');
    const { cookie, port } = await actor.do('bind s 127.0.0.1 0');
    await actor.do('listen s');
    const late = new Recorder();
    try {
      await late.connect();
      await late.watcher.snapshot();
      await actor.do('close s');
      const closed = await late.event(
        'closed',
        (event) => event.kind === 'closed' && event.socket?.cookie === cookie,
      );
      expect(closed.socket).toMatchObject({ port, boundAt: null });
    } finally {
      late.watcher.close();
    }
  });

  test('limited mode tells of a closed socket that a snapshot has seen', async () => {
    const actor = await startActor();
    await actor.do('open s tcp 4');
    const { cookie, port } = await actor.do('bind s 127.0.0.1 0');
    await actor.do('listen s');
    await byProc.watcher.snapshot();
    await actor.do('close s');
    const closed = await byProc.event(
      'closed',
      (event) => event.kind === 'closed' && event.socket?.cookie === cookie,
    );
    expect(closed).toMatchObject({ hook: 'sock_diag destroy', pid: 0 });
    expect(closed.socket).toMatchObject({ transport: 'tcp', family: 'ipv4', address: '127.0.0.1', port });
  });

  test('kernel threads have a name and no executable', async () => {
    const { processes } = await byIterators.watcher.snapshot();
    for (let index = 0; index < processes.length; index += 1) {
      const known = processes.executableKnown[index] === 1;
      expect(known).toBe((processes.executable[index + 1] ?? 0) > (processes.executable[index] ?? 0));
      expect(processes.name[index + 1]).toBeGreaterThan(processes.name[index] ?? 0);
    }
    expect(processRow({ processes } as Parameters<typeof processRow>[0], process.pid)?.executableKnown).toBe(
      1,
    );
  });
});
