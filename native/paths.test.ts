import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nativePaths } from './paths.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bindscope-paths-'));
  writeFileSync(join(root, 'package.json'), '{}');
  mkdirSync(join(root, 'out', 'main'), { recursive: true });
  mkdirSync(join(root, 'native'));
});
afterEach(() => rmSync(root, { recursive: true }));

test.each(['native/paths.ts', 'out/main/engine.js'])('%s finds build/native of its checkout', (module) => {
  expect(nativePaths(pathToFileURL(join(root, module)).href, {})).toStrictEqual({
    addon: join(root, 'build/native/bindscope.node'),
    helper: join(root, 'build/native/bindscope-helper'),
  });
});

test('BINDSCOPE_NATIVE_DIR wins', () => {
  expect(
    nativePaths('file:///nowhere/x.js', { BINDSCOPE_NATIVE_DIR: '/opt/bindscope/native' }),
  ).toStrictEqual({
    addon: '/opt/bindscope/native/bindscope.node',
    helper: '/opt/bindscope/native/bindscope-helper',
  });
});

test('outside any package the error says what to set', () => {
  expect(() => nativePaths('file:///x.js', {})).toThrow('BINDSCOPE_NATIVE_DIR');
});
