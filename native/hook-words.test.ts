import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isKnownHook } from '../contract/index.js';

const names = readFileSync(new URL('fixtures/hooks.golden.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .filter((name) => name !== 'none');

test.each(names)('%s: it is known what it leaves untold', (name) => {
  expect(isKnownHook(name)).toBe(true);
});
