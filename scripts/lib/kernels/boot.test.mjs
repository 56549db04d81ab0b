import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from './boot.mjs';

/** @type {string} */
let dir;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'bindscope-boot-test-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** @param {string} script @param {string[]} lines @param {number} [timeoutMs] @param {number} [silenceMs] */
const run = (script, lines, timeoutMs = 20_000, silenceMs = 20_000) =>
  listen('sh', ['-c', script], { console: join(dir, 'log'), timeoutMs, silenceMs }, (line) =>
    lines.push(line),
  );

test('what a command says is kept, and handed on by lines without their ends', async () => {
  /** @type {string[]} */
  const lines = [];
  expect(await run('printf "one\\r\\ntwo"; echo aside >&2; exit 7', lines)).toBe(7);
  expect(lines).toEqual(['one', 'two']);
  await expect.poll(() => readFileSync(join(dir, 'log'), 'utf8')).toContain('aside');
});

test('a command that does not end is ended, and the failure says where its words are', async () => {
  /** @type {string[]} */
  const lines = [];
  const running = run('echo begun; exec sleep 60', lines, 300);
  await expect(running).rejects.toMatchObject({ exitCode: 1, remedy: expect.stringContaining(dir) });
  expect(lines).toEqual(['begun']);
});

test('one that says nothing for too long is ended, one that goes on talking is not', async () => {
  await expect(run('echo begun; exec sleep 60', [], 20_000, 300)).rejects.toMatchObject({
    message: 'sh said nothing for 0.3 s',
  });
  expect(await run('for i in 1 2 3 4 5 6 7 8 9; do sleep 0.25; echo $i; done', [], 20_000, 2000)).toBe(0);
});

test('an interrupt ends the command with us', async () => {
  /** @type {string[]} */
  const lines = [];
  const running = run('echo begun; exec sleep 60', lines);
  await expect.poll(() => lines).toEqual(['begun']);
  process.emit('SIGINT');
  await expect(running).rejects.toMatchObject({ exitCode: 130 });
});
