import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { ActivityReading, HookReport, KernelSourceState, PortActivity } from '../../contract/index.js';
import { loadAddon } from '../index.js';
import { createKernelSource } from '../kernel-source.js';
import { procFacts } from './actor.js';
import { Recorder, helperAddress, isRoot, paths } from './recorder.js';

type Counts = Pick<PortActivity, 'accepted' | 'closed' | 'bytesIn' | 'bytesOut'>;

const question = Buffer.alloc(1000, 'q');
const answer = Buffer.alloc(70_000, 'a');

describe.skipIf(!isRoot)('activity of the running kernel (needs root)', () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
  });

  const startRecorder = async (...options: string[]): Promise<[Recorder, readonly HookReport[]]> => {
    const recorder = new Recorder();
    cleanUp.push(() => recorder.watcher.close());
    const { hooks } = await recorder.connect({
      kind: 'spawn',
      command: [paths.helper, '--stdin', ...options],
    });
    return [recorder, hooks];
  };

  /** A server that gives the answer to each question. */
  const startServer = async (host: string): Promise<{ server: Server; port: number }> => {
    const server = createServer((socket) => {
      let asked = 0;
      socket
        .on('error', () => undefined)
        .on('data', (data) => {
          asked += data.length;
          if (asked % question.length === 0) socket.write(answer);
        });
    });
    server.listen(0, host);
    await once(server, 'listening');
    cleanUp.push(() => server.close());
    return { server, port: (server.address() as AddressInfo).port };
  };

  const open = async (host: string, port: number): Promise<Socket> => {
    const socket = connect(port, host);
    cleanUp.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };

  const ask = async (socket: Socket): Promise<void> => {
    let left = answer.length;
    socket.write(question);
    while (left > 0) left -= ((await once(socket, 'data')) as [Buffer])[0].length;
  };

  /** What is counted at a port of this network namespace, once it is as expected; else what it is at last. */
  const settled = async (
    read: () => Promise<ActivityReading | null>,
    port: number,
    expected: Counts,
  ): Promise<unknown> => {
    const { networkNamespace } = await procFacts(process.pid);
    const whole = { port, networkNamespace, ...expected };
    for (let left = 100; ; left -= 1) {
      const told = (await read())?.ports.find(
        (row) => row.port === port && row.networkNamespace === networkNamespace,
      );
      try {
        expect(told).toStrictEqual(whole);
        return told;
      } catch (error) {
        if (left === 0) throw error;
        await sleep(20);
      }
    }
  };

  const rounds = (accepted: bigint, closed: bigint, asked: bigint): Counts => ({
    accepted,
    closed,
    bytesIn: asked * BigInt(question.length),
    bytesOut: asked * BigInt(answer.length),
  });

  test.each([
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['::1']],
    ['::', ['::1', '127.0.0.1']],
  ])('a server at %s: counts are exact while connections are open and after', async (at, clients) => {
    const [recorder, hooks] = await startRecorder();
    const { watcher } = recorder;
    expect(hooks.filter(({ fact }) => fact === 'activity')).toStrictEqual([
      { fact: 'activity', hook: 'iter/bpf_sk_storage_map', state: 'attached', reason: null },
    ]);
    const { server, port } = await startServer(at);
    const other = await startServer(at);
    watcher.watchActivity(Uint16Array.of(port));
    expect(await watcher.readActivity()).toMatchObject({ ports: [] });

    const before = recorder.clocks().boot;
    const sockets = await Promise.all(
      [...clients, ...clients].flatMap((host) => [open(host, port), open(host, port)]),
    );
    const count = BigInt(sockets.length);
    const unwatched = await open(clients[0] ?? at, other.port);
    await Promise.all([...sockets, unwatched].map(ask));
    const read = () => watcher.readActivity();
    await settled(read, port, rounds(count, 0n, count));
    const [first, second, ...others] = sockets;
    if (first === undefined || second === undefined) throw new Error('there are at least four');
    first.end();
    second.resetAndDestroy();
    await settled(read, port, rounds(count, 2n, count));
    await Promise.all(others.map(ask));
    await settled(read, port, rounds(count, 2n, 2n * count - 2n));
    for (const socket of others) socket.end();
    server.close();
    await settled(read, port, rounds(count, count, 2n * count - 2n));

    const reading = await read();
    expect(reading?.ports.map((row) => row.port)).toStrictEqual([port]);
    expect(reading?.at).toBeGreaterThan(before);
    expect(reading?.at).toBeLessThanOrEqual(recorder.clocks().boot);
  });

  test('a port that is forgotten has no counts, and begins with none when it is watched again', async () => {
    const [{ watcher }] = await startRecorder();
    const { port } = await startServer('127.0.0.1');
    const read = () => watcher.readActivity();
    watcher.watchActivity(Uint16Array.of(port));
    const early = await open('127.0.0.1', port);
    await ask(early);
    await settled(read, port, rounds(1n, 0n, 1n));
    watcher.watchActivity(Uint16Array.of());
    watcher.watchActivity(Uint16Array.of(port));
    expect((await read())?.ports).toStrictEqual([]);
    await ask(early);
    const late = await open('127.0.0.1', port);
    await ask(late);
    early.end();
    await settled(read, port, rounds(1n, 0n, 1n));
  });

  test('a helper that is restarted watches the same ports, and counts from nothing', async () => {
    const states: KernelSourceState[] = [];
    let gaps = 0;
    const source = createKernelSource({ addon: loadAddon(paths.addon), helperPath: paths.helper, env: {} });
    cleanUp.push(() => source.close());
    const { port } = await startServer('127.0.0.1');
    source.watchActivity(new Set([port]));
    expect(await source.readActivity()).toBeNull();
    await source.start({
      state: (state) => states.push(state),
      events: () => undefined,
      lost: () => undefined,
      gap: () => {
        gaps += 1;
      },
    });
    const read = () => source.readActivity();
    const early = await open('127.0.0.1', port);
    await ask(early);
    await settled(read, port, rounds(1n, 0n, 1n));
    process.kill(states.at(-1)?.helperPid ?? 0, 'SIGKILL');
    while (gaps === 0) await sleep(10);
    expect((await read())?.ports).toStrictEqual([]);
    await ask(early);
    await ask(await open('127.0.0.1', port));
    await settled(read, port, rounds(1n, 0n, 1n));
    source.close();
    expect(await read()).toBeNull();
  });

  test('a kernel without the hook counts nothing and says why, and tells everything else', async () => {
    const [recorder, hooks] = await startRecorder('--without', 'iter/bpf_sk_storage_map');
    expect(hooks.filter(({ fact }) => fact === 'activity')).toStrictEqual([
      {
        fact: 'activity',
        hook: 'iter/bpf_sk_storage_map',
        state: 'failed',
        reason: 'switched off by --without',
      },
    ]);
    const { port } = await startServer('127.0.0.1');
    recorder.watcher.watchActivity(Uint16Array.of(port));
    expect(await recorder.watcher.readActivity()).toBeNull();
    await recorder.event('listening', ({ kind, socket }) => kind === 'listening' && socket?.port === port);
    expect((await recorder.watcher.snapshot()).source).toBe('iter');
  });

  test('without a helper nothing is counted', async () => {
    const { watcher } = new Recorder();
    cleanUp.push(() => watcher.close());
    expect(watcher.startLimited()).toContainEqual({
      fact: 'activity',
      hook: 'iter/bpf_sk_storage_map',
      state: 'failed',
      reason: 'needs the privileged helper',
    });
    watcher.watchActivity(Uint16Array.of(80));
    expect(await watcher.readActivity()).toBeNull();
    await watcher.connect(helperAddress);
    expect(await watcher.readActivity()).toMatchObject({ ports: [] });
    watcher.close();
    watcher.watchActivity(Uint16Array.of(80));
    expect(await watcher.readActivity()).toBeNull();
  });

  test.each<[unknown]>([[[80]], [new Uint8Array(2)], [new Set([80])], [undefined]])(
    'ports that are no Uint16Array are refused: %o',
    (ports) => {
      const { watcher } = new Recorder();
      cleanUp.push(() => watcher.close());
      expect(() => watcher.watchActivity(ports as Uint16Array)).toThrow(TypeError);
    },
  );
});
