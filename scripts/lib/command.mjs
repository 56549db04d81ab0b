import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, dirname, relative, resolve } from 'node:path';
import { Failure } from './failure.mjs';
import { logDir, root } from './paths.mjs';
import { say } from './terminal.mjs';

/** Of a log that is shown on failure: some programs name the reason first, most last. */
const headLines = 8;
const tailLines = 24;
const longestMs = 2 * 3_600_000;

/**
 * @typedef {object} LoggedOptions
 * @property {string} log Path of the log, without `.log`; a plain name is one below build/logs.
 * @property {string} remedy What to do when it fails.
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd] Default: the checkout.
 * @property {boolean} [append] Goes on in a log that an earlier command began.
 * @property {number} [timeoutMs] The command is killed when it takes longer. Default: two hours.
 */

/**
 * Runs a command with its output in a log file. When it fails the end of the log is shown and a
 * Failure thrown.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {LoggedOptions} options
 */
export async function logged(command, args, options) {
  const path = resolve(logDir, `${options.log}.log`);
  const code = await loggedStatus(command, args, options);
  if (code === 0) return;
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const shown =
    lines.length <= headLines + tailLines + 1
      ? lines
      : [...lines.slice(0, headLines), '…', ...lines.slice(-tailLines)];
  say(shown.map((line) => `  │ ${line}`).join('\n'));
  const name =
    command === process.execPath ? basename(args[0] ?? '').replace(/(-cli)?\.[cm]?js$/, '') : command;
  const rest = args.slice(command === process.execPath ? 1 : 0).slice(0, 3);
  throw new Failure(
    `${[name, ...rest].join(' ')} failed (${code}); all of its output is in ${path.startsWith(root) ? relative(root, path) : path}`,
    options.remedy,
  );
}

/**
 * Like `logged`, but hands back the exit code (128 + signal for a signal).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {LoggedOptions} options
 * @returns {Promise<number>}
 */
export async function loggedStatus(command, args, options) {
  const path = resolve(logDir, `${options.log}.log`);
  mkdirSync(dirname(path), { recursive: true });
  const log = openSync(path, options.append ? 'a' : 'w');
  try {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...(options.env ?? process.env), NO_COLOR: '1' },
      stdio: ['ignore', log, log],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? longestMs);
    try {
      return await exitCode(child, command);
    } finally {
      clearTimeout(timer);
    }
  } finally {
    closeSync(log);
  }
}

/**
 * Runs a command on our own terminal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, stdout?: 'inherit' | 'stderr' }} [options]
 * @returns {Promise<number>} Its exit code.
 */
export function attached(command, args, options = {}) {
  return exitCode(
    spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['inherit', options.stdout === 'stderr' ? 2 : 'inherit', 'inherit'],
    }),
    command,
  );
}

/**
 * Runs a command and takes what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>} Code 127 when it cannot be run.
 */
export function captured(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.once('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
    child.once('close', (code, signal) => resolve({ code: statusOf(code, signal), stdout, stderr }));
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} name
 * @returns {Promise<number>}
 */
export function exitCode(child, name) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new Failure(`Cannot run ${name}: ${error.message}`, `Check that ${name} is installed.`)),
    );
    child.once('exit', (code, signal) => resolve(statusOf(code, signal)));
  });
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 * @returns {number} As a shell tells it.
 */
function statusOf(code, signal) {
  if (code !== null) return code;
  return 128 + (signal ? constants.signals[signal] : 0);
}
