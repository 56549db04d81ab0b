import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { exitCode } from './command.mjs';

/** A signal that comes again within this time is the same one, by another way. */
const sameSignalMs = 300;
/** How long a program has to react to a Ctrl-C that it should have got from the terminal itself. */
const terminalGraceMs = 2_000;

/**
 * Runs a program in our place: signals are passed on, and the exit code handed back.
 *
 * A Ctrl-C at a terminal reaches every process of the foreground group, the program included, so
 * there it is not passed on at once. Elsewhere the program gets a session of its own, so that it
 * gets each signal once, from us.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, cwd?: string, stderr?: (text: string) => string }} options
 *   `stderr` rewrites the program's lines on stderr.
 * @returns {Promise<number>}
 */
export async function foreground(command, args, options) {
  const atTerminal = hasTerminal();
  const child = spawn(command, args, {
    env: options.env,
    cwd: options.cwd ?? process.cwd(),
    stdio: ['inherit', 'inherit', options.stderr ? 'pipe' : 'inherit'],
    detached: !atTerminal,
  });
  if (options.stderr && child.stderr) rewriteLines(child.stderr, options.stderr);

  /** @type {Map<NodeJS.Signals, number>} */
  const last = new Map();
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    const now = performance.now();
    if (now - (last.get(signal) ?? -Infinity) < sameSignalMs) return;
    last.set(signal, now);
    if (atTerminal && signal === 'SIGINT') {
      setTimeout(() => child.exitCode === null && child.kill(signal), terminalGraceMs).unref();
    } else {
      child.kill(signal);
    }
  };
  /** @type {NodeJS.Signals[]} */
  const passed = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
  for (const signal of passed) process.on(signal, pass);
  try {
    return await exitCode(child, command);
  } finally {
    for (const signal of passed) process.off(signal, pass);
  }
}

/** Whether we belong to the foreground group of a terminal. */
function hasTerminal() {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const [, , group, , terminal, foregroundGroup] = fields;
  return terminal !== '0' && group === foregroundGroup;
}

/**
 * @param {import('node:stream').Readable} stream
 * @param {(text: string) => string} rewrite
 */
function rewriteLines(stream, rewrite) {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text) => {
    const end = (rest + text).lastIndexOf('\n') + 1;
    process.stderr.write(rewrite((rest + text).slice(0, end)));
    rest = (rest + text).slice(end);
  });
  stream.on('end', () => process.stderr.write(rewrite(rest)));
}
