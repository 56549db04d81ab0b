import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { captured } from '../command.mjs';
import { Failure } from '../failure.mjs';
import { withLock } from '../lock.mjs';
import { cacheDir, isRoot, native } from '../paths.mjs';
import { dim, duration, green, note, red, say, step } from '../terminal.mjs';
import { boot, listen } from './boot.mjs';
import { ensureKernel } from './debian.mjs';
import { makeInitramfs } from './initramfs.mjs';
import { hostName, kernels } from './kernels.mjs';
import { passedOf, reader } from './results.mjs';

/**
 * @typedef {import('./debian.mjs').Image} Image
 * @typedef {import('./results.mjs').Results} Results
 *
 * @typedef {object} Run
 * @property {string} kernel As `--kernel` takes it.
 * @property {Results} results
 * @property {Failure | null} failure Why the suite did not come to its end.
 * @property {number} ms
 */

/** A kernel takes a minute and a half on an idle core; on busy or slow ones much longer. */
const timeoutMs = 12 * 60_000;
/** The suite itself gives up waiting earlier, and says so. */
const silenceMs = 4 * 60_000;
const heartbeatMs = 60_000;
/** Each has one CPU and 1 GB of memory. */
const guestsAtOnce = Math.min(2, availableParallelism());

/**
 * Runs the scenario suite on kernels: on the running one alone, then on the others, two at a time.
 *
 * @param {readonly string[]} wanted Names of kernels.
 * @param {string} artifacts Folder where all that they say is kept.
 * @returns {Promise<Run[]>} In the order of `wanted`.
 * @throws {Failure} When interrupted, or when nothing can be booted.
 */
export async function runKernels(wanted, artifacts) {
  mkdirSync(artifacts, { recursive: true });
  const guests = kernels.filter(({ name }) => wanted.includes(name));
  const program = guests.length > 0 ? await busybox() : '';
  const images = await imagesOf(guests);
  /** @type {Run[]} */
  const runs = [];
  /** @type {Map<string, string>} */
  const underWay = new Map();
  const state = () => [...underWay].map(([name, detail]) => `${name}: ${detail}`).join(', ');

  await step(
    'Running the scenarios',
    async (progress) => {
      const heartbeat = process.stderr.isTTY
        ? null
        : setInterval(() => note(`Still running: ${state()}`), heartbeatMs);
      /** @param {string} name */
      const runOne = async (name) => {
        const one = await runKernel(name, images.get(name), {
          console: join(artifacts, `${name}.log`),
          busybox: program,
          progress: (detail) => {
            underWay.set(name, detail);
            progress(state());
          },
        });
        underWay.delete(name);
        runs.push(one);
        if (one.failure?.exitCode === 130) throw one.failure;
        sayEnd(one);
      };
      try {
        if (wanted.includes(hostName)) await runOne(hostName);
        const left = guests.map(({ name }) => name);
        const worker = async () => {
          for (let name = left.shift(); name !== undefined; name = left.shift()) await runOne(name);
        };
        await Promise.all(Array.from({ length: guestsAtOnce }, worker));
      } finally {
        if (heartbeat) clearInterval(heartbeat);
      }
    },
    () => runs.every(({ failure, results }) => failure === null && results.counts.FAIL === 0),
  );
  return runs.sort((a, b) => wanted.indexOf(a.kernel) - wanted.indexOf(b.kernel));
}

/**
 * @param {readonly import('./kernels.mjs').Kernel[]} wanted
 * @returns {Promise<Map<string, Image | Failure>>}
 */
async function imagesOf(wanted) {
  /** @type {Map<string, Image | Failure>} */
  const images = new Map();
  if (wanted.length === 0) return images;
  await step(
    `Having ${wanted.length === 1 ? 'a kernel' : 'kernels'} of Debian`,
    (progress) =>
      withLock(join(cacheDir, 'lock'), () =>
        Promise.all(
          wanted.map(async (kernel) => {
            try {
              images.set(kernel.name, await ensureKernel(kernel, progress));
            } catch (error) {
              if (!(error instanceof Failure)) throw error;
              images.set(kernel.name, error);
            }
          }),
        ),
      ),
    () => [...images.values()].every((image) => !(image instanceof Failure)),
  );
  return images;
}

/**
 * @param {string} name
 * @param {Image | Failure | undefined} image Of all but the running kernel.
 * @param {{ console: string, busybox: string, progress: (detail: string) => void }} options
 * @returns {Promise<Run>}
 */
async function runKernel(name, image, { console, busybox, progress }) {
  const begun = performance.now();
  const { read, results } = reader();
  /** @param {Failure | null} failure @returns {Run} */
  const ended = (failure) => ({ kernel: name, results, failure, ms: performance.now() - begun });
  if (image instanceof Failure) return ended(image);
  progress('starting');
  /** @param {string} line */
  const onLine = (line) => {
    read(line);
    progress(progressOf(results));
  };
  const options = { console, timeoutMs, silenceMs };
  try {
    const code = await (image ? runGuest(image, busybox, options, onLine) : runHost(options, onLine));
    if (results.done) return ended(null);
    throw new Failure(
      `${titleOf(name)}: the suite did not come to its end (exit code ${code})`,
      `What it said last is in ${console}.`,
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return ended(error);
  }
}

/** @param {string} name @returns {string} For people. */
export const titleOf = (name) => (name === hostName ? 'the running kernel' : `Linux ${name}`);

/** @param {Run} run */
function sayEnd({ kernel, results, failure, ms }) {
  const good = failure === null && results.counts.FAIL === 0;
  const failed = results.counts.FAIL + (failure ? 1 : 0);
  const counts = `${passedOf(results)} passed, ${failed} failed`;
  say(
    `${good ? green('✓') : red('✗')} ${results.release || titleOf(kernel)}: ${counts}  ${dim(duration(ms))}`,
  );
}

/** @param {Results} results */
function progressOf(results) {
  if (results.release === '') return 'booting';
  const { FAIL, UNSUPPORTED } = results.counts;
  const played = `${passedOf(results) + FAIL + UNSUPPORTED} scenarios played`;
  return FAIL > 0 ? `${played}, ${FAIL} failed` : played;
}

/**
 * Boots a kernel and runs one program in it, the scenario suite unless another is named.
 *
 * @typedef {{ console: string, timeoutMs: number, silenceMs: number }} Limits
 *
 * @param {Image} image
 * @param {string} program The static busybox.
 * @param {Limits} limits
 * @param {(line: string) => void} onLine
 * @param {{ suite?: string, countsInstructions?: boolean }} [options] `suite`: a static program.
 * @returns {Promise<number>} Exit code of the emulator.
 */
export async function runGuest({ vmlinuz, modules }, program, limits, onLine, options = {}) {
  const { suite = native.scenarios, countsInstructions = false } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'bindscope-kernels-'));
  try {
    const initramfs = join(scratch, 'initramfs');
    writeFileSync(initramfs, makeInitramfs({ busybox: program, scenarios: suite, modules }));
    return await boot({ vmlinuz, initramfs, countsInstructions, ...limits }, onLine);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** @param {Limits} limits @param {(line: string) => void} onLine */
async function runHost(limits, onLine) {
  if (isRoot) return listen(native.scenarios, [], limits, onLine);
  if ((await captured('sudo', ['-n', 'true'])).code !== 0) {
    throw new Failure(
      'The running kernel is tested as root, and sudo cannot be used here',
      `Run: sudo npm run test:kernels -- --kernel ${hostName}`,
    );
  }
  return listen('sudo', ['-n', native.scenarios], limits, onLine);
}

/** @returns {Promise<string>} The static busybox. */
export async function busybox() {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find((one) => existsSync(one));
  const { stdout } = await captured('readelf', ['--program-headers', path ?? 'busybox']);
  if (path && !stdout.includes('INTERP')) return path;
  throw new Failure('There is no static busybox', 'Install the package busybox-static.');
}
