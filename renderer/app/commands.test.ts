// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { DEFAULT_SPAN_MS, useView } from '../store/view.js';
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
