import { describe, expect, it } from 'vitest';
import { fileOf } from './page-file.js';

describe('fileOf', () => {
  it('finds a file below the root', () => {
    expect(fileOf('/app/renderer', 'bindscope://app/assets/index.js')).toBe('/app/renderer/assets/index.js');
  });

  it.each([
    ['an escaped climb', 'bindscope://app/..%2f..%2fetc/passwd'],
    ['a double climb', 'bindscope://app/a/..%2f..%2f..%2fetc/passwd'],
    ['a NUL byte', 'bindscope://app/index.html%00.js'],
    ['a broken escape', 'bindscope://app/%E0%A4%A'],
    ['no address at all', 'nothing'],
  ])('refuses %s', (_what, url) => {
    expect(fileOf('/app/renderer', url)).toBeNull();
  });
});
