import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BindscopeEvent, EventName, EventOf } from '../../contract/index.js';
import { Pipeline } from '../../discovery/pipeline.js';
import { readHostFacts, readOwnNetworkNamespace } from '../host-facts.js';
import { loadAddon } from '../index.js';
import { createKernelSource } from '../kernel-source.js';
import { Actor, buildActor } from './actor.js';
import { isRoot, paths } from './recorder.js';

const { EADDRINUSE } = constants.errno;

describe.skipIf(!isRoot)('the pipeline on the running kernel (needs root)', () => {
  let built: Awaited<ReturnType<typeof buildActor>>;
  const events: BindscopeEvent[] = [];
  const cleanUp: (() => unknown)[] = [];

  beforeAll(async () => {
    built = await buildActor();
  });
  afterAll(() => built.remove());
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  const startActor = async (): Promise<Actor> => {
    const actor = await Actor.start(built.program);
    cleanUp.push(() => actor.end('SIGKILL'));
    return actor;
  };

  /** The real chain; polls are only made where something asks for one. Its first one is through. */
  const startPipeline = async (): Promise<Pipeline> => {
    events.length = 0;
    const pipeline = new Pipeline({
      source: createKernelSource({ addon: loadAddon(paths.addon), helperPath: paths.helper, env: {} }),
      timers: {
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => {
            clearTimeout(timer);
          };
        },
      },
      settings: { criteria: [], pollIntervalMs: null, showOwnProcesses: true, countPortsAsBeyla: false },
      host: readHostFacts(),
      ownPids: [],
      ownNetworkNamespace: readOwnNetworkNamespace(),
      userName: () => null,
      notice: (level, message) => {
        throw new Error(`${level}: ${message}`);
      },
    });
    pipeline.observe((told) => events.push(...told));
    cleanUp.push(() => {
      pipeline.close();
    });
    await pipeline.start();
    await pipeline.polledOnce;
    return pipeline;
  };

  const of = <Name extends EventName>(name: Name): EventOf<Name>[] =>
    events.filter((event): event is EventOf<Name> => event.name === name);

  const until = async <T>(what: string, look: () => T | undefined): Promise<T> => {
    for (let left = 1000; left > 0; left -= 1) {
      const found = look();
      if (found !== undefined) return found;
      await sleep(10);
    }
    throw new Error(`did not come to be: ${what}`);
  };

  const refusalOf = (actor: Actor): Promise<EventOf<'socket.bind_failed'>> =>
    until(`the refused bind of ${actor.pid}`, () =>
      of('socket.bind_failed').find(({ process }) => process.pid === actor.pid),
    );

  const closeAt = (port: number): Promise<EventOf<'socket.closed'>> =>
    until(`the close at port ${port}`, () => of('socket.closed').find(({ socket }) => socket.port === port));

  const conflicts = [
    { transport: 'tcp', version: 4, held: '127.0.0.1', wanted: '127.0.0.1' },
    { transport: 'tcp', version: 4, held: '0.0.0.0', wanted: '127.0.0.1' },
    { transport: 'tcp', version: 6, held: '::1', wanted: '::' },
    { transport: 'udp', version: 4, held: '127.0.0.1', wanted: '127.0.0.1' },
    { transport: 'udp', version: 6, held: '::', wanted: '::1' },
  ] as const;

  describe.each(['before the start', 'since the start'])('a port that is held %s', (when) => {
    test.each(conflicts)(
      'a $transport bind to $wanted that fails because of one at $held names who holds it',
      async ({ transport, version, held, wanted }) => {
        const early = when === 'before the start';
        if (!early) await startPipeline();
        const holder = await startActor();
        await holder.do(`open s ${transport} ${version}`);
        const { port } = await holder.do(`bind s ${held} 0`);
        if (transport === 'tcp') await holder.do('listen s');
        if (early) await startPipeline();

        const late = await startActor();
        await late.do(`open s ${transport} ${version}`);
        expect(await late.do(`bind s ${wanted} ${port}`)).toMatchObject({ errno: EADDRINUSE });
        const refused = await refusalOf(late);
        expect(refused).toMatchObject({
          error: 'EADDRINUSE',
          errno: EADDRINUSE,
          endpoint: { transport, address: wanted, port },
          process: { pid: late.pid },
          conflict: { process: { pid: holder.pid, executable: built.program } },
        });
      },
    );
  });

  test('the holder is named also where the one that is refused is gone at once', async () => {
    await startPipeline();
    const holder = await startActor();
    await holder.do('open s tcp 4');
    const { port } = await holder.do('bind s 127.0.0.1 0');
    const late = await startActor();
    await late.do('open s tcp 4');
    await late.do(`bind s 127.0.0.1 ${port}`);
    await late.end('SIGKILL');
    expect((await refusalOf(late)).conflict?.process?.pid).toBe(holder.pid);
  });

  const endpoints = [
    { transport: 'tcp', version: 4, address: '127.0.0.1' },
    { transport: 'tcp', version: 6, address: '::' },
    { transport: 'udp', version: 4, address: '0.0.0.0' },
    { transport: 'udp', version: 6, address: '::1' },
  ] as const;

  test.each(endpoints)(
    'the close of a $transport socket at $address says its port and how long it was bound',
    async ({ transport, version, address }) => {
      await startPipeline();
      const actor = await startActor();
      await actor.do(`open s ${transport} ${version}`);
      const { port } = await actor.do(`bind s ${address} 0`);
      if (transport === 'tcp') await actor.do('listen s');
      await actor.do('close s');
      const closed = await closeAt(port);
      const bound = of('socket.bound').find(({ socket }) => socket.port === port);
      expect(closed).toMatchObject({
        socket: { transport, address, port },
        durationExact: true,
        process: { pid: actor.pid },
      });
      expect(closed.durationNs).toBe(closed.time - (bound?.time ?? 0n));
    },
  );

  test.each(endpoints)(
    'so does that of a $transport socket at $address which was there before the start, as a time at least',
    async ({ transport, version, address }) => {
      const actor = await startActor();
      await actor.do(`open s ${transport} ${version}`);
      const { port } = await actor.do(`bind s ${address} 0`);
      if (transport === 'tcp') await actor.do('listen s');
      const pipeline = await startPipeline();
      expect(pipeline.sockets().some(({ socket }) => socket.port === port)).toBe(true);
      await actor.do('close s');
      const closed = await closeAt(port);
      expect(closed).toMatchObject({ socket: { address, port }, durationExact: false });
      expect(closed.durationNs).toBeGreaterThan(0n);
    },
  );

  test('so do those of a process that is killed, of a listener without bind and of a hundred at once', async () => {
    await startPipeline();
    const killed = await startActor();
    await killed.do('open a tcp 4');
    const bound = await killed.do('bind a 127.0.0.1 0');
    await killed.do('open b tcp 6');
    const listening = await killed.do('listen b');
    await killed.end('SIGKILL');
    for (const { port } of [bound, listening]) {
      const closed = await closeAt(port);
      expect(closed.durationExact).toBe(true);
      expect(closed.durationNs).toBeGreaterThan(0n);
    }
    const many = await startActor();
    await many.do('churn 100');
    const closes = await until('all closes', () => {
      const found = of('socket.closed').filter(({ process }) => process?.pid === many.pid);
      return found.length === 100 ? found : undefined;
    });
    const bounds = new Map(of('socket.bound').map(({ socket, time }) => [socket.key, { socket, time }]));
    for (const { socket, time, durationNs, durationExact } of closes) {
      const begun = bounds.get(socket.key);
      expect({ port: socket.port, durationNs, durationExact }).toEqual({
        port: begun?.socket.port,
        durationNs: time - (begun?.time ?? 0n),
        durationExact: true,
      });
    }
  });
});
