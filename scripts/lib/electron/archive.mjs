import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { logged } from '../command.mjs';
import { cacheDir, systemLogDir } from '../paths.mjs';

/** Of the commands that fetch and unpack. */
export const electronLog = join(systemLogDir, 'electron');

export const downloads = join(cacheDir, 'downloads');

/**
 * @param {string} folder Name below the cache's `electron`.
 * @param {string} [cache] Cache folder; default: our own.
 */
export const runtimeDir = (folder, cache = cacheDir) => join(cache, 'electron', folder);

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
 * @param {string} zip
 * @param {string} dir
 */
export function unzip(zip, dir) {
  return logged('unzip', ['-q', '-o', zip, '-d', dir], {
    log: electronLog,
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
    log: electronLog,
    append: true,
    remedy: `Check that there is room below ${cacheDir} (700 MB).`,
  });
}
