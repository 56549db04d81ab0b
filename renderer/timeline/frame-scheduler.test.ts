import { describe, expect, it } from 'vitest';
import { FrameScheduler, type FrameHost } from './frame-scheduler.js';

/** Frames and timers that run when the test says so. */
class FakeHost implements FrameHost {
  frames = new Map<number, () => void>();
  timers = new Map<number, { readonly run: () => void; readonly ms: number }>();
  private next = 1;

  requestFrame(callback: () => void): number {
    this.frames.set(this.next, callback);
    return this.next++;
  }
  cancelFrame(handle: number): void {
    this.frames.delete(handle);
  }
  setTimer(run: () => void, ms: number): number {
    this.timers.set(this.next, { run, ms });
    return this.next++;
  }
  clearTimer(handle: number): void {
    this.timers.delete(handle);
  }
  frame(): void {
    const due = [...this.frames.values()];
    this.frames.clear();
    for (const run of due) run();
  }
  time(): void {
    const due = [...this.timers.values()];
    this.timers.clear();
    for (const { run } of due) run();
  }
}

const make = (next: () => number) => {
  const host = new FakeHost();
  let drawn = 0;
  const scheduler = new FrameScheduler(() => {
    drawn += 1;
    return next();
  }, host);
  return { host, scheduler, drawn: () => drawn };
};

describe('FrameScheduler', () => {
  it('draws once for many requests', () => {
    const { host, scheduler, drawn } = make(() => Infinity);
    scheduler.request();
    scheduler.request();
    expect(host.frames.size).toBe(1);
    host.frame();
    expect(drawn()).toBe(1);
  });

  it('does nothing at all while nothing changes', () => {
    const { host, scheduler } = make(() => Infinity);
    scheduler.request();
    host.frame();
    expect([host.frames.size, host.timers.size]).toEqual([0, 0]);
  });

  it('draws again when the picture changes by itself', () => {
    const { host, scheduler, drawn } = make(() => 250);
    scheduler.request();
    host.frame();
    expect([...host.timers.values()].map(({ ms }) => ms)).toEqual([250]);
    host.time();
    host.frame();
    expect(drawn()).toBe(2);
  });

  it('waits for no timer when something is requested meanwhile', () => {
    const { host, scheduler } = make(() => 250);
    scheduler.request();
    host.frame();
    scheduler.request();
    expect([host.frames.size, host.timers.size]).toEqual([1, 0]);
  });

  it('leaves nothing behind when stopped', () => {
    const { host, scheduler } = make(() => 250);
    scheduler.request();
    host.frame();
    scheduler.request();
    scheduler.stop();
    expect([host.frames.size, host.timers.size]).toEqual([0, 0]);
  });
});
