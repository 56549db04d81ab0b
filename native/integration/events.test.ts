import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KernelEvent } from '../../contract/index.js';
import { Actor, buildActor, procFacts } from './actor.js';
import type { ProcFacts } from './actor.js';
import { Recorder, isRoot } from './recorder.js';

const nobody = 65_534;
const { EADDRINUSE, EADDRNOTAVAIL, EACCES } = constants.errno;

/** Nanoseconds of one clock tick of /proc: times there are cut to it. */
const tickNs = 10_000_000n;

describe.skipIf(!isRoot)('events of the running kernel (needs root)', () => {
  let actorProgram: Awaited<ReturnType<typeof buildActor>>;
  let recorder: Recorder;
  const actors: Actor[] = [];

  beforeAll(async () => {
    actorProgram = await buildActor();
    recorder = new Recorder();
    await recorder.connect();
  });
  afterAll(async () => {
    recorder.watcher.close();
    await actorProgram.remove();
  });
  afterEach(async () => {
    await Promise.all(actors.splice(0).map((actor) => actor.end('SIGKILL')));
  });

  const startActor = async (...args: string[]): Promise<Actor> => {
    const actor = await Actor.start(actorProgram.program, args);
    actors.push(actor);
    return actor;
  };

  const eventOf = (pid: number, kind: KernelEvent['kind'], cookie?: bigint): Promise<KernelEvent> =>
    recorder.event(
      `${kind} of process ${pid}`,
      (event) =>
        event.kind === kind && event.pid === pid && (cookie === undefined || event.socket?.cookie === cookie),
    );

  const expectIdentity = (event: KernelEvent, pid: number, facts: ProcFacts): void => {
    expect(event).toMatchObject({
      pid,
      tid: pid,
      parentPid: process.pid,
      uid: 0,
      name: 'bindscope-actor',
      networkNamespace: facts.networkNamespace,
    });
    expect(event.startTime / tickNs).toBe(facts.startTicks);
    expect(event.cgroupId).not.toBe(0n);
  };

  const cases = [
    { transport: 'tcp', version: 4, address: '127.0.0.1', family: 'ipv4' },
    { transport: 'tcp', version: 6, address: '::1', family: 'ipv6' },
    { transport: 'udp', version: 4, address: '0.0.0.0', family: 'ipv4' },
    { transport: 'udp', version: 6, address: '::', family: 'ipv6' },
  ] as const;

  test.each(cases)(
    '$transport over $family to port 0: bound with the port given, and closed',
    async ({ transport, version, address, family }) => {
      const actor = await startActor('--note', 'a b');
      const facts = await procFacts(actor.pid);
      const before = recorder.clocks().boot;
      await actor.do(`open s ${transport} ${version}`);
      const { port, cookie } = await actor.do(`bind s ${address} 0`);
      const after = recorder.clocks().boot;
      const bound = await eventOf(actor.pid, 'bound', cookie);

      expectIdentity(bound, actor.pid, facts);
      expect(bound.identity).toStrictEqual({
        executable: facts.executable,
        executableFile: facts.executableFile,
        args: facts.args,
        argsLength: facts.args.join('\0').length + 1,
      });
      expect(facts.args.slice(1)).toStrictEqual(['--note', 'a b']);
      expect(bound.time).toBeGreaterThanOrEqual(before);
      expect(bound.time).toBeLessThanOrEqual(after);
      expect(port).toBeGreaterThan(0);
      expect(bound.socket).toStrictEqual({ cookie, transport, family, address, port, boundAt: null });
      expect(bound.hook).toBe(`cgroup/post_bind${version}`);

      if (transport === 'tcp') {
        await actor.do('listen s');
        const listening = await eventOf(actor.pid, 'listening', cookie);
        expectIdentity(listening, actor.pid, facts);
        expect(listening.socket).toMatchObject({ cookie, transport, family, address, port });
        expect(listening.time).toBeGreaterThan(bound.time);
      }
      await actor.do('close s');
      const closed = await eventOf(actor.pid, 'closed', cookie);
      expectIdentity(closed, actor.pid, facts);
      expect(closed.identity).toBeNull();
      expect(closed.socket).toStrictEqual({ cookie, transport, family, address, port, boundAt: bound.time });
      expect(closed.time).toBeGreaterThan(bound.time);
      // An attempt is about a call; whether it names the socket is the hook's affair.
      const told = recorder.events.filter(
        ({ kind, socket }) => socket?.cookie === cookie && kind !== 'attempted',
      );
      expect(told).toHaveLength(transport === 'tcp' ? 3 : 2);
    },
  );

  test('a port that is taken: bind_failed with EADDRINUSE and the address that was asked for', async () => {
    const holder = await startActor();
    await holder.do('open s tcp 4');
    const { port } = await holder.do('bind s 127.0.0.1 0');
    await holder.do('listen s');
    const late = await startActor();
    const facts = await procFacts(late.pid);
    await late.do('open s tcp 4');
    expect(await late.do(`bind s 127.0.0.1 ${port}`)).toMatchObject({ errno: EADDRINUSE });
    const failed = await eventOf(late.pid, 'bind_failed');
    expectIdentity(failed, late.pid, facts);
    expect(failed.error).toBe(EADDRINUSE);
    expect(failed.identity?.executable).toBe(facts.executable);
    expect(failed.socket).toMatchObject({ transport: 'tcp', family: 'ipv4', address: '127.0.0.1', port });
    expect(recorder.events.some((event) => event.kind === 'bound' && event.pid === late.pid)).toBe(false);
  });

  test('an address that is not ours: bind_failed with EADDRNOTAVAIL', async () => {
    const actor = await startActor();
    await actor.do('open s udp 6');
    expect(await actor.do('bind s 2001:db8::1 5353')).toMatchObject({ errno: EADDRNOTAVAIL });
    const failed = await eventOf(actor.pid, 'bind_failed');
    expect(failed.error).toBe(EADDRNOTAVAIL);
    expect(failed.socket).toMatchObject({
      transport: 'udp',
      family: 'ipv6',
      address: '2001:db8::1',
      port: 5353,
    });
  });

  const firstUnprivilegedPort = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  test.skipIf(firstUnprivilegedPort < 2)(
    'a port of the system for an ordinary user: bind_failed with EACCES, and the user',
    async () => {
      const actor = await startActor();
      await actor.do(`become ${nobody}`);
      await actor.do('open s tcp 4');
      const port = firstUnprivilegedPort - 1;
      expect(await actor.do(`bind s 0.0.0.0 ${port}`)).toMatchObject({ errno: EACCES });
      const failed = await eventOf(actor.pid, 'bind_failed');
      expect(failed).toMatchObject({ error: EACCES, uid: nobody });
      expect(failed.socket).toMatchObject({ address: '0.0.0.0', port });
    },
  );

  test('two sockets share a port by SO_REUSEADDR until the second one listens: taken back', async () => {
    const actor = await startActor();
    await actor.do('open a tcp 4 reuseaddr');
    await actor.do('open b tcp 4 reuseaddr');
    const first = await actor.do('bind a 127.0.0.1 0');
    const second = await actor.do(`bind b 127.0.0.1 ${first.port}`);
    expect(second.errno).toBe(0);
    await eventOf(actor.pid, 'bound', second.cookie);
    expect((await actor.do('listen a')).errno).toBe(0);
    await eventOf(actor.pid, 'listening', first.cookie);
    expect((await actor.do('listen b')).errno).toBe(EADDRINUSE);
    await actor.do('close b');
    await eventOf(actor.pid, 'closed', second.cookie);
    const ofSecond = recorder.events.filter((event) => event.socket?.cookie === second.cookie);
    // A kernel with fexit tells nothing of the attempt; one without tells it and takes it back.
    const listening = ofSecond.filter(({ kind }) => kind === 'listening');
    expect(ofSecond.filter(({ kind }) => kind === 'listen_failed')).toHaveLength(listening.length);
    expect(listening.every(({ unconfirmed }) => unconfirmed)).toBe(true);
    expect(ofSecond.at(-1)?.kind).toBe('closed');
  });

  test('listen without bind: listening, and closed later', async () => {
    const actor = await startActor();
    await actor.do('open s tcp 4');
    const { port, cookie } = await actor.do('listen s');
    const listening = await eventOf(actor.pid, 'listening', cookie);
    expect([0, port]).toContain(listening.socket?.port);
    await actor.do('close s');
    const closed = await eventOf(actor.pid, 'closed', cookie);
    expect(closed.socket?.boundAt).toBe(listening.time);
    expect(recorder.events.some(({ kind, pid }) => kind === 'bound' && pid === actor.pid)).toBe(false);
  });

  test('a socket that a child inherited is closed when the last holder lets go', async () => {
    const actor = await startActor();
    await actor.do('open s udp 4');
    const { cookie } = await actor.do('bind s 127.0.0.1 0');
    const child = await actor.do('fork');
    await actor.do('close s');
    await sleep(100);
    expect(recorder.events.some(({ kind, socket }) => kind === 'closed' && socket?.cookie === cookie)).toBe(
      false,
    );
    process.kill(child.pid, 'SIGKILL');
    expect((await eventOf(child.pid, 'closed', cookie)).socket?.boundAt).not.toBeNull();
    expect(await eventOf(child.pid, 'exit')).toMatchObject({ error: 9, parentPid: actor.pid, socket: null });
  });

  test('sockets of a process that dies are closed, and its exit code is told', async () => {
    const actor = await startActor();
    await actor.do('open s tcp 6');
    const { cookie } = await actor.do('bind s ::1 0');
    await actor.do('listen s');
    await actor.end();
    expect((await eventOf(actor.pid, 'closed', cookie)).socket?.cookie).toBe(cookie);
    const exit = await eventOf(actor.pid, 'exit');
    expect(exit).toMatchObject({ error: 3 << 8, parentPid: process.pid, socket: null, identity: null });
  });

  test('a program that takes the place of another keeps pid and start time', async () => {
    const actor = await startActor();
    const first = await eventOf(actor.pid, 'exec');
    expect(first.identity?.executable).toBe(actorProgram.program);
    actor.exec('/bin/sleep 60');
    const second = await recorder.event(
      'exec of sleep',
      (event) => event.kind === 'exec' && event.pid === actor.pid && event.name === 'sleep',
    );
    expect(second.startTime).toBe(first.startTime);
    expect(second.identity?.executable).toMatch(/\/sleep$/);
    expect(second.identity?.args).toStrictEqual(['/bin/sleep', '60']);
  });

  test('a real server of Node is seen, with the arguments that fit and their true length', async () => {
    const long = 'x'.repeat(1000);
    const script =
      "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
    const server = await Actor.start(process.execPath, ['-e', script, long]);
    actors.push(server);
    const bound = await eventOf(server.pid, 'bound');
    const listening = await eventOf(server.pid, 'listening');
    const facts = await procFacts(server.pid);
    expect(bound.identity?.executable).toBe(facts.executable);
    expect(bound.identity?.argsLength).toBe(facts.args.join('\0').length + 1);
    expect(bound.identity?.args.join('\0')).toBe(facts.args.join('\0').slice(0, 256));
    expect(listening.socket).toMatchObject({ cookie: bound.socket?.cookie, port: bound.socket?.port });
    expect(bound.socket?.port).toBeGreaterThan(0);
  });
});
