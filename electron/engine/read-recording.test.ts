import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecording } from './read-recording.js';

let folder: string;
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-recording-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('gives the text, without a byte order mark', async () => {
  expect(await readRecording(file('a', '\ufeff{"a":"ü"}\n'))).toBe('{"a":"ü"}\n');
});

it('refuses what is larger than it reads, with both sizes', async () => {
  const path = file('large', 'x'.repeat(3 * 1024 * 1024));
  await expect(readRecording(path, 2 * 1024 * 1024)).rejects.toThrow('It has 3 MiB; at most 2 MiB are read.');
});

it('refuses what is not text', async () => {
  await expect(readRecording(file('binary', Uint8Array.of(0x7f, 0x45, 0xff, 0xfe)))).rejects.toThrow(
    'It is not text.',
  );
});

it('refuses a folder, and does not wait for a pipe', async () => {
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  await expect(readRecording(inner)).rejects.toThrow('It is a folder.');
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(readRecording(pipe)).rejects.toThrow('not a regular file');
});

it('says that a file is gone', async () => {
  await expect(readRecording(join(folder, 'gone'))).rejects.toThrow('There is no such file any more.');
});
