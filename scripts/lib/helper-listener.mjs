import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { isRoot, native } from './paths.mjs';

/**
 * @typedef {object} HelperListener
 * @property {string} socket Where it listens; for BINDSCOPE_HELPER_SOCKET.
 * @property {number} pid
 * @property {() => Promise<void>} stop
 */

const startTimeoutMs = 5_000;
const stopTimeoutMs = 2_000;
const folderPrefix = 'bindscope-session-';

/**
 * Starts a helper that serves one user, as root: directly, or by a sudo that asks for nothing. It
 * ends when we do, whichever way: it watches its stdin, which is a pipe of ours.
 *
 * @param {number} peerUid The only user it hands descriptors to.
 * @param {readonly string[]} [options] Of the helper; those of BINDSCOPE_HELPER_OPTIONS come after them.
 * @returns {Promise<HelperListener>}
 */
export async function startHelperListener(peerUid, options = []) {
  const asked = (process.env['BINDSCOPE_HELPER_OPTIONS'] ?? '').split(/\s+/).filter((word) => word !== '');
  const parent = isRoot && existsSync('/run') ? '/run' : tmpdir();
  removeLeftovers(parent);
  // Others may pass through, but not replace the socket.
  const dir = mkdtempSync(join(parent, `${folderPrefix}${process.pid}-`));
  chmodSync(dir, 0o711);
  const socket = join(dir, 'helper.sock');
  /** @type {[string, ...string[]]} */
  const [command, ...args] = isRoot ? [native.helper] : ['sudo', '-n', native.helper];
  const child = spawn(
    command,
    [
      ...[...args, '--listen', socket, '--peer-uid', String(peerUid), '--until-stdin-closes'],
      ...[...options, ...asked],
    ],
    // Detached: Ctrl-C at the terminal is for the program that is served, and that comes first.
    { stdio: ['pipe', 'ignore', 'pipe'], detached: true, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (words += text));
  /** @type {Promise<string>} */
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(words.trim() || `it ended with ${signal ?? code}`));
  });
  // It may be gone before we hang up.
  child.stdin.on('error', () => undefined);

  const deadline = performance.now() + startTimeoutMs;
  while (!existsSync(socket)) {
    const end = await Promise.race([ended, sleep(5)]);
    if (end === undefined && performance.now() < deadline) continue;
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
    throw new Failure(
      `The privileged helper did not start: ${end ?? 'it does not listen'}`,
      `Run ${native.helper} --listen /run/bindscope-try.sock --peer-uid ${peerUid} to see more.`,
    );
  }
  child.unref();
  return {
    socket,
    pid: child.pid ?? 0,
    stop: async () => {
      child.ref();
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
      await ended;
      clearTimeout(timer);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Folders of sessions that were killed. @param {string} parent */
function removeLeftovers(parent) {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}
