import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigurationFile } from './configuration-file.js';

describe('the file of --config', () => {
  let folder = '';
  const path = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bindscope-config-'));
    writeFileSync(path('good.yml'), '\ufeffopen_port: 80 # é\n');
    writeFileSync(path('long.yml'), 'a'.repeat(200_000));
    writeFileSync(path('huge.yml'), Buffer.alloc(5_000_000, 'a'));
    writeFileSync(path('binary'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]));
    symlinkSync('loop', path('loop'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is text in UTF-8', () => {
    expect(readConfigurationFile(path('good.yml'))).toBe('open_port: 80 # é\n');
    expect(readConfigurationFile(path('long.yml'))).toHaveLength(200_000);
  });

  it.each([
    ['missing.yml', 'there is no such file'],
    ['good.yml/x', 'a part of its path is no folder'],
    ['.', 'it is a folder'],
    ['loop', 'a symbolic link that leads to itself'],
    ['huge.yml', 'over 4 MB'],
    ['binary', 'not a text file in UTF-8'],
  ])('%s: says what is wrong', (name, words) => {
    expect(() => readConfigurationFile(path(name))).toThrow(words);
    expect(() => readConfigurationFile(path(name))).toThrow(folder);
  });

  it('an empty path is named', () => {
    expect(() => readConfigurationFile('')).toThrow('--config "": there is no such file');
  });
});
