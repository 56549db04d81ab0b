import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  appReady,
  ensureApp,
  ensureFuzzTargets,
  ensureNative,
  ensureSanitized,
  ensureScenarios,
  fuzzTargetsReady,
  nativeReady,
  sanitizedReady,
  scenariosReady,
} from './builds.mjs';
import { exitCode } from './command.mjs';
import { ensureRuntime } from './electron/runtime.mjs';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { ensureNodeModules, nodeModulesReady } from './node-modules.mjs';
import { buildDir, isRoot, root } from './paths.mjs';
import { ensureSystemPackages, hasSanitizerRuntime } from './system-packages.mjs';
import { userCommand, userOf } from './user.mjs';

const oldestNode = [20, 19];

/**
 * @typedef {object} SetUp What a script needs.
 * @property {boolean} [forTests] System packages of the tests too.
 * @property {boolean} [forKernels] What boots other kernels, and the scenario suite.
 * @property {boolean} [sanitized] The C++ tests with sanitizers, and the fuzz targets where clang can make them.
 * @property {boolean} [fuzzTargets] The fuzz targets.
 * @property {boolean} [withoutElectron]
 * @property {boolean} [withoutApp] The bundle is not needed, as when it is about to be built anew.
 * @property {boolean} [retryElectron] Try the official download even if it failed lately.
 */

/**
 * Brings a checkout to where the app can run. Every step is skipped when its inputs are those of
 * the last time, so a second call takes a fraction of a second.
 *
 * @param {SetUp} [wish]
 */
export async function setUp(wish = {}) {
  checkNode();
  await ensureSystemPackages({ forTests: wish.forTests ?? false, forKernels: wish.forKernels ?? false });
  if (!builtFor(wish)) await buildAsOwner(wish);
}

/**
 * The same, with the Electron to run.
 *
 * @param {SetUp} [wish]
 */
export async function setUpWithElectron(wish = {}) {
  await setUp(wish);
  return ensureRuntime({
    retry: (wish.retryElectron ?? false) || process.env['BINDSCOPE_RETRY_ELECTRON'] === '1',
  });
}

/** Only what the checks of `npm run check` need. */
export async function setUpNodeModules() {
  checkNode();
  if (!nodeModulesReady()) await withLock(join(buildDir, 'lock'), ensureNodeModules);
}

/** @param {SetUp} wish */
const builtFor = (wish) =>
  nodeModulesReady() &&
  nativeReady() &&
  (wish.withoutApp === true || appReady()) &&
  (wish.forKernels !== true || scenariosReady()) &&
  (wish.sanitized !== true || sanitizedReady()) &&
  (!wantsFuzzTargets(wish) || fuzzTargetsReady());

/** @param {SetUp} wish */
const wantsFuzzTargets = (wish) =>
  wish.fuzzTargets === true || (wish.sanitized === true && hasSanitizerRuntime());

/** The steps that write into the checkout. @param {SetUp} wish */
export const build = (wish) =>
  withLock(join(buildDir, 'lock'), async () => {
    await ensureNodeModules();
    await ensureNative();
    if (!wish.withoutApp) await ensureApp();
    if (wish.forKernels) await ensureScenarios();
    if (wish.sanitized) await ensureSanitized();
    if (wantsFuzzTargets(wish)) await ensureFuzzTargets();
  });

/**
 * Root building in somebody else's checkout would leave files there that its owner cannot change,
 * so their build runs as them.
 *
 * @param {SetUp} wish
 */
async function buildAsOwner(wish) {
  const owner = isRoot ? userOf(statSync(root).uid) : null;
  if (!owner || owner.uid === 0) return build(wish);
  const [command, ...args] = userCommand(owner, [
    process.execPath,
    join(root, 'scripts', 'bootstrap.mjs'),
    '--build-only',
    ...(wish.withoutApp ? ['--without-app'] : []),
    ...(wish.forKernels ? ['--for-kernels'] : []),
    ...(wish.sanitized ? ['--sanitized'] : []),
    ...(wish.fuzzTargets ? ['--fuzz-targets'] : []),
  ]);
  const env = { ...process.env, HOME: owner.home, USER: owner.name, LOGNAME: owner.name };
  const code = await exitCode(spawn(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] }), command);
  if (code !== 0) throw new Failure(`The build as ${owner.name} failed`, 'See the lines above.', code);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Failure(
    `Node ${process.versions.node} at ${process.execPath} is too old: ${oldestNode.join('.')} or later is needed`,
    'Install a current Node (nodejs.org, nvm, or your distribution) and make sure it comes first on the PATH.',
  );
}
