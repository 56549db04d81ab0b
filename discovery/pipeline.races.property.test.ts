import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../contract/index.js';
import { processKey, socketKey } from '../contract/index.js';
import { Pipeline } from './pipeline.js';
import { brief } from './testing/scenario.js';
import type { Action, Deed, Race } from './testing/race.js';
import type { RacingSocket } from './testing/race-kernel.js';
import { RaceKernel } from './testing/race-kernel.js';
import { LISTEN, NETNS, WALL_OFFSET } from './testing/scripted-kernel.js';
import { VirtualTime } from './testing/virtual-time.js';

const number = fc.nat(7);
const port = fc.constantFrom(80, 81);

const everyDeed: Record<Deed['do'], fc.Arbitrary<Deed>> = {
  bind: fc.record({ do: fc.constant('bind'), who: number, port, udp: fc.boolean() }),
  autobind: fc.record({ do: fc.constant('autobind'), who: number, port }),
  listen: fc.record({ do: fc.constant('listen'), socket: number }),
  'listen in vain': fc.record({ do: fc.constant('listen in vain'), socket: number }),
  close: fc.record({ do: fc.constant('close'), socket: number }),
  shutdown: fc.record({ do: fc.constant('shutdown'), socket: number }),
  pass: fc.record({ do: fc.constant('pass'), socket: number, who: number, move: fc.boolean() }),
  fork: fc.record({ do: fc.constant('fork'), who: number, pid: fc.nat(4) }),
  exec: fc.record({ do: fc.constant('exec'), who: number }),
  exit: fc.record({ do: fc.constant('exit'), who: number }),
  stall: fc.record({ do: fc.constant('stall'), us: fc.integer({ min: 1000, max: 700_000 }) }),
  lose: fc.record({ do: fc.constant('lose'), count: fc.integer({ min: 1, max: 3 }) }),
};

const deedOf = (lossy: boolean): fc.Arbitrary<Deed> =>
  fc.oneof(
    { weight: 4, arbitrary: everyDeed.bind },
    { weight: 4, arbitrary: everyDeed.listen },
    { weight: 4, arbitrary: everyDeed.close },
    { weight: 3, arbitrary: everyDeed.pass },
    { weight: 2, arbitrary: everyDeed.fork },
    ...Object.entries(everyDeed)
      .filter(([name]) => lossy || name !== 'lose')
      .map(([, arbitrary]) => ({ weight: 2, arbitrary })),
  );

const microseconds = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.nat(50) },
  { weight: 2, arbitrary: fc.nat(1500) },
);
const lags = fc.oneof({ weight: 4, arbitrary: microseconds }, { weight: 1, arbitrary: fc.nat(40_000) });
/** Now and then a thread is held up, between what can be seen of what it does and the record. */
const heldUp = fc.oneof(
  { weight: 6, arbitrary: lags },
  { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 900_000 }) },
);
const actionOf = (deed: fc.Arbitrary<Deed>, lag = lags): fc.Arbitrary<Action> =>
  fc
    .tuple(deed, lag, microseconds, fc.oneof(fc.integer({ min: 1, max: 200 }), fc.nat(5000), fc.nat(200_000)))
    .map(([what, lagUs, skewUs, thenUs]) => ({ ...what, lagUs, skewUs, thenUs }));

const raceOf = (kind: { readonly limited: boolean; readonly lossy: boolean }): fc.Arbitrary<Race> =>
  fc.record({
    limited: fc.constant(kind.limited),
    unconfirmed: fc.boolean(),
    cookieless: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
    before: fc.array(actionOf(deedOf(false)), { maxLength: 6 }),
    actions: fc.array(actionOf(deedOf(kind.lossy), kind.lossy ? heldUp : lags), { maxLength: 40 }),
    snapshotsUs: fc.array(fc.oneof(fc.integer({ min: 10, max: 3000 }), fc.nat(120_000)), {
      minLength: 1,
      maxLength: 4,
    }),
    deliveryUs: fc.nat(2000),
    batch: fc.integer({ min: 1, max: 5 }),
  });

interface Outcome {
  readonly kernel: RaceKernel;
  readonly pipeline: Pipeline;
  readonly events: readonly BindscopeEvent[];
}

const run = async (race: Race): Promise<Outcome> => {
  const time = new VirtualTime();
  const kernel = new RaceKernel(time, race);
  const pipeline = new Pipeline({
    source: kernel,
    timers: time,
    settings: { criteria: [], pollIntervalMs: 300, showOwnProcesses: false, countPortsAsBeyla: false },
    host: { name: 'host', kernel: '6.18.0', bootId: 'boot' },
    ownPids: [],
    ownNetworkNamespace: NETNS,
    userName: () => null,
    notice: (_level, message) => {
      throw new Error(message);
    },
  });
  for (const action of race.before) {
    kernel.act(action);
    await time.advance((action.thenUs + action.lagUs * 2 + action.skewUs * 2) / 1000);
  }
  await pipeline.start();
  for (const action of race.actions) {
    kernel.act(action);
    await time.advance(action.thenUs / 1000);
  }
  // All that is under way arrives, and what is left in doubt is looked at again.
  await time.advance(6000);
  return { kernel, pipeline, events: [...pipeline.log.select({ kind: 'all' })] };
};

type SocketEvent = Extract<BindscopeEvent, { socket: unknown }>;

/** Names of one socket by both of its keys. */
const keysOf = ({ cookie, inode }: RacingSocket): string[] => [
  socketKey(cookie, inode),
  socketKey(0n, inode),
];

/** What was told of one socket, cut behind each close. */
const toldLives = (events: readonly BindscopeEvent[], socket: RacingSocket): SocketEvent[][] => {
  const lives: SocketEvent[][] = [];
  let open: SocketEvent[] = [];
  for (const event of events) {
    if (!('socket' in event) || !keysOf(socket).includes(event.socket.key)) continue;
    open.push(event);
    if (event.name === 'socket.closed') {
      lives.push(open);
      open = [];
    }
  }
  if (open.length > 0) lives.push(open);
  return lives;
};

const orders = [
  'bound',
  'listening',
  'bound listening',
  'bound closed',
  'listening closed',
  'bound listening closed',
];
const namesOf = (told: readonly SocketEvent[]): string =>
  told.map(({ name }) => name.slice('socket.'.length)).join(' ');

/** What holds of every socket, whatever was lost and whoever told it. */
const expectSane = ({ kernel, pipeline, events }: Outcome, lossy: boolean): void => {
  const sockets = new Set(kernel.lives.map(({ socket }) => socket));
  const known = new Set([...sockets].flatMap(keysOf));
  const shown = new Map(pipeline.sockets().map((row) => [row.socket.key as string, row]));
  for (const event of events)
    if ('socket' in event) expect(known.has(event.socket.key), brief(event)).toBe(true);

  for (const socket of sockets) {
    const told = toldLives(events, socket);
    const real = kernel.lives.filter((life) => life.socket === socket);
    const about = `${keysOf(socket).join(' ')}: ${told.map(namesOf).join(' | ')}`;
    for (const life of told) expect(lossy ? [...orders, 'closed'] : orders, about).toContain(namesOf(life));
    const closes = told.flatMap((life) => life.filter((event) => event.name === 'socket.closed'));
    if (!lossy) expect(told.length, about).toBeLessThanOrEqual(real.length);
    for (const close of closes) {
      expect(close.socket.port, about).toBe(real[0]?.port);
      expect(close.durationNs, about).toBeLessThanOrEqual(close.time - toWall(real[0]?.begunAt ?? 0n));
    }

    // The tables are the truth, and what was told last is what is there.
    const exists = kernel.sockets.includes(socket);
    const row = keysOf(socket)
      .map((key) => shown.get(key))
      .find((found) => found !== undefined);
    expect(row !== undefined, about).toBe(exists);
    const last = told.at(-1)?.at(-1)?.name;
    if (!exists) expect([undefined, 'socket.closed'], about).toContain(last);
    if (row === undefined) continue;
    expect(row.socket.state, about).toBe(socket.state === LISTEN ? 'listening' : 'bound');
    expect(last, about).toBe(`socket.${row.socket.state}`);
    expect([...row.holders].sort(), about).toEqual(
      [...socket.holders].map(({ pid, start }) => processKey(pid, start)).sort(),
    );
  }
  expect(shown.size).toBe(kernel.sockets.length);
};

const toWall = (boot: bigint): bigint => boot + WALL_OFFSET;

/** What holds of a socket all of which the hooks saw and told. */
const expectExact = ({ kernel, events }: Outcome): void => {
  for (const life of kernel.lives) {
    const [first] = kernel.lives.filter(({ socket }) => socket === life.socket);
    if (!life.told || first !== life) continue;
    const [told = []] = toldLives(events, life.socket);
    const about = namesOf(told);
    expect(['bound', 'listening', 'bound listening'], about).toContain(about.replace(' closed', ''));
    expect(about.includes('listening'), about).toBe(life.listened);
    if (life.closedAt === null) continue;
    const close = told.at(-1);
    if (close?.name !== 'socket.closed') throw new Error(`no close was told: ${about}`);
    expect(close.source, about).toBe('ebpf');
    expect(close.time - toWall(life.openedAt), about).toBe(life.closedAt - life.openedAt);
    // One that listens without a bind of which anybody heard may have been bound long ago: before the first
    // snapshot, or where a snapshot was faster than the word of it.
    const shown = kernel.shownAt ?? life.openedAt;
    const isHeard = told[0]?.source === 'ebpf' && life.openedAt > shown + 6_000_000n;
    if (about.startsWith('bound') || isHeard) expect(close.durationExact, about).toBe(true);
    if (close.durationExact) expect(close.durationNs, about).toBe(life.closedAt - life.openedAt);
  }
};

const expectProcesses = ({ kernel, pipeline, events }: Outcome): void => {
  for (const { pid, start, alive, execs } of kernel.everybody) {
    const key = processKey(pid, start);
    const told = events.filter(
      (event) => event.name.startsWith('process.') && 'process' in event && event.process?.key === key,
    );
    const names = told.map(({ name }) => name.slice('process.'.length));
    const about = `${key}: ${names.join(' ')}`;
    const changes = names.filter((name) => name !== 'exec');
    expect(alive ? ['created'] : [[], ['created', 'deleted']].map(String), about).toContain(String(changes));
    expect(names.length - changes.length, about).toBeLessThanOrEqual(execs);
    if (names.length > 0) expect(names[0], about).toBe('created');
    if (!alive && names.length > 0) expect(names.at(-1), about).toBe('deleted');
  }
  expect(
    pipeline
      .processes()
      .map(({ key, executable }) => `${key} ${String(executable)}`)
      .sort(),
  ).toEqual(kernel.processes.map(({ pid, start, exe }) => `${processKey(pid, start)} ${exe}`).sort());
};

/** The same histories each time, unless RACES asks for so many others. */
const runs = (numRuns: number): fc.Parameters<[Race]> => {
  const others = process.env['RACES'];
  return others === undefined ? { numRuns, seed: 2026 } : { numRuns: Number(others) };
};

describe('snapshots and events race, whatever happens', () => {
  it('every socket is told once, in order, with its port and duration, and nothing else is', async () => {
    await fc.assert(
      fc.asyncProperty(raceOf({ limited: false, lossy: false }), async (race) => {
        const outcome = await run(race);
        expectSane(outcome, false);
        expectExact(outcome);
        expectProcesses(outcome);
        outcome.pipeline.close();
      }),
      runs(400),
    );
  }, 120_000);

  it('what is lost is made up for: the tables are exact again, and nothing is told twice', async () => {
    await fc.assert(
      fc.asyncProperty(raceOf({ limited: false, lossy: true }), async (race) => {
        const outcome = await run(race);
        expectSane(outcome, true);
        outcome.pipeline.close();
      }),
      runs(300),
    );
  }, 120_000);

  it('without a helper, snapshots alone keep the tables exact', async () => {
    await fc.assert(
      fc.asyncProperty(raceOf({ limited: true, lossy: false }), async (race) => {
        const outcome = await run(race);
        expectSane(outcome, false);
        expectProcesses(outcome);
        outcome.pipeline.close();
      }),
      runs(200),
    );
  }, 120_000);
});
