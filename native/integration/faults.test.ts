import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KernelEvent, KernelSourceState } from '../../contract/index.js';
import { loadAddon } from '../index.js';
import { createKernelSource } from '../kernel-source.js';
import { Actor, buildActor } from './actor.js';
import { Recorder, helperAddress, isRoot, paths } from './recorder.js';

const nobody = 65_534;
const anotherUser = 65_533;

/** Gone, or a zombie: one that ended by our hang-up is reaped when the next one is started. */
const hasEnded = (pid: number): boolean => {
  try {
    return /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
};

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (let left = 2000; !holds(); left -= 1) {
    if (left === 0) throw new Error(`did not come to be: ${what}`);
    await sleep(10);
  }
};

/** Binds and closes a TCP listener of this process; resolves with its port. */
const bindOnce = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  server.close();
  await once(server, 'close');
  return address.port;
};

describe.skipIf(!isRoot)('faults around the real helper (needs root)', () => {
  let folder = '';
  const cleanUp: (() => unknown)[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bindscope-faults-'));
    chmodSync(folder, 0o755);
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
    rmSync(folder, { recursive: true });
  });

  test('close hangs up, and the helper ends', async () => {
    const recorder = new Recorder();
    const { helperPid } = await recorder.connect();
    expect(hasEnded(helperPid)).toBe(false);
    recorder.watcher.close();
    await until('the helper ended', () => hasEnded(helperPid));
    expect(recorder.hangups).toBe(0);
  });

  test('a helper that is killed is noticed, restarted by the source, and the gap is told', async () => {
    const states: KernelSourceState[] = [];
    const events: KernelEvent[] = [];
    const gaps: { from: bigint; to: bigint }[] = [];
    const source = createKernelSource({ addon: loadAddon(paths.addon), helperPath: paths.helper, env: {} });
    cleanUp.push(() => source.close());
    const before = source.clocks().boot;
    await source.start({
      state: (state) => states.push(state),
      events: (batch) => events.push(...batch),
      gap: (gap) => gaps.push(gap),
      lost: () => undefined,
    });
    const first = states.at(-1)?.helperPid;
    if (first == null) throw new Error('not connected');
    process.kill(first, 'SIGKILL');
    await until('a gap is told', () => gaps.length > 0);
    expect(states.map(({ helper }) => helper)).toStrictEqual([
      'connecting',
      'connected',
      'restarting',
      'connected',
    ]);
    const second = states.at(-1)?.helperPid;
    expect(second).not.toBe(first);
    const [gap] = gaps;
    expect(gap?.from).toBeGreaterThan(before);
    expect(gap?.to).toBeGreaterThan(gap?.from ?? 0n);
    const port = await bindOnce();
    await until('an event of the new helper', () =>
      events.some(
        ({ kind, socket, pid }) => kind === 'bound' && pid === process.pid && socket?.port === port,
      ),
    );
    expect((await source.snapshot()).source).toBe('iter');
  });

  test('a helper that finds no way in is a failure in words, and the addon goes on in limited mode', async () => {
    const recorder = new Recorder();
    cleanUp.push(() => recorder.watcher.close());
    await expect(
      recorder.connect({ kind: 'spawn', command: [paths.helper, '--nonsense'] }),
    ).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('exit status 2') as unknown,
    });
    expect(recorder.watcher.startLimited()).toContainEqual({
      fact: 'processes',
      hook: '/proc',
      state: 'attached',
      reason: null,
    });
    expect((await recorder.watcher.snapshot()).source).toBe('proc');
  });

  test('records that find the ring buffer full are counted, and what came is whole', async () => {
    const recorder = new Recorder();
    cleanUp.push(() => recorder.watcher.close());
    await recorder.connect({ kind: 'spawn', command: [paths.helper, '--stdin', '--ring-bytes', '4096'] });
    const { program, remove } = await buildActor();
    cleanUp.push(remove);
    const actor = await Actor.start(program);
    // One record is made in less time than it takes to wake a reader, and four fill the buffer.
    expect((await actor.do('burst 20000')).errno).toBe(0);
    await actor.end();
    await recorder.until('a loss is told', () => recorder.losses.some(({ where }) => where === 'kernel'));
    expect(recorder.events.every(({ time }) => time > 0n)).toBe(true);
  });

  test('a queue that JavaScript does not empty drops and counts, and never grows', async () => {
    const recorder = new Recorder({ queueLength: 2 });
    cleanUp.push(() => recorder.watcher.close());
    await recorder.connect();
    const script = `
      const { createServer } = require('node:net');
      let left = 200;
      const next = () => { if (left-- > 0) createServer().listen(0, '127.0.0.1', function () { this.close(next) }); };
      next();`;
    const child = spawn(process.execPath, ['-e', script]);
    const end = Date.now() + 2000;
    while (Date.now() < end); // the event loop stands still while events come
    if (child.exitCode === null) await once(child, 'exit');
    await bindOnce();
    await recorder.until('a drop is told', () => recorder.losses.some(({ where }) => where === 'queue'));
    expect(recorder.largestBatch).toBeLessThanOrEqual(2);
  });

  test('connecting again hangs the first helper up, and only events of the second one come', async () => {
    const recorder = new Recorder();
    cleanUp.push(() => recorder.watcher.close());
    const first = await recorder.connect();
    const second = await recorder.connect();
    expect(second.helperPid).not.toBe(first.helperPid);
    await until('the first helper ended', () => hasEnded(first.helperPid));
    const port = await bindOnce();
    await recorder.event('closed', ({ kind, socket }) => kind === 'closed' && socket?.port === port);
    expect(
      recorder.events.filter(({ kind, socket }) => kind === 'bound' && socket?.port === port),
    ).toHaveLength(1);
    expect(recorder.hangups).toBe(0);
    expect(hasEnded(second.helperPid)).toBe(false);
  });

  test('an environment that ends with an open watcher takes the helper with it', async () => {
    const script = `
      const { Worker, isMainThread, parentPort } = require('node:worker_threads');
      const open = () => {
        const { openWatcher } = require(${JSON.stringify(paths.addon)});
        const watcher = openWatcher({ onEvents() {}, onHangup() {} });
        return watcher.connect(${JSON.stringify(helperAddress)}).then(({ helperPid }) => { watcher.snapshot(); return helperPid; });
      };
      if (isMainThread) {
        const worker = new Worker(process.argv[1], { eval: false });
        worker.once('message', async (inWorker) => {
          await worker.terminate();
          const inMain = await open();
          console.log(JSON.stringify([inWorker, inMain]));
          process.exit(0);
        });
      } else {
        open().then((pid) => parentPort.postMessage(pid));
      }`;
    const file = join(folder, 'teardown.cjs');
    writeFileSync(file, script);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file, file]);
    expect(stderr).toBe('');
    const pids = JSON.parse(stdout) as number[];
    expect(pids).toHaveLength(2);
    await until('both helpers are gone', () => pids.every(hasEnded));
  });

  describe('an engine without privilege', () => {
    const socketPath = (): string => join(folder, 'helper.sock');

    /** Starts a listening helper for a user; it ends with the test. */
    const listen = async (uid: number): Promise<void> => {
      const helper = spawn(
        paths.helper,
        ['--listen', socketPath(), '--peer-uid', String(uid), '--until-stdin-closes'],
        { stdio: ['pipe', 'inherit', 'inherit'] },
      );
      cleanUp.push(async () => {
        const exited = once(helper, 'exit');
        helper.stdin.end();
        await exited;
      });
      await until('the helper listens', () => existsSync(socketPath()));
    };

    /** Runs a script with the addon as another user; resolves with what it printed as JSON. */
    const asUser = async (uid: number, body: string): Promise<unknown> => {
      const addon = join(folder, 'bindscope.node');
      copyFileSync(paths.addon, addon);
      chmodSync(addon, 0o755);
      const script = `
        process.setgroups([]); process.setgid(${uid}); process.setuid(${uid});
        const { openWatcher } = require(${JSON.stringify(addon)});
        const batches = [];
        let wake = () => {};
        const watcher = openWatcher({ onEvents(batch) { batches.push(batch); wake(); }, onHangup() {} });
        const connect = () => watcher.connect({ kind: 'connect', path: ${JSON.stringify(socketPath())} });
        (async () => { ${body} })().then((told) => { console.log(JSON.stringify(told)); watcher.close(); });`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { timeout: 30_000 });
      return JSON.parse(stdout);
    };

    test('receives events and reads the iterators through a listening helper', async () => {
      await listen(nobody);
      const told = await asUser(
        nobody,
        `const { hooks } = await connect();
         const come = new Promise((resolve) => { wake = resolve; });
         require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1').unref();
         await come;
         const { source, processes } = await watcher.snapshot();
         return {
           uid: process.getuid(),
           attached: hooks.filter(({ state }) => state === 'attached').map(({ fact }) => fact),
           events: batches.reduce((sum, { count }) => sum + count, 0),
           source,
           seesOthers: processes.executableKnown[processes.pid.indexOf(${process.pid})] === 1,
         };`,
      );
      expect(told).toMatchObject({ uid: nobody, source: 'iter', seesOthers: true });
      const { attached, events } = told as { attached: string[]; events: number };
      expect(attached).toEqual(expect.arrayContaining(['bound', 'sockets', 'processes']));
      expect(events).toBeGreaterThan(0);
    });

    test('watches ports and reads what is counted there', async () => {
      await listen(nobody);
      const told = await asUser(
        nobody,
        `await connect();
         const { connect: open, createServer } = require('node:net');
         const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
         await new Promise((resolve) => server.once('listening', resolve));
         const { port } = server.address();
         watcher.watchActivity(Uint16Array.of(port));
         const socket = open(port, '127.0.0.1');
         await new Promise((resolve) => socket.write('hello', resolve));
         const { ports } = await watcher.readActivity();
         socket.destroy();
         server.close();
         return ports.map((row) => [row.port === port, String(row.accepted), String(row.bytesIn)]);`,
      );
      expect(told).toStrictEqual([[true, '1', '5']]);
    });

    const outcome = `return connect().then(() => ({ code: 'CONNECTED' }), ({ code, message }) => ({ code, message }));`;

    test('another user is refused', async () => {
      await listen(nobody);
      expect(await asUser(anotherUser, outcome)).toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringMatching(/not trusted|Permission denied/) as unknown,
      });
    });

    test('another user who may open the socket is refused by the helper, in words', async () => {
      await listen(nobody);
      chownSync(socketPath(), 0, 0);
      chmodSync(socketPath(), 0o666);
      expect(await asUser(anotherUser, outcome)).toMatchObject({
        code: 'REFUSED',
        message: expect.stringContaining(String(anotherUser)) as unknown,
      });
    });

    test('in limited mode snapshots show all sockets, and holders of its own only', async () => {
      const told = await asUser(
        nobody,
        `watcher.startLimited();
         const server = require('node:net').createServer().listen(0, '127.0.0.1');
         await new Promise((resolve) => server.once('listening', resolve));
         const { source, sockets, processes } = await watcher.snapshot();
         const row = sockets.port.indexOf(server.address().port);
         const other = processes.pid.indexOf(${process.pid});
         server.close();
         return { source, own: sockets.pid[row] === process.pid, uid: sockets.uid[row],
           otherSeen: other !== -1, otherExecutable: processes.executableKnown[other] };`,
      );
      expect(told).toStrictEqual({
        source: 'proc',
        own: true,
        uid: nobody,
        otherSeen: true,
        otherExecutable: 0,
      });
    });
  });
});
