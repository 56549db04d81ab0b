import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure, messageOf } from '../failure.mjs';
import { cacheDir, root } from '../paths.mjs';
import { digest, downloads, runtimeDir, unzip } from './archive.mjs';
import { isComplete, makeTree } from '../tree.mjs';

const releases = 'https://github.com/electron/electron/releases/download/';
const connectTimeoutMs = 5_000;
const stallTimeoutMs = 30_000;
/** A download that failed is not tried again before this has passed. */
const retryAfterMs = 24 * 3_600_000;

/** The wrapper package that `npm ci` installed: it names the version and its checksums. */
const packageDir = join(root, 'node_modules', 'electron');

/** @returns {string} Version of the declared dependency. */
export const officialVersion = () =>
  JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')).version;

const zipName = () => `electron-v${officialVersion()}-linux-${process.arch}.zip`;
const folder = () => `${officialVersion()}-linux-${process.arch}`;
const failureMark = () => join(cacheDir, 'electron', `${folder()}.failed.json`);

/** @returns {string | null} Folder of an official runtime that is there already. */
export function installedOfficial() {
  const dist = join(packageDir, 'dist');
  const version = join(dist, 'version');
  if (
    existsSync(join(dist, 'electron')) &&
    existsSync(version) &&
    readFileSync(version, 'utf8').trim().replace(/^v/, '') === officialVersion()
  ) {
    return dist;
  }
  // The machine's cache is root's, so an ordinary user may trust it.
  const candidates = [runtimeDir(folder()), runtimeDir(folder(), '/var/cache/bindscope')];
  return candidates.find(isComplete) ?? null;
}

/** @returns {string | null} Why the last download failed, while it is too early to try again. */
export function recentFailure() {
  if (!existsSync(failureMark())) return null;
  const { at, reason } = JSON.parse(readFileSync(failureMark(), 'utf8'));
  return Date.now() - at < retryAfterMs ? reason : null;
}

/** Has the next run try the download again. */
export const forgetFailure = () => rmSync(failureMark(), { force: true });

/** The download site has it not, or cannot be reached; the message says which. */
export class Unreachable extends Error {}

/**
 * Downloads the official runtime, checks it against the checksums of the package and unpacks it.
 *
 * @param {(detail: string) => void} progress
 * @returns {Promise<string>} Its folder.
 * @throws {Unreachable}
 * @throws {Failure} On a checksum that differs.
 */
export async function downloadOfficial(progress) {
  const name = zipName();
  const expected = JSON.parse(readFileSync(join(packageDir, 'checksums.json'), 'utf8'))[name];
  if (!expected) throw new Unreachable(`there is no Electron ${officialVersion()} for ${process.arch}`);

  mkdirSync(downloads, { recursive: true });
  const zip = join(downloads, name);
  if (!existsSync(zip)) {
    try {
      await download(new URL(`v${officialVersion()}/${name}`, mirror()), zip, progress);
    } catch (error) {
      const reason = messageOf(error);
      mkdirSync(join(cacheDir, 'electron'), { recursive: true });
      writeFileSync(failureMark(), JSON.stringify({ at: Date.now(), reason }));
      throw new Unreachable(reason);
    }
  }
  const actual = await digest(zip, 'sha256', 'hex');
  if (actual !== expected) {
    rmSync(zip, { force: true });
    throw new Failure(
      `${name} is not what its publisher signed off: SHA-256 is ${actual}, expected ${expected}. It was deleted`,
      'Something between you and the download site changes files. Use another network or mirror (ELECTRON_MIRROR), or point ELECTRON_OVERRIDE_DIST_PATH at an unpacked Electron you trust.',
    );
  }
  const dir = runtimeDir(folder());
  await makeTree(dir, { archive: name, sha256: actual, source: 'official release' }, (scratch) =>
    unzip(zip, scratch),
  );
  rmSync(zip, { force: true });
  forgetFailure();
  return dir;
}

const mirror = () => {
  const url = process.env['ELECTRON_MIRROR'] || releases;
  return url.endsWith('/') ? url : `${url}/`;
};

/**
 * Goes on where an earlier attempt stopped.
 *
 * @param {URL} url
 * @param {string} target
 * @param {(detail: string) => void} progress
 */
async function download(url, target, progress) {
  const part = `${target}.part`;
  const have = existsSync(part) ? statSync(part).size : 0;
  const abort = new AbortController();
  let timer = setTimeout(
    () => abort.abort(new Error(`no answer from ${url.host} in ${connectTimeoutMs / 1000} s`)),
    connectTimeoutMs,
  );
  try {
    const response = await fetch(url, {
      signal: abort.signal,
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
    }).catch((error) => {
      throw new Error(`${url.host}: ${messageOf(error)}`);
    });
    // 416: the part is complete already.
    if (response.status !== 416) {
      if (!response.ok || !response.body) throw new Error(`${url.host} answers ${response.status}`);
      const resumed = response.status === 206;
      const total = (resumed ? have : 0) + Number(response.headers.get('content-length') ?? 0);
      let done = resumed ? have : 0;
      const meter = new Transform({
        transform(chunk, _encoding, next) {
          done += chunk.length;
          progress(total > 0 ? `${Math.floor((done / total) * 100)} % of ${Math.round(total / 1e6)} MB` : '');
          clearTimeout(timer);
          timer = setTimeout(
            () => abort.abort(new Error(`${url.host} stopped sending for ${stallTimeoutMs / 1000} s`)),
            stallTimeoutMs,
          );
          next(null, chunk);
        },
      });
      await pipeline(
        Readable.fromWeb(/** @type {import('node:stream/web').ReadableStream} */ (response.body)),
        meter,
        createWriteStream(part, { flags: resumed ? 'a' : 'w' }),
      );
    }
    renameSync(part, target);
  } finally {
    clearTimeout(timer);
  }
}
