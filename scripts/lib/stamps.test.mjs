import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildDir, root } from './paths.mjs';
import { fingerprintOf, isStamped, removeStamp, writeStamp } from './stamps.mjs';

/** @type {string} */
let dir;
beforeEach(() => {
  mkdirSync(buildDir, { recursive: true });
  dir = mkdtempSync(join(buildDir, 'stamps-test-'));
  mkdirSync(join(dir, 'sub'));
  writeFileSync(join(dir, 'sub', 'a.ts'), 'a');
  writeFileSync(join(dir, 'b.md'), 'b');
});
afterEach(() => rmSync(dir, { recursive: true }));

const fingerprint = () => fingerprintOf([relative(root, dir)], (path) => !path.endsWith('.md'));

test('a fingerprint changes with content, names and new files, and with nothing else', () => {
  const first = fingerprint();
  writeFileSync(join(dir, 'b.md'), 'changed');
  expect(fingerprint()).toBe(first);
  writeFileSync(join(dir, 'sub', 'a.ts'), 'aa');
  const second = fingerprint();
  expect(second).not.toBe(first);
  writeFileSync(join(dir, 'sub', 'c.ts'), '');
  expect(fingerprint()).not.toBe(second);
  rmSync(join(dir, 'sub', 'c.ts'));
  expect(fingerprint()).toBe(second);
});

test('a step is done only for the fingerprint it was stamped with', () => {
  const stamp = join(dir, 'stamp');
  expect(isStamped(stamp, 'x')).toBe(false);
  writeStamp(stamp, 'x');
  expect(isStamped(stamp, 'x')).toBe(true);
  expect(isStamped(stamp, 'y')).toBe(false);
  removeStamp(stamp);
  expect(isStamped(stamp, 'x')).toBe(false);
});
