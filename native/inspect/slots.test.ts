import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Slots } from './slots.js';
import { Unreadable } from './unreadable.js';

/** A task that ends when it is told to. */
const task = () => {
  let finish = (): void => undefined;
  const run = vi.fn(
    () =>
      new Promise<string>((resolve) => {
        finish = () => {
          resolve('done');
        };
      }),
  );
  return { run, finish: () => finish() };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const outcome = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => String(error));

describe('a few at a time', () => {
  it('the others wait for their turn, in order', async () => {
    const slots = new Slots({ atOnce: 2, waiting: 10, timeoutMs: 1000 });
    const tasks = [task(), task(), task(), task()];
    const ends = tasks.map(({ run }) => slots.run(run));
    expect(tasks.map(({ run }) => run.mock.calls.length)).toEqual([1, 1, 0, 0]);
    tasks[1]?.finish();
    expect(await ends[1]).toBe('done');
    await vi.advanceTimersByTimeAsync(0);
    expect(tasks.map(({ run }) => run.mock.calls.length)).toEqual([1, 1, 1, 0]);
  });

  it('a task that fails frees its slot and tells its own reason', async () => {
    const slots = new Slots({ atOnce: 1, waiting: 10, timeoutMs: 1000 });
    const failed = slots.run(() => Promise.reject(new Unreadable('truncated')));
    const next = slots.run(() => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('truncated');
    expect(await next).toBe('done');
  });

  it('more than may wait are refused at once, and not for good', async () => {
    const slots = new Slots({ atOnce: 1, waiting: 1, timeoutMs: 1000 });
    void outcome(slots.run(task().run));
    void outcome(slots.run(task().run));
    const refused: unknown = await slots.run(task().run).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Unreadable);
    expect(refused).toMatchObject({ lasting: false });
  });
});

describe('in time', () => {
  it('a task that hangs is answered for, and one that waits behind it as well', async () => {
    const slots = new Slots({ atOnce: 1, waiting: 10, timeoutMs: 1000 });
    const hanging = task();
    const behind = task();
    const ends = [outcome(slots.run(hanging.run)), outcome(slots.run(behind.run))];
    await vi.advanceTimersByTimeAsync(1000);
    expect(await Promise.all(ends)).toEqual([
      'Unreadable: not read within 1 s',
      'Unreadable: not read within 1 s',
    ]);
    // It hangs still: nothing takes its slot, and what nobody waits for any more is not begun.
    expect(behind.run).not.toHaveBeenCalled();
    const third = task();
    const end = outcome(slots.run(third.run));
    expect(third.run).not.toHaveBeenCalled();
    hanging.finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(behind.run).not.toHaveBeenCalled();
    expect(third.run).toHaveBeenCalled();
    third.finish();
    expect(await end).toBe('done');
  });
});
