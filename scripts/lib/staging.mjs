import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { captured } from './command.mjs';
import { Failure } from './failure.mjs';
import { app, cacheDir, native, root } from './paths.mjs';
import { fingerprintOf } from './stamps.mjs';
import { isComplete, makeTree } from './tree.mjs';
import { userCommand } from './user.mjs';

/**
 * When root starts a session for another user, that user may not be able to read what is to be run:
 * the checkout may lie below /root, Node may come from root's nvm. What cannot be read is copied to
 * the cache, which everybody can read.
 */

const stageDir = join(cacheDir, 'stage');
const keepStagesMs = 24 * 3_600_000;
/** The parts of a checkout that are needed at run time. */
const runtimeParts = ['package.json', 'out', 'build/native/bindscope.node', 'resources'];

/**
 * @param {import('./user.mjs').User} user
 * @param {readonly (readonly ['r' | 'w' | 'x', string])[]} wishes Read, write or execute, and a path.
 * @returns {Promise<boolean[]>} Whether the user can, one by one.
 */
export async function canAccess(user, wishes) {
  const script = 'while [ $# -gt 0 ]; do test "-$1" "$2" && echo 1 || echo 0; shift 2; done';
  const [command, ...args] = userCommand(user, ['/bin/sh', '-c', script, 'sh', ...wishes.flat()]);
  const { code, stdout, stderr } = await captured(command, args, { cwd: process.cwd() });
  if (code !== 0) {
    throw new Failure(
      `Cannot run a program as the user ${user.name}: ${stderr.trim()}`,
      'This container or machine lets root not become another user (CAP_SETUID is missing). Start as an ordinary user instead.',
    );
  }
  return stdout
    .trim()
    .split('\n')
    .map((line) => line === '1');
}

/**
 * Where a user can run the app from: the checkout, or a copy.
 *
 * @param {import('./user.mjs').User} user
 * @param {readonly string[]} [extra] Further paths of the checkout that are needed.
 * @returns {Promise<string>}
 */
export async function appFolderFor(user, extra = []) {
  const needed = [app.main, app.cli, app.page, native.addon, ...extra.map((path) => join(root, path))];
  const readable = await canAccess(
    user,
    needed.map((path) => /** @type {const} */ (['r', path])),
  );
  if (!readable.includes(false)) return root;

  const parts = [...runtimeParts, ...extra];
  const base = join(stageDir, shortHash(root));
  const dir = join(base, fingerprintOf(parts).slice(0, 16));
  if (!isComplete(dir)) {
    await makeTree(dir, { checkout: root }, async (scratch) => {
      for (const part of parts) {
        mkdirSync(dirname(join(scratch, part)), { recursive: true });
        cpSync(join(root, part), join(scratch, part), { recursive: true });
      }
    });
    removeOldStages(base, dir);
  }
  return dir;
}

/**
 * A program a user can run: the one given, or a copy of it, for an Electron with its whole folder.
 *
 * @param {import('./user.mjs').User} user
 * @param {string} executable
 * @param {{ wholeFolder: boolean }} options
 * @returns {Promise<string>}
 */
export async function executableFor(user, executable, { wholeFolder }) {
  const [runnable] = await canAccess(user, [['x', executable]]);
  if (runnable) return executable;
  const { mtimeMs, size } = statSync(executable);
  const dir = join(stageDir, shortHash(`${executable} ${mtimeMs} ${size}`));
  const copy = join(dir, basename(executable));
  if (!isComplete(dir)) {
    await makeTree(dir, { executable }, async (scratch) => {
      if (wholeFolder) cpSync(dirname(executable), scratch, { recursive: true, verbatimSymlinks: true });
      else cpSync(executable, join(scratch, basename(executable)));
    });
  }
  return copy;
}

/** @param {string} text */
const shortHash = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/**
 * Copies of earlier builds; those of the last day may still be running.
 *
 * @param {string} base
 * @param {string} current
 */
function removeOldStages(base, current) {
  for (const name of readdirSync(base)) {
    const dir = join(base, name);
    if (dir !== current && Date.now() - statSync(dir).mtimeMs > keepStagesMs) {
      rmSync(dir, { recursive: true, force: true });
    }
  }
}
