import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BindscopeEvent, EventOf, SocketRow } from '../../contract/index.js';
import { Pipeline } from '../../discovery/pipeline.js';
import { readHostFacts, readOwnNetworkNamespace } from '../host-facts.js';
import { loadAddon } from '../index.js';
import { createKernelSource } from '../kernel-source.js';
import { Actor, buildActor } from './actor.js';
import { isRoot, paths } from './recorder.js';

const queueLength = 100;

/** Nothing of this process runs: what the kernel tells meanwhile waits, or is dropped. */
const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

describe.skipIf(!isRoot)('the state after events were lost (needs root)', () => {
  let built: Awaited<ReturnType<typeof buildActor>>;
  let actor: Actor;
  let pipeline: Pipeline;
  const events: BindscopeEvent[] = [];

  beforeAll(async () => {
    built = await buildActor();
  });
  afterAll(() => built.remove());
  beforeEach(async () => {
    events.length = 0;
    actor = await Actor.start(built.program);
    pipeline = new Pipeline({
      source: createKernelSource({
        addon: loadAddon(paths.addon),
        helperPath: paths.helper,
        queueLength,
        env: {},
      }),
      timers: {
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
      // No poll but those that something asks for: the loss has to.
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
    await pipeline.start();
    await pipeline.polledOnce;
  });
  afterEach(async () => {
    pipeline.close();
    await actor.end('SIGKILL');
  });

  const until = async <T>(what: string, look: () => T | undefined | false): Promise<T> => {
    for (let left = 1000; left > 0; left -= 1) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      await sleep(10);
    }
    throw new Error(`did not come to be: ${what}`);
  };
  const told = <Name extends BindscopeEvent['name']>(name: Name, cookie?: bigint): EventOf<Name>[] =>
    events.filter(
      (event): event is EventOf<Name> =>
        event.name === name &&
        (cookie === undefined || ('socket' in event && event.socket.key === `c${String(cookie)}`)),
    );
  const rowOf = (cookie: bigint): SocketRow | undefined =>
    pipeline.sockets().find(({ socket }) => socket.key === `c${String(cookie)}`);
  /** Cookies of the sockets that the actor holds, as the table has it. */
  const held = (): string[] =>
    pipeline
      .sockets()
      .filter(({ holders }) => holders.some((key) => key.startsWith(`${String(actor.pid)}:`)))
      .map(({ socket }) => socket.key)
      .sort();
  const listener = async (name: string): Promise<bigint> => {
    await actor.do(`open ${name} tcp 4`);
    const { cookie } = await actor.do(`bind ${name} 127.0.0.1 0`);
    await actor.do(`listen ${name}`);
    return cookie;
  };
  /** Has the actor do things of which no event comes through: the queue is full by then. */
  const unseen = async (commands: readonly string[]): Promise<Awaited<ReturnType<Actor['do']>>[]> => {
    const answers = [`burst ${String(queueLength * 5)}`, ...commands].map((command) => actor.do(command));
    standStill(1000);
    const [, ...rest] = await Promise.all(answers);
    return rest;
  };

  test('sockets that came and went in the meantime: what is left is found, as seen late; what is gone is closed once', async () => {
    const kept = await listener('kept');
    const goner = await listener('goner');
    await until('both listen', () => told('socket.listening', kept)[0] && told('socket.listening', goner)[0]);
    const keptSince = rowOf(kept)?.since;
    expect(keptSince?.exact).toBe(true);

    const [, , bound, , , udp, , brief] = await unseen([
      'close goner',
      'open late tcp 4',
      'bind late 127.0.0.1 0',
      'listen late',
      'open udp udp 4',
      'bind udp 127.0.0.1 0',
      'open brief tcp 4',
      'bind brief 127.0.0.1 0',
      'close brief',
    ]);
    const late = bound?.cookie ?? 0n;
    const keys = [kept, late, udp?.cookie ?? 0n].map((cookie) => `c${String(cookie)}`).sort();
    await until('the table is as the actor has it', () => JSON.stringify(held()) === JSON.stringify(keys));

    const [loss] = told('watcher.lost');
    expect(loss).toMatchObject({ where: 'queue' });
    expect(loss?.count).toBeGreaterThan(queueLength);
    expect(pipeline.status().lost.queue).toBe(
      told('watcher.lost').reduce((total, { count }) => total + (count ?? 0), 0),
    );

    // Seen late, and said to be.
    const row = rowOf(late);
    expect(row?.since.exact).toBe(false);
    expect(row?.listeningSince?.exact).toBe(false);
    expect(row?.socket.state).toBe('listening');
    expect(rowOf(kept)?.since).toStrictEqual(keptSince);
    expect(told('socket.listening', late)).toMatchObject([{ source: 'poll' }]);
    expect(told('socket.listening', kept)).toHaveLength(1);

    // Gone, and told so once, by the one who looked.
    expect(told('socket.closed', goner)).toMatchObject([{ source: 'poll' }]);
    expect(
      events.some((event) => 'socket' in event && event.socket.key === `c${String(brief?.cookie)}`),
    ).toBe(false);
    for (const { socket } of told('socket.closed')) {
      const begun = events.filter(
        (event) =>
          (event.name === 'socket.bound' || event.name === 'socket.listening') &&
          event.socket.key === socket.key,
      );
      expect(begun.length, `what was closed had begun: ${socket.key}`).toBeGreaterThan(0);
    }

    // Whatever is told from now on is told as if nothing had happened; the kernel has kept the time of the bind.
    const lossTo = loss?.to ?? 0n;
    await actor.do('close late');
    const closed = await until('the close', () => told('socket.closed', late)[0]);
    expect(closed).toMatchObject({ source: 'ebpf', durationExact: true });
    const bindTime = closed.time - closed.durationNs;
    expect(bindTime).toBeLessThan(lossTo + 2_000_000_000n);
    expect(bindTime).toBeLessThan(row?.since.at ?? 0n);
    await actor.do('close kept');
    await until('the other close', () => told('socket.closed', kept)[0]);
    await sleep(300);
    expect(held()).toStrictEqual([`c${String(udp?.cookie)}`]);
    expect(told('socket.closed', late)).toHaveLength(1);
    expect(told('socket.closed', goner)).toHaveLength(1);
  });

  test('one loss after the other, with sockets that come and go all the time: the table is right after each', async () => {
    let port = 0;
    for (let round = 0; round < 3; round += 1) {
      await unseen([
        `open s${String(round)} tcp 4`,
        `bind s${String(round)} 127.0.0.1 0`,
        `listen s${String(round)}`,
      ]);
      if (round > 0) await actor.do(`close s${String(round - 1)}`);
      const inTable = await until('one listener', () => {
        const rows = pipeline.sockets().filter(({ socket }) => held().includes(socket.key));
        return rows.length === 1 && rows[0]?.socket.port !== port ? rows[0] : undefined;
      });
      port = inTable.socket.port;
    }
    expect(told('watcher.lost').length).toBeGreaterThanOrEqual(3);
  });
});
