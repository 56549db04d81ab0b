import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { captured, logged } from '../command.mjs';
import { Failure } from '../failure.mjs';
import { cacheDir, systemLogDir } from '../paths.mjs';
import { isComplete, makeTree } from '../tree.mjs';
import { warn } from '../terminal.mjs';
import { modules } from './kernels.mjs';

/** Suites that are supported no more move from the one to the other. */
const mirrors = ['http://deb.debian.org', 'http://archive.debian.org'];
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const cache = join(cacheDir, 'kernels');
/** Package lists are read again when they are older. */
const freshMs = 12 * 3_600_000;

/**
 * @typedef {import('./kernels.mjs').Kernel} Kernel
 *
 * @typedef {object} Image A kernel on this machine, unpacked and not installed.
 * @property {string} version Of the package, as 6.1.192-2.
 * @property {string} vmlinuz
 * @property {string[]} modules Paths of the modules that the guest loads.
 */

/**
 * The newest build of a kernel that Debian has, from the cache where that has it. Everything is
 * checked by apt against Debian's signed lists, which are read twice a day at most. Where Debian cannot
 * be reached, the one in the cache.
 *
 * @param {Kernel} kernel
 * @param {(detail: string) => void} progress
 * @returns {Promise<Image>}
 * @throws {Failure} When there is neither.
 */
export async function ensureKernel(kernel, progress) {
  try {
    const known = await newestOfFreshLists(kernel);
    if (known) return imageIn(known);
    progress(`reading the package lists of ${kernel.name}`);
    const newest = await newestOf(kernel);
    const dir = folderOf(kernel, newest);
    if (!isComplete(dir)) {
      progress(`downloading ${newest.name}`);
      await download(kernel, newest, dir);
    }
    return imageIn(dir);
  } catch (error) {
    const kept = keptOf(kernel);
    if (!(error instanceof Failure) || !kept) throw error;
    warn(`${error.message}; taking the ${kernel.name} kernel of the cache`);
    return imageIn(kept);
  }
}

/**
 * @param {Kernel} kernel
 * @param {Package} newest
 * @param {string} dir
 */
async function download(kernel, newest, dir) {
  await makeTree(dir, { package: newest.name, version: newest.version }, (scratch) =>
    unpack(kernel, newest, scratch),
  );
  // Point releases replace each other; one of each is enough.
  for (const other of readdirSync(join(cache, kernel.name))) {
    if (other !== basename(dir)) rmSync(join(cache, kernel.name, other), { recursive: true, force: true });
  }
}

/** @param {Kernel} kernel @param {{ name: string, version: string }} one */
const folderOf = (kernel, one) =>
  join(cache, kernel.name, `${one.name}_${one.version.replaceAll(/[:/]/g, '_')}`);

/** @param {Kernel} kernel @param {string} mirror @returns {string} Of apt's lists and sources. */
const stateOf = (kernel, mirror) => join(cache, 'apt', `${kernel.name}-${new URL(mirror).hostname}`);

/** @param {string} state @returns {string} A file that is as old as the lists. */
const stampOf = (state) => join(state, 'updated');

/**
 * @param {Kernel} kernel
 * @returns {Promise<string | null>} Where the cache has the newest, as far as lists know that are not old.
 */
async function newestOfFreshLists(kernel) {
  for (const mirror of mirrors) {
    const stamp = stampOf(stateOf(kernel, mirror));
    if (!existsSync(stamp) || Date.now() - statSync(stamp).mtimeMs > freshMs) continue;
    const newest = await newestListed(kernel, aptOptions(kernel, mirror));
    if (newest && isComplete(folderOf(kernel, newest))) return folderOf(kernel, newest);
  }
  return null;
}

/**
 * @typedef {{ name: string, version: string, apt: string[] }} Package `apt`: options to get it with.
 *
 * @param {Kernel} kernel
 * @returns {Promise<Package>}
 * @throws {Failure} When no mirror tells of one.
 */
async function newestOf(kernel) {
  let reason = '';
  for (const mirror of mirrors) {
    const apt = aptOptions(kernel, mirror);
    const update = await captured('apt-get', [...apt, 'update']);
    // Without Error-Mode (older apt) a suite that cannot be read is a warning alone.
    if (update.code === 0 && !/^(W|E): Failed to fetch/m.test(update.stderr)) {
      const newest = await newestListed(kernel, apt);
      if (newest) {
        writeFileSync(stampOf(stateOf(kernel, mirror)), '');
        return { ...newest, apt };
      }
      reason = `no package is named like ${kernel.image.source}`;
    } else {
      reason = update.stderr.trim().split('\n')[0] ?? `apt-get ended with ${update.code}`;
    }
  }
  const where = kernel.suites.map(([, suite]) => suite).join(', ');
  throw new Failure(
    `Debian's ${kernel.name} kernel (${where}) cannot be had: ${reason}`,
    `Check that ${mirrors.join(' or ')} is reached, and scripts/lib/kernels/kernels.mjs if Debian has moved it.`,
  );
}

/**
 * @param {Kernel} kernel
 * @param {string} mirror
 * @returns {string[]} Options that give apt lists and sources of its own: the system's stay as they are.
 */
function aptOptions(kernel, mirror) {
  const state = stateOf(kernel, mirror);
  for (const folder of ['lists/partial', 'archives/partial']) {
    mkdirSync(join(state, folder), { recursive: true });
  }
  const sources = join(state, 'sources.list');
  const lines = kernel.suites.map(
    ([archive, suite]) =>
      `deb [arch=amd64 signed-by=${keyring} check-valid-until=no] ${mirror}/${archive} ${suite} main\n`,
  );
  writeFileSync(sources, lines.join(''));
  const options = {
    'APT::Architecture': 'amd64',
    'APT::Sandbox::User': '',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '20',
    'Dir::State': state,
    'Dir::State::lists': join(state, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': state,
    'Dir::Cache::archives': join(state, 'archives'),
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '-',
    'Dir::Etc::preferencesparts': '-',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * @param {Kernel} kernel
 * @param {string[]} apt
 * @returns {Promise<{ name: string, version: string } | null>}
 */
async function newestListed(kernel, apt) {
  const { stdout } = await captured('apt-cache', [...apt, 'pkgnames', 'linux-']);
  const names = stdout.split('\n').filter((name) => kernel.image.test(name));
  if (names.length === 0) return null;
  const shown = await captured('apt-cache', [...apt, 'show', '--no-all-versions', ...names]);
  const packages = [...shown.stdout.matchAll(/^Package: (.+)\n(?:.+\n)*?Version: (.+)$/gm)].map(
    ([, name = '', version = '']) => ({ name, version }),
  );
  return packages.reduce(
    (newest, one) => (newest && !isNewer(one.version, newest.version) ? newest : one),
    /** @type {{ name: string, version: string } | null} */ (null),
  );
}

/** @param {string} one @param {string} other */
function isNewer(one, other) {
  try {
    execFileSync('dpkg', ['--compare-versions', one, 'gt', other]);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts `vmlinuz` and the modules into a folder.
 *
 * @param {Kernel} kernel
 * @param {Package} image
 * @param {string} dir
 */
async function unpack(kernel, image, dir) {
  const remedy = `Check the network, and that there is room below ${cache} (500 MB).`;
  const log = join(systemLogDir, `kernel-${kernel.name}`);
  for (const name of [image.name, ...kernel.others(image.name)]) {
    const debs = join(dir, 'debs');
    mkdirSync(debs, { recursive: true });
    await logged('apt-get', [...image.apt, 'download', `${name}=${image.version}`], {
      log,
      cwd: debs,
      remedy,
    });
    // Status 2 is also that of a pattern that nothing matches; what came is looked at below.
    const script =
      'dir=$1; shift; dpkg-deb --fsys-tarfile debs/*.deb | tar -x -C "$dir" --wildcards "$@" || [ $? -eq 2 ]';
    const wanted = ['./boot/vmlinuz-*', '*/vmlinuz', ...modules.map((module) => `*/${module}.ko*`)];
    await logged('sh', ['-c', script, 'sh', dir, ...wanted], { log, append: true, cwd: dir, remedy });
    rmSync(debs, { recursive: true });
  }
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((path) => join(dir, path));
  const vmlinuz = files.find((path) => basename(path).startsWith('vmlinuz'));
  if (!vmlinuz) {
    throw new Failure(
      `There is no kernel image in ${image.name} ${image.version}`,
      'Debian has packed it otherwise: mend scripts/lib/kernels/kernels.mjs.',
    );
  }
  renameSync(vmlinuz, join(dir, 'vmlinuz'));
  mkdirSync(join(dir, 'modules'));
  for (const path of files.filter((file) => /\.ko(\.\w+)?$/.test(file))) {
    const packed = join(dir, 'modules', basename(path));
    renameSync(path, packed);
    if (packed.endsWith('.xz')) await logged('xz', ['-d', packed], { log, append: true, remedy });
  }
  for (const folder of ['boot', 'lib', 'usr']) rmSync(join(dir, folder), { recursive: true, force: true });
}

/** @param {string} dir @returns {Image} */
function imageIn(dir) {
  const folder = join(dir, 'modules');
  return {
    version: basename(dir).split('_').slice(1).join('_'),
    vmlinuz: join(dir, 'vmlinuz'),
    modules: existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [],
  };
}

/** @param {Kernel} kernel @returns {string | null} What the cache has, however old. */
function keptOf(kernel) {
  const folder = join(cache, kernel.name);
  const kept = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return kept.find(isComplete) ?? null;
}
