// @vitest-environment jsdom
import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ReplayState } from '../../contract/index.js';
import { useReplay } from '../store/replay.js';
import { useNow } from './use-now.js';

const from = 1_600_000_000_000_000_000n;
const hear = (seconds: number, playing: boolean): void =>
  act(() =>
    useReplay.getState().hear({
      file: 'x',
      from,
      to: from + 100_000_000_000n,
      at: from + BigInt(Math.round(seconds * 1000)) * 1_000_000n,
      playing,
      speed: 1,
    } as ReplayState),
  );
const second = (now: number): number => Math.round((now - 1_600_000_000_000) / 100) / 10;

beforeEach(() => {
  vi.useFakeTimers();
  useReplay.getState().hear(null);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('renders every so often with the machine’s clock', () => {
  vi.setSystemTime(5000);
  const { result } = renderHook(() => useNow(1000));
  act(() => {
    vi.advanceTimersByTime(2000);
  });
  expect(result.current).toBe(7000);
});

it('follows a replay that is opened, moved and closed', () => {
  const { result } = renderHook(() => useNow(60_000));
  hear(10, false);
  expect(second(result.current)).toBe(10);
  hear(12, false);
  expect(second(result.current)).toBe(12);
  hear(3, true);
  expect(second(result.current)).toBe(3);
  vi.setSystemTime(1_800_000_000_000);
  act(() => useReplay.getState().hear(null));
  expect(result.current).toBe(1_800_000_000_000);
});

it('does not render with every telling of a replay that plays', () => {
  let renders = 0;
  renderHook(() => {
    renders += 1;
    return useNow(1000);
  });
  hear(10, false);
  const before = renders;
  for (let tenth = 1; tenth <= 9; tenth += 1) hear(10 + tenth / 10, true);
  expect(renders).toBe(before);
  hear(11, true);
  expect(renders).toBe(before + 1);
});
