import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { root } from './paths.mjs';
import { fingerprintOf, isStamped, writeStamp } from './stamps.mjs';
import { step } from './terminal.mjs';

/** Inside, so that it goes when the folder goes. */
const stamp = join(root, 'node_modules', '.bindscope-stamp');
const fingerprint = () => fingerprintOf(['package-lock.json', '.npmrc']);

export const nodeModulesReady = () => isStamped(stamp, fingerprint()) || matchesLock();

export async function ensureNodeModules() {
  if (!nodeModulesReady()) {
    await step('Installing npm packages', () =>
      npm(['ci', '--include=dev', '--no-progress'], {
        log: 'npm-ci',
        remedy:
          'If npm says that package.json and package-lock.json disagree, run `npm install`. Else check that npm reaches its registry (`npm ping`) and that there is room on the disk, then run the command again.',
      }),
    );
  }
  if (!isStamped(stamp, fingerprint())) writeStamp(stamp, fingerprint());
}

/**
 * Whether what npm says it installed is what the lock file asks for: somebody may have run
 * `npm ci` by hand.
 */
function matchesLock() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  /** @type {Record<string, { version?: string, optional?: boolean }>} */
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  /** @type {Record<string, { version?: string }>} */
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found ? found.version === version : optional === true;
  });
}
