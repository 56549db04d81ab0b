import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BindscopeEvent, KernelSource } from '../../contract/index.js';
import { LEAST_GAP_MS } from '../../discovery/accounter/poll-scheduler.js';
import { Pipeline } from '../../discovery/pipeline.js';
import { readHostFacts, readOwnNetworkNamespace } from '../host-facts.js';
import { loadAddon } from '../index.js';
import { createKernelSource } from '../kernel-source.js';
import { buildProgram } from './actor.js';
import { isRoot, paths, Recorder } from './recorder.js';

/** A socket as it truly was: see churner.cpp. Boot-clock nanoseconds. */
interface Truth {
  readonly cookie: bigint;
  readonly port: number;
  readonly transport: string;
  readonly boundAfter: bigint;
  readonly boundBefore: bigint;
  readonly listened: boolean;
  readonly closedAfter: bigint;
  readonly closedBefore: bigint;
}

/** A process that binds and closes at random, and says the truth about it. */
class Churner {
  readonly sockets: Truth[] = [];
  readonly ready: Promise<void>;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;

  constructor(program: string, seed: number) {
    this.#child = spawn(program, [String(seed)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.#child.stdout });
    this.#ended = Promise.all([once(this.#child, 'exit'), once(lines, 'close')]);
    this.ready = new Promise((resolve) => {
      lines.on('line', (line) => {
        const [cookie = '', port, transport = '', ...rest] = line.split(' ');
        if (cookie === 'ready') {
          resolve();
          return;
        }
        const [boundAfter = 0n, boundBefore = 0n, listened, closedAfter = 0n, closedBefore = 0n] =
          rest.map(BigInt);
        this.sockets.push({
          cookie: BigInt(cookie),
          port: Number(port),
          transport,
          boundAfter,
          boundBefore,
          listened: listened === 1n,
          closedAfter,
          closedBefore,
        });
      });
    });
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}

type SocketEvent = Extract<BindscopeEvent, { socket: unknown }>;

describe.skipIf(!isRoot)('events and snapshots of the running kernel race (needs root)', () => {
  let built: Awaited<ReturnType<typeof buildProgram>>;
  const churners: Churner[] = [];

  beforeAll(async () => {
    built = await buildProgram('churner');
  });
  afterAll(() => built.remove());
  beforeEach(async () => {
    // Before anybody watches: they have sockets by then.
    churners.push(...[1, 2, 3].map((seed) => new Churner(built.program, seed)));
    await Promise.all(churners.map(({ ready }) => ready));
  });
  afterEach(async () => {
    await Promise.all(churners.splice(0).map((churner) => churner.end()));
  });

  test('a snapshot comes after every close of before its end, however far behind the reader is', async () => {
    const recorder = new Recorder();
    try {
      await recorder.connect();
      const taken: { readonly finishedAt: bigint; readonly events: number }[] = [];
      for (let round = 0; round < 20; round += 1) {
        const snapshot = recorder.watcher.snapshot();
        // Nothing of this process runs while it is taken.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
        const { finishedAt } = await snapshot;
        taken.push({ finishedAt, events: recorder.events.length });
      }
      await sleep(200);
      // The time of a close is taken once its record has its place.
      for (const { finishedAt, events } of taken) {
        const late = recorder.events.slice(events).filter(({ kind }) => kind === 'closed');
        expect(late.filter(({ time }) => time < finishedAt)).toEqual([]);
      }
      expect(recorder.events.filter(({ kind }) => kind === 'closed').length).toBeGreaterThan(100);
    } finally {
      recorder.watcher.close();
    }
  });

  test('every socket is told once, in order, with its port and its duration, while snapshots are taken back to back', async () => {
    const addon = loadAddon(paths.addon);
    const source: KernelSource = createKernelSource({ addon, helperPath: paths.helper, env: {} });
    const pipeline = new Pipeline({
      source,
      timers: {
        after: (ms, run) => {
          // Polls need not keep their distance here.
          const timer = setTimeout(run, ms === LEAST_GAP_MS ? 0 : ms);
          return () => clearTimeout(timer);
        },
      },
      settings: { criteria: [], pollIntervalMs: 1, showOwnProcesses: true, countPortsAsBeyla: false },
      host: readHostFacts(),
      ownPids: [],
      ownNetworkNamespace: readOwnNetworkNamespace(),
      userName: () => null,
      notice: (level, message) => {
        throw new Error(`${level}: ${message}`);
      },
    });
    const told = new Map<string, SocketEvent[]>();
    const lost: BindscopeEvent[] = [];
    let polls = 0;
    const unobserve = pipeline.observe((events) => {
      for (const event of events) {
        if (event.name === 'watcher.lost') lost.push(event);
        if (!('socket' in event)) continue;
        const before = told.get(event.socket.key);
        if (before === undefined) told.set(event.socket.key, [event]);
        else before.push(event);
      }
    });
    const inner = source.snapshot.bind(source);
    source.snapshot = () => {
      polls += 1;
      return inner();
    };

    const before = addon.clocks();
    await pipeline.start();
    const ready = addon.clocks().boot;
    await pipeline.polledOnce;
    const shown = addon.clocks().boot;
    await sleep(5000);
    await Promise.all(churners.map((churner) => churner.end()));
    // The last closes come, and what a snapshot left in doubt is looked at again.
    await sleep(500);
    unobserve();
    const open = new Set(pipeline.sockets().map(({ socket }) => socket.key as string));
    pipeline.close();

    const toBoot = (wall: bigint): bigint => wall - (before.wall - before.boot);
    // The two clocks are not read in one moment.
    const slack = 1_000_000n;
    const sockets = churners.flatMap((churner) => churner.sockets);
    const seen = { old: 0, exact: 0 };
    expect(lost).toEqual([]);
    for (const truth of sockets) {
      const key = `c${String(truth.cookie)}`;
      const events = told.get(key) ?? [];
      const names = events.map(({ name }) => name.slice('socket.'.length)).join(' ');
      const about = `${key} ${JSON.stringify(truth, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))} (watched since ${String(ready)}): ${names}`;
      expect(open.has(key), about).toBe(false);
      const isOld = truth.boundAfter < ready;
      if (isOld && names === '') {
        // Nobody could see it: it was gone before the first snapshot was there.
        expect(truth.closedAfter < shown, about).toBe(true);
        continue;
      }
      // A snapshot may be faster than the word of the bind, and show it listen already.
      const orders = truth.listened ? ['bound listening closed', 'listening closed'] : ['bound closed'];
      // Hooks are attached one after the other: that of bind may be there before that of listen.
      expect(isOld ? [...orders, 'bound closed'] : orders, about).toContain(names);
      const close = events.at(-1);
      if (close?.name !== 'socket.closed') throw new Error(`not closed: ${about}`);
      expect([close.socket.port, close.socket.transport as string], about).toEqual([
        truth.port,
        truth.transport,
      ]);
      const at = toBoot(close.time);
      // Of one bound before the hooks were there, a snapshot may be who misses it, a moment later.
      const latest = isOld && close.source === 'poll' ? at : truth.closedBefore + slack;
      expect(at >= truth.closedAfter - slack && at <= latest, about).toBe(true);
      const longest = latest - truth.boundAfter + slack;
      const shortest = truth.closedAfter - truth.boundBefore - slack;
      expect(close.durationNs <= longest, about).toBe(true);
      if (close.durationExact) expect(close.durationNs >= shortest, about).toBe(true);
      // Whose beginning was seen is told with all of its duration; whose was not, as long as we watched.
      if (truth.boundAfter > shown) expect(close.durationExact, about).toBe(true);
      if (isOld && truth.boundBefore < before.boot) {
        expect(close.durationExact, about).toBe(false);
        const watched = truth.closedAfter - shown - slack;
        expect(close.durationNs >= watched, about).toBe(true);
        seen.old += 1;
      }
      if (close.durationExact) seen.exact += 1;
    }
    expect(seen.exact).toBeGreaterThan(500);
    expect(seen.old).toBeGreaterThan(0);
    expect(polls).toBeGreaterThan(20);
  });
});
