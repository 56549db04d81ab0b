import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from './failure.mjs';
import { note } from './terminal.mjs';

/**
 * Runs `work` while holding an exclusive lock that other processes see. The kernel's file lock is
 * held by a `flock` whose stdin is ours, so it is released whichever way we end.
 *
 * @template T
 * @param {string} path Lock file; its folder is made.
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  let release = await hold(path, ['--nonblock']);
  if (!release) {
    note('Another set-up is running; waiting for it to finish');
    release = await hold(path, []);
  }
  if (!release) {
    throw new Failure(`Cannot lock ${path}`, `Check that this user may write to ${dirname(path)}.`);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * @param {string} path
 * @param {string[]} options Of flock.
 * @returns {Promise<(() => void) | null>} Releases the lock; null when it is not to be had.
 */
function hold(path, options) {
  return new Promise((resolve, reject) => {
    const holder = spawn('flock', [...options, path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C is for us to handle: the lock is released when we are gone.
      detached: true,
    });
    holder.once('error', (error) =>
      reject(new Failure(`Cannot run flock: ${error.message}`, 'Install the package util-linux.')),
    );
    holder.once('exit', () => resolve(null));
    holder.stdout.once('data', () =>
      resolve(() => {
        holder.stdin.end();
      }),
    );
  });
}
