import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, stampDir } from './paths.mjs';

/**
 * A step is done when its stamp holds the fingerprint of its inputs as they are now.
 *
 * @param {string} name Of the step; or an absolute path.
 */
const stampPath = (name) => (name.startsWith('/') ? name : join(stampDir, name));

/**
 * @param {string} name
 * @param {string} fingerprint
 */
export function isStamped(name, fingerprint) {
  try {
    return readFileSync(stampPath(name), 'utf8') === fingerprint;
  } catch {
    return false;
  }
}

/**
 * @param {string} name
 * @param {string} fingerprint
 */
export function writeStamp(name, fingerprint) {
  mkdirSync(dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), fingerprint);
}

/** @param {string} name */
export const removeStamp = (name) => rmSync(stampPath(name), { force: true });

/**
 * @param {readonly string[]} paths Files and folders of the checkout; what is missing counts as such.
 * @param {(path: string) => boolean} [wanted] Chooses among the files, by their path in the checkout.
 * @returns {string} Changes when the name or content of any file changes.
 */
export function fingerprintOf(paths, wanted = () => true) {
  const hash = createHash('sha256');
  for (const path of paths.flatMap(filesBelow).filter(wanted).sort()) {
    hash.update(`${path}\0`).update(contentOf(path)).update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} path File or folder of the checkout.
 * @returns {string[]} Files, by their path in the checkout.
 */
export function filesBelow(path) {
  try {
    return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)],
    );
  } catch {
    return [path];
  }
}

/** @param {string} path */
function contentOf(path) {
  try {
    return readFileSync(join(root, path));
  } catch {
    return 'missing';
  }
}
