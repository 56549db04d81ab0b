import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfigurationFile, writeConfigurationFile } from './configuration-files.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-configuration-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('reading a configuration', () => {
  it('gives its text without a byte order mark, under the name without its folder', async () => {
    const path = join(folder, 'beyla.yml');
    writeFileSync(path, '\uFEFFopen_port: 80\n# ä\n');
    expect(await readConfigurationFile(path)).toEqual({ file: 'beyla.yml', text: 'open_port: 80\n# ä\n' });
  });

  it('takes 4 MB and refuses one byte more', async () => {
    const path = join(folder, 'large.yml');
    writeFileSync(path, 'a'.repeat(4_000_000));
    expect((await readConfigurationFile(path)).text).toHaveLength(4_000_000);
    writeFileSync(path, 'a'.repeat(4_000_001));
    await expect(readConfigurationFile(path)).rejects.toThrow(`${path} is larger than 4 MB`);
  });

  it('refuses what is not text', async () => {
    const path = join(folder, 'picture.yml');
    writeFileSync(path, Buffer.from([0x89, 0x50, 0xff, 0xfe]));
    await expect(readConfigurationFile(path)).rejects.toThrow('not text in UTF-8');
  });

  it('says what is wrong with a path', async () => {
    mkdirSync(join(folder, 'sub'));
    await expect(readConfigurationFile(join(folder, 'sub'))).rejects.toThrow('is a folder');
    await expect(readConfigurationFile(join(folder, 'none.yml'))).rejects.toThrow('does not exist');
  });

  it.skipIf(process.getuid?.() === 0)('says that a file may not be read', async () => {
    const path = join(folder, 'secret.yml');
    writeFileSync(path, 'a: 1');
    chmodSync(path, 0);
    await expect(readConfigurationFile(path)).rejects.toThrow('You may not read');
  });
});

describe('writing a configuration', () => {
  it('replaces what was there and leaves nothing beside it', () => {
    const path = join(folder, 'beyla.yml');
    writeFileSync(path, 'old');
    writeConfigurationFile(path, 'open_port: 80\n');
    expect(readFileSync(path, 'utf8')).toBe('open_port: 80\n');
    expect(readdirSync(folder)).toEqual(['beyla.yml']);
  });

  it('says what is wrong with a path, and leaves nothing behind', () => {
    mkdirSync(join(folder, 'sub'));
    expect(() => {
      writeConfigurationFile(join(folder, 'sub'), 'a');
    }).toThrow('is a folder');
    expect(() => {
      writeConfigurationFile(join(folder, 'none', 'a.yml'), 'a');
    }).toThrow(/none.a\.yml could not be written/);
    expect(readdirSync(folder)).toEqual(['sub']);
  });
});
