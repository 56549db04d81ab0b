import { beforeEach, describe, expect, it } from 'vitest';
import type { KernelEvent } from '../../contract/index.js';
import { ScriptedKernel } from '../testing/scripted-kernel.js';
import { VirtualTime } from '../testing/virtual-time.js';
import type { Gap } from './watcher.js';
import { HOLD_MS, Watcher } from './watcher.js';

describe('the watcher', () => {
  let time: VirtualTime;
  let pid: number;
  let kernel: ScriptedKernel;
  let watcher: Watcher;
  let facts: string[];
  let gaps: Gap[];
  let looks: number;
  /** Until the source has told all. */
  let behind: Promise<void>;

  beforeEach(() => {
    behind = Promise.resolve();
    time = new VirtualTime();
    pid = 10;
    kernel = new ScriptedKernel(time);
    facts = [];
    gaps = [];
    looks = 0;
    watcher = new Watcher(
      {
        facts: (events) =>
          facts.push(...events.map(({ kind, socket }) => `${kind} ${String(socket?.cookie ?? 0)}`)),
        gap: (gap) => gaps.push(gap),
        attempted: () => {
          looks += 1;
        },
        state: () => undefined,
      },
      time,
      () => behind,
    );
  });

  const listening = (
    port = 80,
  ): { event: KernelEvent; failed: KernelEvent; closed: KernelEvent; bound: KernelEvent } => {
    const process = kernel.fork((pid += 1));
    const socket = kernel.bind(process, port);
    return {
      bound: kernel.event('bound', process, socket),
      event: { ...kernel.event('listening', process, socket), unconfirmed: true },
      failed: kernel.event('listen_failed', process, socket),
      closed: kernel.event('closed', process, socket),
    };
  };

  it('tells a confirmed listen at once', () => {
    const { event } = listening();
    watcher.events([{ ...event, unconfirmed: false }]);
    expect(facts).toEqual(['listening 101']);
  });

  it('holds an unconfirmed listen, and tells it when its time is up', async () => {
    watcher.events([listening().event]);
    expect(facts).toEqual([]);
    await time.advance(HOLD_MS);
    expect(facts).toEqual(['listening 101']);
    expect(time.pending).toBe(0);
  });

  it('does not tell it while the source is behind: what takes it back may be on its way', async () => {
    let catchUp = (): void => undefined;
    behind = new Promise((resolve) => (catchUp = resolve));
    const [good, bad] = [listening(80), listening(81)];
    watcher.events([good.event, bad.event]);
    await time.advance(500);
    expect(facts).toEqual([]);
    watcher.events([bad.failed]);
    catchUp();
    await time.advance(0);
    expect(facts).toEqual(['listening 101']);
  });

  it('one that was proven while its time was up is told once, before what proved it', async () => {
    let catchUp = (): void => undefined;
    behind = new Promise((resolve) => (catchUp = resolve));
    const { event, closed } = listening();
    watcher.events([event]);
    await time.advance(HOLD_MS);
    watcher.events([closed]);
    catchUp();
    await time.advance(100);
    expect(facts).toEqual(['listening 101', 'closed 101']);
  });

  it('a listen of the same socket that is taken back after another was told is not told for it', async () => {
    let catchUp = (): void => undefined;
    behind = new Promise((resolve) => (catchUp = resolve));
    const first = listening();
    watcher.events([first.event]);
    await time.advance(HOLD_MS);
    const again = { ...first.event, time: first.event.time + 10_000_000n };
    watcher.events([first.failed, again]);
    catchUp();
    await time.advance(0);
    expect(facts).toEqual([]);
    watcher.events([first.failed]);
    await time.advance(100);
    expect(facts).toEqual([]);
  });

  it('a listen that is taken back is never told', async () => {
    const { event, failed } = listening();
    watcher.events([event]);
    watcher.events([failed]);
    await time.advance(100);
    expect(facts).toEqual([]);
  });

  it('a later event of the same socket proves the listen, which comes first', () => {
    const { event, closed } = listening();
    watcher.events([event, closed]);
    expect(facts).toEqual(['listening 101', 'closed 101']);
  });

  it('a later event of the same thread, or the exit of the process, proves the listen: it has returned', () => {
    const first = listening();
    watcher.events([first.event, { ...first.bound, socket: null, kind: 'exec' }]);
    expect(facts).toEqual(['listening 101', 'exec 0']);
    const second = listening();
    watcher.events([second.event, { ...second.closed, kind: 'exit', tid: 99, socket: null }]);
    expect(facts.slice(2)).toEqual(['listening 102', 'exit 0']);
  });

  it('a batch that comes late is told in the order of the kernel, timers or not', () => {
    const { event } = listening();
    const other = kernel.event('exec', kernel.fork(9));
    watcher.events([event, { ...other, time: event.time + 3_000_000n }]);
    expect(facts).toEqual(['listening 101', 'exec 0']);
  });

  it('events of other sockets and processes do not wait', () => {
    const first = listening();
    const second = listening();
    watcher.events([first.event, second.bound, kernel.event('exit', kernel.fork(9))]);
    expect(facts).toEqual(['bound 102', 'exit 0']);
  });

  it('keeps the order of each socket through bound, listening, closed', async () => {
    const { bound, event, closed } = listening();
    watcher.events([bound, event]);
    await time.advance(HOLD_MS);
    watcher.events([closed]);
    expect(facts).toEqual(['bound 101', 'listening 101', 'closed 101']);
  });

  it('holds a bounded number; the oldest is let go and counted', () => {
    for (let count = 0; count < 4097; count += 1) watcher.events([listening().event]);
    expect(facts).toEqual(['listening 101']);
    expect(watcher.releasedEarly).toBe(1);
  });

  it('an attempt is no fact, but a reason to look', () => {
    watcher.events([kernel.event('attempted', kernel.fork(7))]);
    expect(facts).toEqual([]);
    expect(looks).toBe(1);
  });

  it('losses and the absence of the helper are gaps', () => {
    watcher.lost({ where: 'kernel', count: 3, from: 1n, to: 2n });
    watcher.gap({ from: 5n, to: 9n });
    expect(gaps).toEqual([
      { where: 'kernel', count: 3, from: 1n, to: 2n },
      { where: 'helper', count: null, from: 5n, to: 9n },
    ]);
  });

  it('tells nothing any more once closed', async () => {
    watcher.events([listening().event]);
    watcher.close();
    await time.advance(100);
    expect(facts).toEqual([]);
  });
});
