import { readFile } from 'node:fs/promises';
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
    // Each CPU hands cookies out of its own batch: their order is not that of the sockets.
    expect(rows).toStrictEqual(
      opened
        .flatMap(({ cookie, inode, port }, index) =>
          holders.map((pid) => ({ pid, cookie, inode, port, ...expected[index] })),
        )
        .sort((a, b) => Number(a.cookie - b.cookie)),
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
      executableDevice: facts.executableFile.device,
      executableInode: facts.executableFile.inode,
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
    expect(bound.identity?.executableFile).toStrictEqual({
      device: row?.executableDevice,
      inode: row?.executableInode,
    });
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

  /** Cookies of a user's rows with pid 0. */
  const holderless = (
    taken: Awaited<ReturnType<Recorder['watcher']['snapshot']>>,
    ofUid: number,
  ): readonly bigint[] => {
    const { length, pid, cookie, uid } = taken.sockets;
    return Array.from({ length }, (_, index) => index)
      .filter((index) => pid[index] === 0 && uid[index] === ofUid)
      .map((index) => cookie[index] ?? 0n);
  };

  test.each([
    ['tcp', 4, '127.0.0.1', true],
    ['tcp', 6, '::1', true],
    ['tcp', 4, '0.0.0.0', false],
    ['udp', 4, '127.0.0.1', false],
    ['udp', 6, '::', false],
  ] as const)(
    'a %s socket (IPv%i, %s, listening: %s) in flight has no holder until it is received',
    async (transport, version, address, listens) => {
      const actor = await startActor();
      const uid = 65534;
      await actor.do(`become ${uid}`);
      await actor.do(`open s ${transport} ${version}`);
      const { cookie } = await actor.do(`bind s ${address} 0`);
      if (listens) await actor.do('listen s');
      const rows = async () => socketRows(await byIterators.watcher.snapshot(), [cookie]);

      const held = await rows();
      expect(held).toMatchObject([{ pid: actor.pid, uid }]);
      await actor.do('send s');
      const inFlight = held.map((row) => ({ ...row, pid: 0 }));
      expect(await rows()).toStrictEqual(inFlight);
      expect(await rows()).toStrictEqual(inFlight);
      expect(socketRows(await byProc.watcher.snapshot(), [cookie])).toStrictEqual(inFlight);
      await actor.do('receive again');
      expect(await rows()).toStrictEqual(held);
      await actor.do('send again');
      expect(await rows()).toStrictEqual(inFlight);
      await actor.end('SIGKILL');
      expect(await rows()).toStrictEqual([]);
    },
  );

  test('sockets that come and go while a snapshot is taken never lose their holder', async () => {
    const uid = 65533; // nobody else's on this machine
    const actor = await startActor();
    await actor.do(`become ${uid}`);
    const churning = { now: true };
    const churn = actor.do('churn 20000').finally(() => {
      churning.now = false;
    });
    let snapshots = 0;
    let met = 0;
    while (churning.now) {
      const taken = await byIterators.watcher.snapshot();
      met += taken.sockets.pid.filter((pid) => pid === actor.pid).length;
      expect(holderless(taken, uid)).toStrictEqual([]);
      snapshots += 1;
    }
    expect((await churn).errno).toBe(0);
    expect(snapshots).toBeGreaterThan(1);
    expect(met).toBeGreaterThan(0);
  });

  test('more sockets than fit into one read are each told once, and one in flight among them', async () => {
    const actor = await startActor();
    const others = [await startActor(), await startActor(), await startActor()];
    expect((await actor.do('many 5000')).errno).toBe(0);
    for (const other of others) expect((await other.do('many 1000')).errno).toBe(0);
    await actor.do('open s tcp 4');
    const { cookie } = await actor.do('bind s 127.0.0.1 0');
    await actor.do('listen s');
    await actor.do('send s');

    const recorder = new Recorder();
    try {
      await recorder.connect();
      for (let round = 0; round < 3; round += 1) {
        const taken = await recorder.watcher.snapshot();
        const cookies = new Map<number, bigint[]>();
        for (let index = 0; index < taken.sockets.length; index += 1) {
          const pid = taken.sockets.pid[index] ?? -1;
          const told = cookies.get(pid) ?? [];
          told.push(taken.sockets.cookie[index] ?? 0n);
          cookies.set(pid, told);
        }
        for (const [pid, count] of [
          [actor.pid, 5000],
          ...others.map((other) => [other.pid, 1000] as const),
        ] as const) {
          expect(cookies.get(pid)).toHaveLength(count);
          expect(new Set(cookies.get(pid)).size).toBe(count);
        }
        expect(cookies.get(0)?.filter((told) => told === cookie)).toHaveLength(1);
      }
      // Many sockets are dumped again only when the counts say so: they do.
      await actor.do('receive s');
      await actor.do('open late tcp 4');
      const late = await actor.do('bind late 127.0.0.1 0');
      await actor.do('listen late');
      await actor.do('send late');
      const rows = socketRows(await recorder.watcher.snapshot(), [cookie, late.cookie]);
      expect(new Map(rows.map((row) => [row.cookie, row.pid]))).toStrictEqual(
        new Map([
          [cookie, actor.pid],
          [late.cookie, 0],
        ]),
      );
    } finally {
      recorder.watcher.close();
    }
  });

  test('a process that has ended has no row, one whose main thread alone has ended has', async () => {
    const actor = await startActor();
    const zombie = await actor.do('zombie');
    const leaderless = await actor.do('leaderless');
    for (;;) {
      const stat = await readFile(`/proc/${leaderless.pid}/stat`, 'utf8');
      if (stat.slice(stat.lastIndexOf(')')).startsWith(') Z')) break;
    }
    for (const { watcher } of [byIterators, byProc]) {
      const taken = await watcher.snapshot();
      expect(processRow(taken, zombie.pid)).toBeNull();
      expect(processRow(taken, leaderless.pid)).toMatchObject({ parentPid: actor.pid });
    }
  });
});
