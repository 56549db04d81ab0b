import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { exitCode } from '../command.mjs';
import { Failure } from '../failure.mjs';
import { duration } from '../terminal.mjs';

const memory = '1024';

/**
 * Boots a kernel in an emulated machine, without KVM, and waits until it powers off.
 *
 * @param {{ vmlinuz: string, initramfs: string, countsInstructions?: boolean } & ListenOptions} machine
 *   `countsInstructions`: its clock goes on by a nanosecond with every instruction, and by nothing else.
 * @param {(line: string) => void} onLine What it says, line by line.
 */
export function boot({ vmlinuz, initramfs, countsInstructions = false, ...options }, onLine) {
  const args = [
    ...(countsInstructions ? ['-icount', 'shift=0,sleep=off'] : []),
    ...['-accel', 'tcg', '-cpu', 'max', '-m', memory, '-nodefaults', '-display', 'none'],
    ...['-serial', 'stdio', '-no-reboot', '-kernel', vmlinuz, '-initrd', initramfs],
    // A panic ends it: by the first two, it restarts at once, which -no-reboot makes an end.
    ...['-append', 'panic=-1 oops=panic console=ttyS0 quiet mitigations=off'],
  ];
  return listen('qemu-system-x86_64', args, options, onLine);
}

/**
 * Runs a command, keeps what it prints and hands it on by lines. It ends with us: by its time limits, and
 * by SIGINT, SIGTERM and SIGHUP.
 *
 * @typedef {object} ListenOptions
 * @property {string} console File where all it says is kept.
 * @property {number} timeoutMs For all of it.
 * @property {number} silenceMs For saying nothing.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ListenOptions} options
 * @param {(line: string) => void} onLine
 * @returns {Promise<number>} Exit code.
 * @throws {Failure} When it is ended.
 */
export async function listen(command, args, options, onLine) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(options.console);
  /** @type {Failure | null} */
  let ended = null;
  /** @param {Failure} why */
  const end = (why) => {
    ended ??= why;
    child.kill('SIGKILL');
  };
  const remedy = `What it said last is in ${options.console}.`;
  /** @param {number} ms @param {string} what */
  const endAfter = (ms, what) =>
    setTimeout(() => end(new Failure(`${command} ${what} ${duration(ms)}`, remedy)), ms);
  const timer = endAfter(options.timeoutMs, 'did not come to its end in');
  const silence = endAfter(options.silenceMs, 'said nothing for');
  const interrupted = () => end(new Failure('Interrupted', 'Run the command again.', 130));
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, interrupted);
  child.stderr.on('data', (text) => log.write(text));
  child.stdout.on('data', (text) => {
    silence.refresh();
    log.write(text);
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => onLine(line.trimEnd()));
  try {
    const [code] = await Promise.all([exitCode(child, command), once(lines, 'close')]);
    if (ended) throw ended;
    return code;
  } finally {
    clearTimeout(timer);
    clearTimeout(silence);
    for (const signal of signals) process.off(signal, interrupted);
    log.end();
  }
}
