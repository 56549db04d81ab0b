import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { logged, loggedStatus } from './command.mjs';
import { Failure } from './failure.mjs';
import { app, fuzz, native, root, sanitized } from './paths.mjs';
import { fingerprintOf, isStamped, removeStamp, writeStamp } from './stamps.mjs';
import { buildEnvironment, hasSanitizerRuntime } from './system-packages.mjs';
import { step } from './terminal.mjs';

/** @param {string} path */
const isTest = (path) => /\.test\.tsx?$/.test(path);

const nativeFingerprint = () =>
  fingerprintOf(
    [
      'native',
      'bpf',
      'node_modules/node-addon-api/package.json',
      'node_modules/node-api-headers/package.json',
    ],
    (path) => !path.endsWith('.ts') && !path.endsWith('.md'),
  );
const nativeOutputs = [native.addon, native.helper, native.coreTests, native.helperTests];

export const nativeReady = () => nativeOutputs.every(existsSync) && isStamped('native', nativeFingerprint());

/** Builds the eBPF programs, the helper, the addon and their tests. */
export async function ensureNative() {
  if (nativeReady()) return;
  const fingerprint = nativeFingerprint();
  removeStamp('native');
  await step('Building eBPF programs, helper and addon', () => cmake('native', native.buildDir, [], ['all']));
  writeStamp('native', fingerprint);
}

/**
 * Configures a build folder and builds in it.
 *
 * @param {string} log
 * @param {string} folder
 * @param {readonly string[]} definitions
 * @param {readonly string[]} targets
 */
async function cmake(log, folder, definitions, targets) {
  const env = buildEnvironment();
  const type = '-DCMAKE_BUILD_TYPE=RelWithDebInfo';
  const configure = ['-S', 'native', '-B', folder, '-G', 'Ninja', type, ...definitions];
  // A build folder of an older CMake or a moved checkout cannot be configured again: once more from nothing.
  if ((await loggedStatus('cmake', configure, { log, env, remedy: '' })) !== 0) {
    rmSync(folder, { recursive: true, force: true });
    await logged('cmake', configure, {
      log,
      env,
      remedy: 'The lines above name what CMake lacks. After installing it, run the command again.',
    });
  }
  const parallel = ['--parallel', String(availableParallelism())];
  await logged('cmake', ['--build', folder, ...parallel, '--target', ...targets], {
    log,
    append: true,
    env,
    remedy: `The compiler says above what is wrong. If sources were not changed, remove ${relative(root, folder)} and run the command again.`,
  });
}

export const sanitizedReady = () =>
  [sanitized.coreTests, sanitized.helperTests].every(existsSync) &&
  isStamped('sanitized', nativeFingerprint());

/** Builds the C++ tests, and the helper that they start, with the sanitizers. */
export async function ensureSanitized() {
  if (sanitizedReady()) return;
  const fingerprint = nativeFingerprint();
  removeStamp('sanitized');
  await step('Building the C++ tests with sanitizers', () =>
    cmake('sanitized', sanitized.buildDir, ['-DBINDSCOPE_SANITIZE=ON'], ['core-tests', 'helper-tests']),
  );
  writeStamp('sanitized', fingerprint);
}

export const fuzzTargetsReady = () =>
  [fuzz.programs, fuzz.seeds].every(existsSync) && isStamped('fuzz', nativeFingerprint());

/** Builds the fuzz targets, and writes anew what they begin with. */
export async function ensureFuzzTargets() {
  if (fuzzTargetsReady()) return;
  if (!hasSanitizerRuntime()) {
    throw new Failure(
      'clang++ cannot build fuzz targets here: it has no libclang_rt.fuzzer',
      "Install your system's equivalent of the Debian package libclang-rt-dev.",
    );
  }
  const fingerprint = nativeFingerprint();
  removeStamp('fuzz');
  const definitions = ['-DBINDSCOPE_FUZZ=ON', '-DCMAKE_CXX_COMPILER=clang++'];
  await step('Building the fuzz targets', async () => {
    await cmake('fuzz', fuzz.buildDir, definitions, ['fuzz-targets']);
    rmSync(fuzz.seeds, { recursive: true, force: true });
    await logged(join(fuzz.programs, 'seeds'), [fuzz.seeds], {
      log: 'fuzz',
      append: true,
      remedy: 'The line above names what it lacks.',
    });
  });
  writeStamp('fuzz', fingerprint);
}

export const scenariosReady = () =>
  existsSync(native.scenarios) && isStamped('scenarios', nativeFingerprint());

/** Builds the scenario suite, which the usual build leaves out. */
export async function ensureScenarios() {
  if (scenariosReady()) return;
  const fingerprint = nativeFingerprint();
  await step('Building the scenario suite', () =>
    logged('cmake', ['--build', native.buildDir, '--target', 'bindscope-scenarios'], {
      log: 'scenarios',
      env: buildEnvironment(),
      remedy:
        'An unknown target means that libbpf.a, libelf.a or libz.a is missing: install the packages that have them, remove build/native and run the command again.',
    }),
  );
  writeStamp('scenarios', fingerprint);
}

const appFingerprint = () =>
  fingerprintOf(
    [
      'contract',
      'discovery',
      'electron',
      'renderer',
      'cli',
      'native',
      'package.json',
      'package-lock.json',
      'electron.vite.config.ts',
      'tsconfig.base.json',
    ],
    (path) =>
      !isTest(path) && !(path.startsWith('native/') && !path.endsWith('.ts')) && !path.endsWith('.md'),
  );

export const appReady = () => Object.values(app).every(existsSync) && isStamped('app', appFingerprint());

/** Bundles main process, engine, command line, preload and window. */
export async function ensureApp() {
  if (appReady()) return;
  const fingerprint = appFingerprint();
  removeStamp('app');
  await step('Bundling the app', () =>
    logged(
      process.execPath,
      [join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build'],
      {
        log: 'app',
        env: { ...process.env, NODE_ENV: 'production' },
        remedy: 'The lines above name the file and the reason; mend it and run the command again.',
      },
    ),
  );
  writeStamp('app', fingerprint);
}
