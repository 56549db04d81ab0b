import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualTime } from '../testing/virtual-time.js';
import { LEAST_GAP_MS, PollScheduler } from './poll-scheduler.js';

describe('when to poll', () => {
  let time: VirtualTime;
  let polls: bigint[];
  let tookMs: number;
  const scheduler = (intervalMs: number | null): PollScheduler =>
    new PollScheduler(
      time,
      async () => {
        polls.push(time.now);
        if (tookMs > 0) await new Promise<void>((resolve) => time.after(tookMs, resolve));
      },
      intervalMs,
    );

  beforeEach(() => {
    time = new VirtualTime();
    polls = [];
    tookMs = 0;
  });

  it('at once, and then every interval', async () => {
    scheduler(5000).start();
    expect(polls).toHaveLength(1);
    await time.advance(4999);
    expect(polls).toHaveLength(1);
    await time.advance(1);
    expect(polls).toHaveLength(2);
  });

  it('at once when asked; a storm of requests leads to one more after the least gap', async () => {
    const polling = scheduler(60_000);
    polling.start();
    await time.advance(1000);
    for (let count = 0; count < 1000; count += 1) polling.request();
    expect(polls).toHaveLength(2);
    await time.advance(LEAST_GAP_MS - 1);
    expect(polls).toHaveLength(2);
    await time.advance(1);
    expect(polls).toHaveLength(3);
    await time.advance(10_000);
    expect(polls).toHaveLength(3);
  });

  it('a request during a poll is met by another one after it, never two at a time', async () => {
    tookMs = 1000;
    const polling = scheduler(null);
    polling.start();
    await time.advance(500);
    polling.request();
    await time.advance(499);
    expect(polls).toHaveLength(1);
    await time.advance(1);
    expect(polls).toHaveLength(2);
  });

  it('without an interval only when asked', async () => {
    const polling = scheduler(null);
    polling.start();
    await time.advance(1_000_000);
    expect(polls).toHaveLength(1);
  });

  it('another interval is in force at once', async () => {
    const polling = scheduler(60_000);
    polling.start();
    await time.advance(100);
    polling.setInterval(1000);
    await time.advance(1000);
    expect(polls).toHaveLength(2);
  });

  it('stopped, nothing more, also when asked', async () => {
    const polling = scheduler(1000);
    polling.start();
    await time.advance(10);
    polling.stop();
    polling.request();
    await time.advance(100_000);
    expect(polls).toHaveLength(1);
    expect(time.pending).toBe(0);
  });
});
