// @vitest-environment jsdom
import { expect, it } from 'vitest';
import type { ReplayState } from '../../contract/index.js';
import { useReplay } from '../store/replay.js';
import { useSelection } from '../store/selection.js';
import { DEFAULT_SPAN_MS, useView } from '../store/view.js';
import { fakeWindowApi, install } from '../testing/fake-window-api.js';
import { settings } from '../testing/fixtures.js';
import { commands } from './commands.js';

it('follows with a span in which what happens can be seen', () => {
  const now = Date.now();
  useView.getState().setRange({ from: now - 500, to: now - 400 });
  commands.follow();
  const { range, following } = useView.getState();
  expect(following).toBe(true);
  expect(range.to - range.from).toBe(DEFAULT_SPAN_MS);
});

it('keeps a span that is long enough', () => {
  const now = Date.now();
  useView.getState().setRange({ from: now - 20_000, to: now - 10_000 });
  commands.follow();
  const { range } = useView.getState();
  expect(range.to - range.from).toBe(10_000);
});

it('Escape clears what is selected first, then goes back from a replay', () => {
  const fake = fakeWindowApi(settings([]));
  install(fake);
  const at = 1_600_000_000_000_000_000n as ReplayState['at'];
  useReplay.getState().hear({ file: 'x', from: at, to: at, at, playing: false, speed: 1 });
  useSelection.getState().select({ kind: 'event', key: 1 });
  commands.clearSelection();
  expect(useSelection.getState().selected).toBeNull();
  expect(fake.requests).toEqual([]);
  commands.clearSelection();
  expect(fake.requests).toEqual([{ channel: 'replay:close', request: undefined }]);
  useReplay.getState().hear(null);
  commands.clearSelection();
  expect(fake.requests).toHaveLength(1);
});
