import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ActivityReading, HookReport, KernelSource, KernelSourceState } from '../contract/index.js';
import { createKernelSource } from './kernel-source.js';
import type { KernelSourceOptions } from './kernel-source.js';
import type {
  HelperAddress,
  HelperConnected,
  NativeAddon,
  NativeBatch,
  NativeWatcherOptions,
} from './index.js';

const helperPath = '/opt/bindscope/bindscope-helper';
const attached: HookReport = { fact: 'bound', hook: 'cgroup/post_bind4', state: 'attached', reason: null };
const missing: HookReport = { ...attached, state: 'failed', reason: 'needs the privileged helper' };

class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const spawn: HelperAddress = { kind: 'spawn', command: [helperPath, '--stdin'] };
const pkexec: HelperAddress = { kind: 'spawn', command: ['/usr/bin/pkexec', helperPath, '--stdin'] };
const systemSocket: HelperAddress = { kind: 'connect', path: '/run/bindscope/helper.sock' };

interface World {
  readonly root?: boolean;
  readonly env?: Readonly<Partial<Record<string, string>>>;
  readonly files?: readonly string[];
  readonly pkexec?: boolean;
  readonly askAtStart?: boolean;
  /** Asked for anew whenever a helper is started. */
  readonly ringBytes?: () => number;
}

/** An addon that answers every `connect` with the next of `answers`, and clocks and timers moved by hand. */
const given = (world: World, ...answers: (Refusal | 'reached' | 'silent')[]) => {
  let boot = 1_000n;
  let native: NativeWatcherOptions | null = null;
  const connects: HelperAddress[] = [];
  const timers: { task: () => void; delayMs: number }[] = [];
  const told: unknown[] = [];
  const states: KernelSourceState[] = [];
  /** Ports as each helper was told them; a helper that is reached begins a new list. */
  const watched: number[][][] = [];
  let reading: ActivityReading | null = null;
  let closed = false;
  let limitedStarts = 0;
  const addon: NativeAddon = {
    clocks: () => ({ boot, wall: boot + 1_000_000n }),
    gainsPrivilege: () => false,
    openWatcher: (options) => {
      native = options;
      return {
        connect: (address) => {
          connects.push(address);
          const answer = answers.shift();
          if (answer === undefined) throw new Error('the test did not expect another connect');
          if (answer === 'silent') return new Promise<HelperConnected>(() => undefined);
          if (answer !== 'reached') return Promise.reject(answer);
          watched.push([]);
          return Promise.resolve({ helperPid: 99, hooks: [attached], ringBytes: 4096 });
        },
        startLimited: () => {
          limitedStarts += 1;
          return [missing];
        },
        snapshot: () => Promise.reject(new Error('not part of this test')),
        caughtUp: () => Promise.resolve(),
        watchActivity: (ports) => watched.at(-1)?.push([...ports]),
        readActivity: () => Promise.resolve(reading),
        close: () => {
          closed = true;
        },
      };
    },
  };
  const options: KernelSourceOptions = {
    addon,
    helperPath,
    env: world.env ?? {},
    ...(world.askAtStart === undefined ? {} : { askAtStart: world.askAtStart }),
    ...(world.ringBytes === undefined ? {} : { ringBytes: world.ringBytes }),
    system: {
      euid: () => (world.root === true ? 0 : 1000),
      exists: (path) => (world.files ?? [helperPath]).includes(path),
      findProgram: (name) => (world.pkexec === false ? null : `/usr/bin/${name}`),
      gainsPrivilege: () => false,
    },
    schedule: (task, delayMs) => {
      const timer = { task, delayMs };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index !== -1) timers.splice(index, 1);
      };
    },
  };
  const source: KernelSource = createKernelSource(options);
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    source,
    connects,
    told,
    watched,
    count: (counts: ActivityReading) => {
      reading = counts;
    },
    states,
    delays: () => timers.map(({ delayMs }) => delayMs),
    isClosed: () => closed,
    limitedStarts: () => limitedStarts,
    state: () => {
      const last = states.at(-1);
      if (last === undefined) throw new Error('no state was told');
      return last;
    },
    start: async () => {
      await source.start({
        events: (events) => told.push({ events: events.length }),
        lost: (lost) => told.push({ lost }),
        gap: (gap) => told.push({ gap }),
        state: (state) => {
          states.push(state);
          told.push(state.helper);
        },
      });
      await settle();
    },
    pass: (ns: bigint) => {
      boot += ns;
    },
    fireTimer: async () => {
      const timer = timers.shift();
      if (timer === undefined) throw new Error('no timer is set');
      timer.task();
      await settle();
      return timer.delayMs;
    },
    hangUp: async () => {
      native?.onHangup();
      await settle();
    },
    batch: (batch: Partial<NativeBatch>) =>
      native?.onEvents({
        records: new Uint8Array(0),
        count: 0,
        losses: [],
        ...batch,
      }),
    settle,
  };
};

const unreachable = new Refusal('UNREACHABLE', 'The helper at /x cannot be reached: Connection refused.');
const declined = new Refusal('DECLINED', 'The request for full visibility was dismissed.');

test('root starts the helper itself', async () => {
  const run = given({ root: true }, 'reached');
  await run.start();
  expect(run.connects).toStrictEqual([spawn]);
  expect(run.states.map(({ helper }) => helper)).toStrictEqual(['connecting', 'connected']);
  expect(run.state()).toStrictEqual({
    helper: 'connected',
    hooks: [attached],
    reason: null,
    remedy: null,
    canAskForFullView: false,
    helperPid: 99,
    helperOrigin: 'started',
    ringBytes: 4096,
  });
});

test('an installed helper is preferred to starting one', async () => {
  const run = given(
    { root: true, files: [helperPath, '/run/bindscope/helper.sock'] },
    unreachable,
    'reached',
  );
  await run.start();
  expect(run.connects).toStrictEqual([systemSocket, spawn]);
  expect(run.state().helper).toBe('connected');
});

test('a named socket is the only way that is tried', async () => {
  const run = given(
    { root: true, env: { BINDSCOPE_HELPER_SOCKET: '/x' }, files: [helperPath, '/run/bindscope/helper.sock'] },
    'reached',
  );
  await run.start();
  expect(run.connects).toStrictEqual([{ kind: 'connect', path: '/x' }]);
  expect(run.state().helperOrigin).toBe('listening');
});

test('a named socket that is not there yet is waited for, limited meanwhile', async () => {
  const run = given({ env: { BINDSCOPE_HELPER_SOCKET: '/x' } }, unreachable, unreachable, 'reached');
  await run.start();
  expect(run.state()).toMatchObject({ helper: 'connecting', hooks: [missing] });
  expect(run.state().reason).toContain('/x');
  expect(await run.fireTimer()).toBe(250);
  expect(await run.fireTimer()).toBe(500);
  expect(run.state().helper).toBe('connected');
  expect(run.told).not.toContainEqual(expect.objectContaining({ gap: expect.anything() as unknown }));
});

test('without privilege nobody is asked at start, and the view is limited', async () => {
  const run = given({});
  await run.start();
  expect(run.connects).toStrictEqual([]);
  expect(run.state()).toMatchObject({
    helper: 'absent',
    hooks: [missing],
    canAskForFullView: true,
    helperPid: null,
  });
  expect(run.state().reason).toBe('No privileged helper is running.');
  expect(run.state().remedy).toContain('Enable full view');
});

test.each<[string, World, string, string]>([
  ['turned off', { root: true, env: { BINDSCOPE_HELPER: 'off' } }, 'BINDSCOPE_HELPER=off', 'Start without'],
  ['not built', { files: [] }, helperPath, 'npm run setup'],
  ['without pkexec', { pkexec: false }, 'pkexec', 'Install polkit'],
])('limited mode says why and what to do: %s', async (_, world, reason, remedy) => {
  const run = given(world);
  await run.start();
  expect(run.connects).toStrictEqual([]);
  expect(run.state()).toMatchObject({ helper: 'absent', canAskForFullView: false });
  expect(run.state().reason).toContain(reason);
  expect(run.state().remedy).toContain(remedy);
  expect(await run.source.askForFullView()).toBe(false);
  expect(run.connects).toStrictEqual([]);
});

test('who may not use the installed helper is told of the group', async () => {
  const refused = new Refusal('UNREACHABLE', 'The helper at /run/… cannot be reached: Permission denied.');
  const run = given({ files: [helperPath, '/run/bindscope/helper.sock'] }, refused);
  await run.start();
  expect(run.state().reason).toContain('Permission denied');
  expect(run.state().remedy).toContain('usermod -aG bindscope');
  expect(run.state().canAskForFullView).toBe(true);
});

test('a helper that fails as root points to the doctor', async () => {
  const run = given({ root: true }, new Refusal('FAILED', 'This kernel has no BTF.'));
  await run.start();
  expect(run.state()).toMatchObject({ helper: 'absent', canAskForFullView: false });
  expect(run.state().reason).toBe('This kernel has no BTF.');
  expect(run.state().remedy).toContain('bindscope doctor');
});

test('askAtStart asks once, limited until the answer', async () => {
  const run = given({ askAtStart: true }, 'silent');
  await run.start();
  expect(run.connects).toStrictEqual([pkexec]);
  expect(run.states.map(({ helper }) => helper)).toStrictEqual(['connecting', 'absent', 'connecting']);
  expect(run.limitedStarts()).toBe(1);
  expect(run.state().canAskForFullView).toBe(false);
});

test('who asks and is let in has the full view', async () => {
  const run = given({}, 'reached');
  await run.start();
  expect(await run.source.askForFullView()).toBe(true);
  expect(run.connects).toStrictEqual([pkexec]);
  expect(run.state()).toMatchObject({ helper: 'connected', reason: null });
  expect(await run.source.askForFullView()).toBe(true);
  expect(run.connects).toHaveLength(1);
});

test('a no is heard, and can be changed', async () => {
  const run = given({}, declined, 'reached');
  await run.start();
  expect(await run.source.askForFullView()).toBe(false);
  expect(run.state()).toMatchObject({ helper: 'absent', hooks: [missing], canAskForFullView: true });
  expect(run.state().reason).toContain('dismissed');
  expect(run.delays()).toStrictEqual([]);
  expect(await run.source.askForFullView()).toBe(true);
});

test('a session without an authentication agent is told so', async () => {
  const run = given(
    {},
    new Refusal('UNREACHABLE', 'polkit has nobody to ask: no authentication agent runs in this session.'),
  );
  await run.start();
  expect(await run.source.askForFullView()).toBe(false);
  expect(run.state().remedy).toContain('authentication agent');
});

test('two questions at once are one', async () => {
  const run = given({}, declined);
  await run.start();
  const answers = await Promise.all([run.source.askForFullView(), run.source.askForFullView()]);
  expect(answers).toStrictEqual([false, false]);
  expect(run.connects).toHaveLength(1);
});

test('a helper that dies is restarted at once, then with growing delays, and the gap is told', async () => {
  const refusals = Array<Refusal>(7).fill(unreachable);
  const run = given({ root: true }, 'reached', ...refusals, 'reached');
  await run.start();
  run.pass(60_000_000_000n);
  await run.hangUp();
  expect(run.state()).toMatchObject({ helper: 'restarting', helperPid: null });
  expect(run.state().reason).toContain('ended unexpectedly');
  const delays: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    run.pass(1_000_000n);
    delays.push(await run.fireTimer());
  }
  expect(delays).toStrictEqual([0, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  expect(run.limitedStarts()).toBe(1);
  expect(run.told.slice(-2)).toStrictEqual([
    'connected',
    { gap: { from: 60_000_001_000n, to: 60_008_001_000n } },
  ]);
  expect(run.delays()).toStrictEqual([]);
});

test('a helper that dies right after each start is not started in a hot loop', async () => {
  const run = given({ root: true }, 'reached', 'reached', 'reached', 'reached');
  await run.start();
  const delays: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    run.pass(1_000_000n);
    await run.hangUp();
    delays.push(await run.fireTimer());
  }
  expect(delays).toStrictEqual([0, 250, 500]);
});

test('a helper that the user allows says so', async () => {
  const run = given({ askAtStart: true }, 'reached');
  await run.start();
  await run.source.askForFullView();
  expect(run.state()).toMatchObject({ helper: 'connected', helperOrigin: 'asked' });
});

test('polkit is never asked again by itself', async () => {
  const run = given({}, 'reached');
  await run.start();
  await run.source.askForFullView();
  run.pass(60_000_000_000n);
  await run.hangUp();
  expect(run.connects).toStrictEqual([pkexec]);
  expect(run.delays()).toStrictEqual([]);
  expect(run.state()).toMatchObject({ helper: 'absent', hooks: [missing], canAskForFullView: true });
  expect(run.state().reason).toContain('ended unexpectedly');
  expect(run.told.at(-1)).toStrictEqual({ gap: { from: 60_000_001_000n, to: 60_000_001_000n } });
});

test('a helper that is started makes a ring buffer as large as is asked then; one that listens has its own', async () => {
  const sizes = [65_536, 131_072];
  const run = given({ root: true, ringBytes: () => sizes[0] ?? 0 }, 'reached', 'reached');
  await run.start();
  sizes.shift();
  await run.hangUp();
  await run.fireTimer();
  const sized = (bytes: number): HelperAddress => ({
    kind: 'spawn',
    command: [helperPath, '--stdin', '--ring-bytes', String(bytes)],
  });
  expect(run.connects).toStrictEqual([sized(65_536), sized(131_072)]);
  expect(run.state().ringBytes).toBe(4096);

  const asking = given({ ringBytes: () => 65_536 }, 'reached');
  await asking.start();
  await asking.source.askForFullView();
  expect(asking.connects).toStrictEqual([
    { kind: 'spawn', command: ['/usr/bin/pkexec', helperPath, '--stdin', '--ring-bytes', '65536'] },
  ]);

  const listening = given({ files: [systemSocket.path], ringBytes: () => 65_536 }, 'reached');
  await listening.start();
  expect(listening.connects).toStrictEqual([systemSocket]);
});

test('losses are told after the events that were kept, with their place and window', async () => {
  const run = given({ root: true }, 'reached');
  await run.start();
  const before = run.told.length;
  const kernel = { where: 'kernel', count: 5, from: 1010n, to: 1020n } as const;
  const queue = { where: 'queue', count: 2, from: 1011n, to: 1012n } as const;
  const records = new Uint8Array(
    readFileSync(new URL('fixtures/kernel-events.golden.bin', import.meta.url)),
  ).subarray(0, 904);
  run.batch({ records, count: 1, losses: [kernel, queue] });
  expect(run.told.slice(before)).toStrictEqual([{ events: 1 }, { lost: kernel }, { lost: queue }]);
});

test('after close nothing is told and nothing is tried', async () => {
  const run = given({ root: true }, 'reached');
  await run.start();
  await run.hangUp();
  run.source.close();
  expect(run.isClosed()).toBe(true);
  expect(run.delays()).toStrictEqual([]);
  const before = run.told.length;
  run.batch({ losses: [{ where: 'kernel', count: 5, from: 1n, to: 2n }] });
  expect(run.told).toHaveLength(before);
  expect(await run.source.askForFullView()).toBe(false);
});

test('watched ports are named to every helper, and to the one that serves as they change', async () => {
  const run = given({ root: true }, 'reached', 'reached');
  run.source.watchActivity(new Set([80]));
  await run.start();
  run.source.watchActivity(new Set([80, 65_535]));
  run.source.watchActivity(new Set([443]));
  await run.hangUp();
  await run.fireTimer();
  run.source.watchActivity(new Set());
  expect(run.watched).toStrictEqual([
    [[80], [80, 65_535], [443]],
    [[443], []],
  ]);
});

test('who hears that the helper is back may watch ports at once', async () => {
  const run = given({ root: true }, 'reached');
  run.source.watchActivity(new Set([80]));
  await run.source.start({
    events: () => undefined,
    lost: () => undefined,
    gap: () => undefined,
    state: ({ helper }) => {
      if (helper === 'connected') run.source.watchActivity(new Set([81]));
    },
  });
  expect(run.watched).toStrictEqual([[[80], [81]]]);
});

test('activity is what the addon reads, and null where nothing counts', async () => {
  const run = given({ root: true }, 'reached');
  await run.start();
  expect(await run.source.readActivity()).toBeNull();
  const reading: ActivityReading = {
    at: 5n,
    ports: [{ port: 80, networkNamespace: 1, accepted: 2n, closed: 1n, bytesIn: 10n, bytesOut: 20n }],
  };
  run.count(reading);
  expect(await run.source.readActivity()).toStrictEqual(reading);
});

test('after close no ports are watched', async () => {
  const run = given({ root: true }, 'reached');
  await run.start();
  run.source.close();
  const before = structuredClone(run.watched);
  run.source.watchActivity(new Set([80]));
  expect(run.watched).toStrictEqual(before);
});
