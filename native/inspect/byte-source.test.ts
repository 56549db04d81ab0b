import type { FileHandle } from 'node:fs/promises';
import { open, truncate, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileBytes, MOST_READ } from './byte-source.js';
import { Unreadable } from './unreadable.js';

let folder = '';
let handle: FileHandle | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-bytes-'));
});
afterEach(async () => {
  await handle?.close();
  handle = null;
  rmSync(folder, { recursive: true });
});

const file = async (content: Uint8Array): Promise<FileHandle> => {
  const path = join(folder, 'file');
  await writeFile(path, content);
  handle = await open(path);
  return handle;
};

/** Bytes that tell where they are. */
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) % 251);

describe('a file in pieces', () => {
  it('is the same as the file, across blocks and at its end', async () => {
    const content = pattern(100_000);
    const source = new FileBytes(await file(content), content.length);
    for (const [offset, length] of [
      [0, 10],
      [16_380, 10],
      [5, 99_990],
      [99_999, 1],
      [100_000, 0],
    ] as const) {
      expect(await source.read(offset, length, 'piece')).toEqual(content.slice(offset, offset + length));
    }
  });

  it('reads no block twice', async () => {
    const opened = await file(pattern(100_000));
    const read = vi.spyOn(opened, 'read');
    const source = new FileBytes(opened, 100_000);
    await source.read(0, 50_000, 'piece');
    const calls = read.mock.calls.length;
    await source.read(10_000, 30_000, 'piece');
    expect(read.mock.calls).toHaveLength(calls);
  });
});

describe('no more than there is, and no more than is bearable', () => {
  it.each([
    [-1, 1],
    [0, 101],
    [100, 1],
    [2 ** 52, 1],
    [10, -1],
  ])('from %d, %d bytes: truncated', async (offset, length) => {
    const source = new FileBytes(await file(pattern(100)), 100);
    await expect(source.read(offset, length, 'section header')).rejects.toThrow(
      new Unreadable('truncated section header'),
    );
  });

  it('a file that became shorter is truncated', async () => {
    const source = new FileBytes(await file(pattern(40_000)), 40_000);
    await truncate(join(folder, 'file'), 100);
    await expect(source.read(0, 40_000, 'section')).rejects.toThrow('truncated section');
    await expect(source.read(20_000, 10, 'section')).rejects.toThrow('truncated section');
  });

  it('all reads together stay within the budget', async () => {
    const path = join(folder, 'sparse');
    await writeFile(path, '');
    await truncate(path, 4 * MOST_READ);
    handle = await open(path);
    const source = new FileBytes(handle, 4 * MOST_READ);
    await expect(source.read(0, MOST_READ + 1, 'section')).rejects.toThrow('section is too large to be read');
    await source.read(0, MOST_READ, 'section');
    await expect(source.read(MOST_READ, 1, 'section')).rejects.toThrow('section is too large to be read');
    await source.read(10, 100, 'section');
  });
});
