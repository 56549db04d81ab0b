import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logged } from '../command.mjs';
import { cacheDir } from '../paths.mjs';

export const downloads = join(cacheDir, 'downloads');

/** Written last into an unpacked runtime; a folder without it was not finished. */
const marker = 'bindscope-origin.json';

/**
 * @param {string} folder Name below the cache's `electron`.
 * @param {string} [cache] Cache folder; default: our own.
 */
export const runtimeDir = (folder, cache = cacheDir) => join(cache, 'electron', folder);

/** @param {string} dir An unpacked runtime. */
export const isComplete = (dir) => existsSync(join(dir, marker)) && existsSync(join(dir, 'electron'));

/**
 * @param {string} path
 * @param {'sha256' | 'sha512'} algorithm
 * @param {'hex' | 'base64'} encoding
 */
export async function digest(path, algorithm, encoding) {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest(encoding);
}

/**
 * Makes a runtime folder in one move, so that nobody ever sees half of one.
 *
 * @param {string} dir Where it shall be.
 * @param {Record<string, string>} origin Told in the marker.
 * @param {(scratch: string) => Promise<void>} fill Puts Electron's files into an empty folder.
 */
export async function install(dir, origin, fill) {
  mkdirSync(dirname(dir), { recursive: true });
  const scratch = mkdtempSync(join(dirname(dir), '.unpacking-'));
  try {
    await fill(scratch);
    writeFileSync(join(scratch, marker), `${JSON.stringify(origin, null, 2)}\n`);
    await logged('chmod', ['-R', 'a+rX', scratch], {
      log: 'electron',
      append: true,
      remedy: `Check that this user may write to ${dirname(dir)}.`,
    });
    rmSync(dir, { recursive: true, force: true });
    renameSync(scratch, dir);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} zip
 * @param {string} dir
 */
export function unzip(zip, dir) {
  return logged('unzip', ['-q', '-o', zip, '-d', dir], {
    log: 'electron',
    append: true,
    remedy: `Check that the package unzip is installed and that there is room below ${cacheDir} (350 MB).`,
  });
}

/**
 * @param {string} tarball
 * @param {string} dir
 * @param {readonly string[]} members Paths inside the tarball.
 */
export function untar(tarball, dir, members) {
  return logged('tar', ['-xzf', tarball, '-C', dir, ...members], {
    log: 'electron',
    append: true,
    remedy: `Check that there is room below ${cacheDir} (700 MB).`,
  });
}
