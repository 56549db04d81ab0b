import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KernelEvent } from '../../contract/index.js';
import type { HelperAddress, NativeLoss } from '../index.js';
import { isRoot, paths, Recorder } from './recorder.js';
import { StalledEngine } from './stalled-engine.js';

const load = join(dirname(paths.addon), 'bench', 'bindscope-load');

const helper = (ringBytes: number): HelperAddress => ({
  kind: 'spawn',
  command: [paths.helper, '--stdin', '--ring-bytes', String(ringBytes)],
});

/** A socket as the load lived it, on the boot clock. */
interface Lived {
  readonly cookie: bigint;
  /** Before and after bind(). */
  readonly bound: readonly [bigint, bigint];
  /** Before and after close(). */
  readonly closed: readonly [bigint, bigint];
}

/** What a watcher was told. */
interface Told {
  readonly events: readonly KernelEvent[];
  readonly losses: readonly NativeLoss[];
}

/** Which event it is, however often and by whomever it is told. */
const nameOf = ({ kind, pid, socket }: KernelEvent): string => `${kind} ${pid} ${socket?.cookie ?? ''}`;

/** Of all events, those that are missing among the ones that were told. */
const missingOf = (all: readonly KernelEvent[], told: readonly KernelEvent[]): KernelEvent[] => {
  const left = new Map<string, number>();
  for (const event of told) left.set(nameOf(event), (left.get(nameOf(event)) ?? 0) + 1);
  return all.filter((event) => {
    const count = left.get(nameOf(event)) ?? 0;
    left.set(nameOf(event), count - 1);
    return count <= 0;
  });
};

const sum = (losses: readonly NativeLoss[]): number => losses.reduce((total, { count }) => total + count, 0);

const sockets = 3000;
/** Two programs tell of one event, one after the other: so far their clocks are apart at most. */
const apart = 1_000_000n;

describe.skipIf(!isRoot)('losses, against a second watcher that loses nothing (needs root)', () => {
  let folder = '';
  let all: Recorder;
  const cleanUp: (() => void)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bindscope-loss-'));
    all = new Recorder({ queueLength: 1_000_000 });
    cleanUp.push(() => all.watcher.close());
    await all.connect(helper(64 << 20));
  });
  afterEach(() => {
    for (const clean of cleanUp.splice(0).reverse()) clean();
    rmSync(folder, { recursive: true });
  });

  /** Binds and closes sockets of four threads while this process stands still. */
  const churn = (): Lived[] => {
    const file = join(folder, 'lived');
    execFileSync(load, ['churn', '4', String(sockets), '0', file]);
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [cookie, ...times] = line.split(' ').map(BigInt) as [bigint, bigint, bigint, bigint, bigint];
        return { cookie, bound: [times[0], times[1]], closed: [times[2], times[3]] };
      });
  };

  /** Waits until all of the load's binds and closes were told to the watcher that loses nothing. */
  const everything = async (lived: readonly Lived[]): Promise<void> => {
    const own = new Set(lived.map(({ cookie }) => cookie));
    const ofLoad = (): KernelEvent[] =>
      all.events.filter(
        ({ kind, socket }) => (kind === 'bound' || kind === 'closed') && own.has(socket?.cookie ?? 0n),
      );
    await all.until('all binds and closes', () => all.losses.length > 0 || ofLoad().length >= 2 * sockets);
    expect(all.losses, 'the watcher to compare with lost nothing').toStrictEqual([]);
    expect(ofLoad()).toHaveLength(2 * sockets);
  };

  /**
   * What the other watcher misses of all that happened since then. Its losses must be as many, once
   * whatever else happens on the machine was told to both.
   */
  const expectExact = async (
    since: bigint,
    look: () => Promise<Told> | Told,
  ): Promise<{ missing: readonly KernelEvent[]; losses: readonly NativeLoss[] }> => {
    for (let left = 20; ; left -= 1) {
      const { events, losses: ever } = await look();
      const losses = ever.filter(({ to }) => to >= since);
      const missing = missingOf(
        all.events.filter(({ time }) => time >= since),
        events,
      );
      if (left > 0 && sum(losses) !== missing.length) {
        await sleep(100);
        continue;
      }
      expect(all.losses).toStrictEqual([]);
      expect(sum(losses)).toBe(missing.length);
      expect(missingOf(events, all.events)).toStrictEqual([]);
      return { missing, losses };
    }
  };

  /** When both watchers had been attached for a while: what happens from now on, both are told of. */
  const bothWatch = async (): Promise<bigint> => {
    await sleep(200);
    return all.clocks().boot;
  };

  /** The window holds every missing event, by the load's own clock too. */
  const expectWindow = (
    { from, to }: NativeLoss,
    missing: readonly KernelEvent[],
    lived: readonly Lived[],
  ): void => {
    const byCookie = new Map(lived.map((socket) => [socket.cookie, socket]));
    for (const { kind, time, socket } of missing) {
      expect(time).toBeGreaterThanOrEqual(from - apart);
      expect(time).toBeLessThanOrEqual(to + apart);
      const own = byCookie.get(socket?.cookie ?? 0n);
      if (own === undefined) continue;
      const [before, after] = kind === 'bound' ? own.bound : own.closed;
      expect(after).toBeGreaterThanOrEqual(from);
      expect(before).toBeLessThanOrEqual(to);
    }
  };

  test('a ring that is full while its reader stands still: the kernel counts to the event, and the window is when it was full', async () => {
    const engine = await StalledEngine.start(helper(65_536));
    cleanUp.push(() => engine.end());
    const since = await bothWatch();
    engine.stop();
    await sleep(500);
    const lived = churn();
    const wentOn = all.clocks().boot;
    engine.goOn();
    await sleep(500);

    await everything(lived);
    const { missing, losses } = await expectExact(since, () => engine.told());
    expect(missing.length).toBeGreaterThan(sockets);
    expect(losses.map(({ where }) => where)).toStrictEqual(['kernel']);
    const [loss] = losses;
    if (loss === undefined) throw new Error('no loss');
    expectWindow(loss, missing, lived);

    // Not "since it stood still": 65,536 bytes have room for the first records, and were full then.
    const first = lived.map(({ bound }) => bound[0]).reduce((left, right) => (left < right ? left : right));
    expect(loss.from).toBeGreaterThan(first - 2n * apart);
    expect(loss.from).toBeLessThan(first + 100_000_000n);
    expect(loss.to).toBeGreaterThanOrEqual(wentOn);
    expect(loss.to).toBeLessThan(wentOn + 400_000_000n);
  });

  test('a ring of the least size that is read all the time: every loss is counted, and told', async () => {
    const engine = await StalledEngine.start(helper(4096));
    cleanUp.push(() => engine.end());
    const since = await bothWatch();
    const lived = churn();
    await everything(lived);
    const { missing, losses } = await expectExact(since, () => engine.told());
    expect(missing.length).toBeGreaterThan(0);
    for (const event of missing) {
      expect(losses.some(({ from, to }) => event.time >= from - apart && event.time <= to + apart)).toBe(
        true,
      );
    }
  });

  test('a queue that nobody empties: it counts to the event, with the times of the first and the last', async () => {
    const recorder = new Recorder({ queueLength: 500 });
    cleanUp.push(() => recorder.watcher.close());
    await recorder.connect(helper(64 << 20));
    const since = await bothWatch();
    const lived = churn();
    await everything(lived);
    const { missing, losses } = await expectExact(since, () => recorder);
    expect(missing.length).toBeGreaterThan(sockets);
    expect(losses.map(({ where }) => where)).toStrictEqual(['queue']);
    const [loss] = losses;
    if (loss === undefined) throw new Error('no loss');
    expectWindow(loss, missing, lived);
    const times = missing.map(({ time }) => time).sort((left, right) => (left < right ? -1 : 1));
    expect(loss.from - (times[0] ?? 0n)).toBeLessThan(apart);
    expect((times.at(-1) ?? 0n) - loss.to).toBeLessThan(apart);
  });
});
