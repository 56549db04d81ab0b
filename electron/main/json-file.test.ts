import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readJsonFile, writeJsonFile } from './json-file.js';

const Shape = z.object({ version: z.literal(1), name: z.string() });
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-json-'));
  file = join(folder, 'deep', 'settings.json');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

describe('a JSON file', () => {
  it('comes back as it was written, in a folder made for it', () => {
    writeJsonFile(file, { version: 1, name: 'a' });
    expect(readJsonFile(file, Shape).value).toEqual({ version: 1, name: 'a' });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['settings.json']);
  });

  it('that is not there is no problem', () => {
    expect(readJsonFile(file, Shape)).toEqual({ value: null, setAside: null, problem: null });
  });

  it.each([
    ['damaged', '{"version": 1, "na'],
    ['of another version', '{"version": 2, "name": "a"}'],
  ])('that is %s is set aside with its content and named in the problem', (_what, content) => {
    writeJsonFile(file, {});
    writeFileSync(file, content);
    const { value, setAside, problem } = readJsonFile(file, Shape);
    expect(value).toBeNull();
    expect(problem).toContain(file);
    expect(setAside).not.toBeNull();
    expect(readFileSync(setAside ?? '', 'utf8')).toBe(content);
    expect(readJsonFile(file, Shape).problem).toBeNull();
  });

  it('keeps the old content and no half file when the new one cannot be written', () => {
    writeJsonFile(file, { version: 1, name: 'old' });
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(() => {
      writeJsonFile(file, cyclic);
    }).toThrow();
    expect(readJsonFile(file, Shape).value).toEqual({ version: 1, name: 'old' });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['settings.json']);
  });
});
