import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** @type {string} */
let cache;
/** @type {import('node:http').Server} */
let server;
/** @type {import('node:http').RequestListener} */
let answer;
/** @type {typeof import('./official.mjs')} */
let official;

beforeEach(async () => {
  cache = mkdtempSync(join(tmpdir(), 'bindscope-cache-'));
  server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  vi.stubEnv('BINDSCOPE_CACHE', cache);
  vi.stubEnv('ELECTRON_MIRROR', `http://127.0.0.1:${address.port}/`);
  vi.resetModules();
  official = await import('./official.mjs');
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  rmSync(cache, { recursive: true, force: true });
});

const ignoreProgress = () => undefined;
const zipName = () => `electron-v${official.officialVersion()}-linux-${process.arch}.zip`;

test('a download whose checksum differs is an error, and nothing of it stays', async () => {
  answer = (_request, response) => response.end('not an Electron');
  await expect(official.downloadOfficial(ignoreProgress)).rejects.toThrow(
    /is not what its publisher signed off/,
  );
  expect(readdirSync(join(cache, 'downloads'))).toEqual([]);
  expect(existsSync(join(cache, 'electron'))).toBe(false);
});

test('a site that refuses is remembered, so that the next run does not ask it', async () => {
  answer = (_request, response) => response.writeHead(503).end();
  expect(official.recentFailure()).toBeNull();
  await expect(official.downloadOfficial(ignoreProgress)).rejects.toBeInstanceOf(official.Unreachable);
  expect(official.recentFailure()).toMatch(/answers 503/);
  official.forgetFailure();
  expect(official.recentFailure()).toBeNull();
});

test('a failure is forgotten after a day', () => {
  mkdirSync(join(cache, 'electron'));
  const mark = join(cache, 'electron', `${official.officialVersion()}-linux-${process.arch}.failed.json`);
  writeFileSync(mark, JSON.stringify({ at: Date.now() - 25 * 3_600_000, reason: 'no network' }));
  expect(official.recentFailure()).toBeNull();
});

test('a download that was cut off goes on where it stopped', async () => {
  mkdirSync(join(cache, 'downloads'));
  const part = join(cache, 'downloads', `${zipName()}.part`);
  writeFileSync(part, 'first ');
  /** @type {(string | undefined)[]} */
  const ranges = [];
  answer = (request, response) => {
    ranges.push(request.headers.range);
    response.writeHead(206, { 'content-length': 100 });
    response.write('second');
    setTimeout(() => response.destroy(), 50);
  };
  await expect(official.downloadOfficial(ignoreProgress)).rejects.toBeInstanceOf(official.Unreachable);
  expect(ranges).toEqual(['bytes=6-']);
  expect(readFileSync(part, 'utf8')).toBe('first second');
});
