import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { logged, loggedStatus } from './command.mjs';
import { app, native, root } from './paths.mjs';
import { fingerprintOf, isStamped, removeStamp, writeStamp } from './stamps.mjs';
import { buildEnvironment } from './system-packages.mjs';
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
  await step('Building eBPF programs, helper and addon', async () => {
    const env = buildEnvironment();
    const configure = [
      '-S',
      'native',
      '-B',
      native.buildDir,
      '-G',
      'Ninja',
      '-DCMAKE_BUILD_TYPE=RelWithDebInfo',
    ];
    // A build folder of an older CMake or a moved checkout cannot be configured again: once more from nothing.
    if ((await loggedStatus('cmake', configure, { log: 'native', env, remedy: '' })) !== 0) {
      rmSync(native.buildDir, { recursive: true, force: true });
      await logged('cmake', configure, {
        log: 'native',
        env,
        remedy: 'The lines above name what CMake lacks. After installing it, run the command again.',
      });
    }
    await logged('cmake', ['--build', native.buildDir, '--parallel', String(availableParallelism())], {
      log: 'native',
      append: true,
      env,
      remedy:
        'The compiler says above what is wrong. If sources were not changed, remove build/native and run the command again.',
    });
  });
  writeStamp('native', fingerprint);
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
