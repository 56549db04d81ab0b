import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cpio } from './initramfs.mjs';

const hasCpio = spawnSync('busybox', ['cpio', '--help']).error === undefined;

test.runIf(hasCpio)('a reader of cpio finds every entry, with its mode and content', () => {
  const archive = cpio([
    { path: 'a', mode: 0o040755 },
    { path: 'a/b', mode: 0o100644, content: Buffer.from('five!') },
    { path: 'empty', mode: 0o100755 },
  ]);
  const listed = spawnSync('busybox', ['cpio', '-t', '-v'], { input: archive, encoding: 'utf8' });
  expect(listed.status).toBe(0);
  expect(listed.stdout).toMatch(/^drwxr-xr-x.* a$/m);
  expect(listed.stdout).toMatch(/^-rw-r--r--.* 5 .* a\/b$/m);
  expect(listed.stdout).toMatch(/^-rwxr-xr-x.* 0 .* empty$/m);
});

test('every part begins at a multiple of four, as the kernel wants it', () => {
  const archive = cpio([{ path: 'ab', mode: 0o100644, content: Buffer.from('x') }]);
  expect(archive.length % 4).toBe(0);
  // Header (110 bytes), name with its NUL (3), padding (3): content; then padding (3): the end.
  expect(archive.toString('latin1', 116, 117)).toBe('x');
  expect(archive.toString('latin1', 120, 126)).toBe('070701');
});

test('a device has its numbers in the archive', () => {
  const header = cpio([{ path: 'dev/console', mode: 0o020600, device: [5, 1] }]).toString('latin1', 0, 110);
  expect(header.slice(6 + 9 * 8, 6 + 11 * 8)).toBe('0000000500000001');
});
