// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest';
import { defaultLayout, recallLayout, rememberLayout } from './layout-memory.js';

beforeEach(() => localStorage.clear());

it('gives back what was remembered', () => {
  const layout = { ...defaultLayout, criteria: { px: 311, shown: false }, timeline: 40 };
  rememberLayout(layout);
  expect(recallLayout()).toEqual(layout);
});

it.each([
  'not json',
  '{}',
  '{"criteria":{"px":-5,"shown":true},"details":{"px":300,"shown":true},"timeline":50}',
])('falls back to the default for %j', (stored) => {
  rememberLayout(defaultLayout);
  localStorage.setItem(localStorage.key(0) ?? '', stored);
  expect(recallLayout()).toEqual(defaultLayout);
});
