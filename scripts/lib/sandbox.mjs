import { chmodSync, chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { captured } from './command.mjs';
import { Failure } from './failure.mjs';
import { cacheDir, isRoot } from './paths.mjs';
import { note } from './terminal.mjs';
import { userCommand } from './user.mjs';

/**
 * Chromium shuts its renderers in by user namespaces, or where the system forbids those by its
 * setuid program chrome-sandbox. Makes sure that one of them works. There is no third way: we never
 * run without the sandbox.
 *
 * @param {string} electron The executable.
 * @param {import('./user.mjs').User | null} user Who will run it; null: we ourselves.
 */
export async function ensureSandbox(electron, user) {
  const obstacle = await namespaceObstacle(user);
  if (!obstacle) return;
  const program = join(dirname(electron), 'chrome-sandbox');
  if (isSetuidRoot(program)) return;
  if (isRoot && program.startsWith(cacheDir) && existsSync(program)) {
    note(`User namespaces are not to be had (${obstacle}): giving ${program} the setuid bit instead`);
    chownSync(program, 0, 0);
    chmodSync(program, 0o4755);
    return;
  }
  throw new Failure(
    `Chromium's sandbox cannot work here: ${obstacle}, and ${program} is not setuid root`,
    `Run: sudo chown root:root '${program}' && sudo chmod 4755 '${program}'`,
  );
}

/** @param {string} path */
function isSetuidRoot(path) {
  if (!existsSync(path)) return false;
  const { uid, mode } = statSync(path);
  return uid === 0 && (mode & 0o4111) === 0o4111;
}

/**
 * @param {import('./user.mjs').User | null} user
 * @returns {Promise<string | null>} Why a user cannot make namespaces; null when they can.
 */
async function namespaceObstacle(user) {
  for (const [setting, forbidden] of /** @type {const} */ ([
    ['kernel/apparmor_restrict_unprivileged_userns', '1'],
    ['kernel/unprivileged_userns_clone', '0'],
    ['user/max_user_namespaces', '0'],
  ])) {
    const path = join('/proc/sys', setting);
    if (existsSync(path) && readFileSync(path, 'utf8').trim() === forbidden) {
      return `${setting.replace('/', '.')} is ${forbidden}`;
    }
  }
  const attempt = ['unshare', '--user', '--map-root-user', '--pid', '--net', '--fork', 'true'];
  const [command = 'unshare', ...args] = user ? userCommand(user, attempt) : attempt;
  const { code, stderr } = await captured(command, args, { cwd: '/' });
  return code === 0 ? null : stderr.trim() || 'making a user namespace fails';
}
