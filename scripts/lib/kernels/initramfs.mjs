import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../paths.mjs';

const folder = 0o040755;
const program = 0o100755;
const plain = 0o100644;
const characterDevice = 0o020600;

/**
 * @typedef {object} Entry
 * @property {string} path Without a leading slash.
 * @property {number} mode As stat(2) has it.
 * @property {Buffer} [content]
 * @property {readonly [major: number, minor: number]} [device]
 */

/**
 * The first root of a guest: busybox, the scenario suite, modules, and what starts them.
 *
 * @param {{ busybox: string, scenarios: string, modules: readonly string[] }} files
 * @returns {Buffer}
 */
export function makeInitramfs({ busybox, scenarios, modules }) {
  return cpio([
    ...['bin', 'dev', 'modules'].map((path) => ({ path, mode: folder })),
    // The kernel opens it for the first process, before anything is mounted.
    { path: 'dev/console', mode: characterDevice, device: [5, 1] },
    { path: 'bin/busybox', mode: program, content: readFileSync(busybox) },
    { path: 'init', mode: program, content: readFileSync(join(root, 'e2e', 'kernels', 'init')) },
    { path: 'scenarios', mode: program, content: readFileSync(scenarios) },
    ...modules.map((path) => ({
      path: `modules/${basename(path)}`,
      mode: plain,
      content: readFileSync(path),
    })),
  ]);
}

/**
 * An archive of the form "newc", which kernels read as initramfs. All files are root's.
 *
 * @param {readonly Entry[]} entries Folders before what is in them.
 * @returns {Buffer}
 */
export function cpio(entries) {
  const parts = [...entries, { path: 'TRAILER!!!', mode: 0 }].flatMap((entry, index) => {
    const content = entry.content ?? Buffer.alloc(0);
    const [major, minor] = entry.device ?? [0, 0];
    const name = Buffer.from(`${entry.path}\0`);
    const inode = index + 1;
    // ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
    const fields = [inode, entry.mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0];
    const header = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
    const head = Buffer.concat([Buffer.from(`070701${header}`), name]);
    return [head, padding(head.length), content, padding(content.length)];
  });
  return Buffer.concat(parts);
}

/** @param {number} length @returns {Buffer} What is missing to a multiple of four. */
const padding = (length) => Buffer.alloc((4 - (length % 4)) % 4);
