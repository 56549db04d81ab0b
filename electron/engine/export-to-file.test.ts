import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExportProgress } from '../../contract/index.js';
import type { Export } from '../../discovery/pipeline.js';
import { exportToFile } from './export-to-file.js';
import { fileErrorText } from './file-errors.js';

const data = (pieces: number, each?: (piece: number) => void): Export => ({
  total: pieces,
  chunks: (function* () {
    for (let piece = 1; piece <= pieces; piece += 1) {
      each?.(piece);
      yield { text: `line ${String(piece)}\n`, events: 1 };
    }
  })(),
});

describe('an export to a file', () => {
  let folder: string;
  let told: ExportProgress[];
  const progress = (one: ExportProgress): void => {
    told.push(one);
  };
  const run = (path: string, from: Export, signal = new AbortController().signal): Promise<void> =>
    exportToFile({ path, data: from, signal, progress });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bindscope-export-'));
    told = [];
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is whole, ours alone to read, and leaves nothing beside it', async () => {
    const path = join(folder, 'a.ndjson');
    await run(path, data(3));
    expect(readFileSync(path, 'utf8')).toBe('line 1\nline 2\nline 3\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.ndjson']);
    expect(told).toEqual([
      { state: 'running', written: 0, total: 3 },
      { state: 'done', written: 3, path },
    ]);
  });

  it('replaces an older file only when it is whole', async () => {
    const path = join(folder, 'a.csv');
    writeFileSync(path, 'old');
    await run(
      path,
      data(3, (piece) => {
        if (piece === 3) expect(readFileSync(path, 'utf8')).toBe('old');
      }),
    );
    expect(readFileSync(path, 'utf8')).toContain('line 3');
  });

  it('cancelled: leaves what was there, and no half file', async () => {
    const path = join(folder, 'a.csv');
    writeFileSync(path, 'old');
    const abort = new AbortController();
    let taken = 0;
    await run(
      path,
      data(1000, (piece) => {
        taken = piece;
        if (piece === 5) abort.abort();
      }),
      abort.signal,
    );
    expect(taken).toBe(5);
    expect(readdirSync(folder)).toEqual(['a.csv']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(told.at(-1)).toEqual({ state: 'cancelled' });
  });

  it('an error on the way leaves no half file and says what to do', async () => {
    const path = join(folder, 'a.csv');
    await run(
      path,
      data(3, (piece) => {
        if (piece === 2) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      }),
    );
    expect(readdirSync(folder)).toEqual([]);
    expect(told.at(-1)).toMatchObject({ state: 'failed', path });
    expect(JSON.stringify(told.at(-1))).toContain(`no space left on the disk of ${folder}`);
  });

  it.each([
    ['a folder that does not exist', (base: string) => join(base, 'none', 'a.csv'), 'does not exist'],
    ['a folder as target', (base: string) => base, 'is a folder'],
    [
      'a file as folder',
      (base: string) => {
        writeFileSync(join(base, 'file'), '');
        return join(base, 'file', 'a.csv');
      },
      'is not a folder',
    ],
  ])('%s is told in words', async (_name, target, words) => {
    await run(target(folder), data(1));
    expect(JSON.stringify(told.at(-1))).toContain(words);
    expect(told.at(-1)?.state).toBe('failed');
  });

  it.skipIf(process.getuid?.() === 0)('an unwritable folder is told in words', async () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    await run(join(locked, 'a.csv'), data(1));
    expect(JSON.stringify(told.at(-1))).toContain('You may not write in');
    expect(existsSync(join(locked, 'a.csv'))).toBe(false);
  });

  it('progress is told at most ten times a second', async () => {
    await run(join(folder, 'a.csv'), data(20_000));
    expect(told.filter(({ state }) => state === 'running').length).toBeLessThan(200);
    expect(told.at(-1)).toMatchObject({ state: 'done', written: 20_000 });
  });

  it('a name of the greatest length is no obstacle', async () => {
    const path = join(folder, `${'n'.repeat(251)}.csv`);
    await run(path, data(1));
    expect(told.at(-1)?.state).toBe('done');
  });
});

describe('errors of files in words', () => {
  it.each([
    ['ENOSPC', 'no space left'],
    ['EDQUOT', 'quota'],
    ['EACCES', 'may not write'],
    ['EPERM', 'may not write'],
    ['EROFS', 'read-only'],
    ['ENOENT', 'does not exist'],
    ['ENOTDIR', 'not a folder'],
    ['EISDIR', 'is a folder'],
    ['ENAMETOOLONG', 'too long'],
    ['EFBIG', 'larger than'],
    ['EIO', 'input/output error'],
    ['EBUSY', 'in use'],
    ['EMFILE', 'Too many files'],
  ])('%s: %s, and what to do', (code, words) => {
    const text = fileErrorText(Object.assign(new Error('x'), { code }), '/home/ada/log.csv');
    expect(text).toContain(words);
    expect(text.split('. ').length).toBeGreaterThan(1);
  });

  it('one without a code keeps its own words', () => {
    expect(fileErrorText(new Error('odd'), '/a/b')).toContain('odd');
  });
});
