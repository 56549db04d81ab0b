import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createUserNames } from './user-names.js';

let folder = '';
let path = '';
let now = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-users-'));
  path = join(folder, 'passwd');
  now = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string, modified: number): void => {
  writeFileSync(path, text);
  utimesSync(path, modified, modified);
};

test('names come from the passwd file, the first entry of a uid wins', () => {
  write(
    'root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n# x\n\nanna:x:1000:1000:A,B:/home/anna:\n',
    1,
  );
  const nameOf = createUserNames(path, () => now);
  expect(nameOf(0)).toBe('root');
  expect(nameOf(1000)).toBe('anna');
  expect(nameOf(1)).toBeNull();
});

test('the file is read again when its modification time changed', () => {
  write('anna:x:1000:1000:::\n', 1);
  const nameOf = createUserNames(path, () => now);
  expect(nameOf(1000)).toBe('anna');
  write('bert:x:1000:1000:::\n', 2);
  expect(nameOf(1000)).toBe('anna');
  now = 1000;
  expect(nameOf(1000)).toBe('bert');
});

test('without a file nobody has a name', () => {
  expect(createUserNames(join(folder, 'none'), () => now)(0)).toBeNull();
});
