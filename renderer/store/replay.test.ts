// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReplayState } from '../../contract/index.js';
import { fakeWindowApi, install, type FakeWindowApi } from '../testing/fake-window-api.js';
import { settings } from '../testing/fixtures.js';
import { isReplaying, present, presentRate, seekTo, useReplay, wholeReplay, type Replay } from './replay.js';

const from = 1_600_000_000_000_000_123n;
const state = (over: Partial<Record<keyof ReplayState, unknown>> = {}): ReplayState =>
  ({
    file: 'morning.ndjson',
    from,
    to: from + 60_000_000_000n,
    at: from + 10_000_000_000n,
    playing: false,
    speed: 10,
    ...over,
  }) as ReplayState;
const fromMs = 1_600_000_000_000;

const replayed = (): Replay => {
  const { replay } = useReplay.getState();
  if (replay === null) throw new Error('nothing is replayed');
  return replay;
};

let fake: FakeWindowApi;
beforeEach(() => {
  vi.useFakeTimers();
  fake = fakeWindowApi(settings([]));
  install(fake);
  useReplay.setState({ replay: null, opening: false, failure: null });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('present', () => {
  it('is the machine’s clock while nothing is replayed', () => {
    vi.setSystemTime(1_800_000_000_000);
    expect(present()).toBe(1_800_000_000_000);
    expect(presentRate()).toBe(1);
    expect(isReplaying()).toBe(false);
  });

  it('stands still with a replay that is paused', () => {
    useReplay.getState().hear(state());
    vi.advanceTimersByTime(5000);
    expect(present()).toBeCloseTo(fromMs + 10_000, 0);
    expect(presentRate()).toBe(0);
  });

  it('runs on at the replay’s speed between two tellings, and no further than its end', () => {
    useReplay.getState().hear(state({ playing: true }));
    vi.advanceTimersByTime(2000);
    expect(present()).toBeCloseTo(fromMs + 30_000, 0);
    expect(presentRate()).toBe(10);
    vi.advanceTimersByTime(60_000);
    expect(present()).toBe(replayed().to);
    expect(presentRate()).toBe(0);
  });
});

describe('seekTo', () => {
  it('gives the ends to the nanosecond, so that the first and the last step are reached', () => {
    useReplay.getState().hear(state());
    expect(seekTo(0, replayed())).toEqual({ kind: 'seek', to: from });
    expect(seekTo(replayed().to, replayed())).toEqual({ kind: 'seek', to: from + 60_000_000_000n });
    expect(seekTo(fromMs + 1234.5, replayed())).toEqual({ kind: 'seek', to: 1_600_000_001_234_500_000n });
  });
});

it('spans at least a second, also where all happened at once', () => {
  useReplay.getState().hear(state({ to: from }));
  const { from: begin, to } = wholeReplay(replayed());
  expect(to - begin).toBeGreaterThanOrEqual(1000);
});

describe('opening', () => {
  it('shows that a file is read from when it was chosen until the engine tells of it', async () => {
    fake.answer('replay:open', () => true);
    await useReplay.getState().open();
    expect(useReplay.getState().opening).toBe(true);
    useReplay.getState().hear(state());
    expect(useReplay.getState().opening).toBe(false);
  });

  it('does not where the dialog was cancelled', async () => {
    fake.answer('replay:open', () => false);
    await useReplay.getState().open();
    expect(useReplay.getState().opening).toBe(false);
  });

  it('does not where the engine was faster than main', async () => {
    fake.answer('replay:open', () => {
      useReplay.getState().failed('/home/ada/x', 'It is not text.');
      return true;
    });
    await useReplay.getState().open();
    expect(useReplay.getState()).toMatchObject({
      opening: false,
      failure: { path: '/home/ada/x', message: 'It is not text.' },
    });
  });
});
