import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { exitCode } from './command.mjs';
import { fuzz, logDir, root } from './paths.mjs';
import { findingsIn, sanitizerEnvironment } from './sanitizers.mjs';

/**
 * @typedef {import('./sanitizers.mjs').Finding} Finding
 *
 * @typedef {object} Progress What libFuzzer says of itself.
 * @property {number} runs Inputs played.
 * @property {number} perSecond
 * @property {number} coverage Edges of the program reached.
 * @property {number} kept Inputs of the corpus.
 *
 * @typedef {object} FuzzRun
 * @property {string} target
 * @property {Progress} progress
 * @property {Finding | null} finding
 * @property {string | null} file Of the input that broke something.
 * @property {string} log
 */

/** @returns {string[]} Names of the targets, in alphabetical order. */
export const fuzzTargets = () =>
  readdirSync(join(root, 'native', 'fuzz', 'targets'))
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => name.slice(0, -'.cpp'.length))
    .sort();

/** @type {Progress} */
const nothingYet = { runs: 0, perSecond: 0, coverage: 0, kept: 0 };

/**
 * @param {string} line Of libFuzzer's output.
 * @returns {Progress | null} `#1024 NEW cov: 300 ft: 1037 corp: 108/86Kb … exec/s: 20727 rss: 594Mb`
 */
export function progressIn(line) {
  const runs = /^#(\d+)\s/.exec(line)?.[1];
  const coverage = / cov: (\d+)/.exec(line)?.[1];
  if (runs === undefined || coverage === undefined) return null;
  return {
    runs: Number(runs),
    coverage: Number(coverage),
    kept: Number(/ corp: (\d+)/.exec(line)?.[1] ?? 0),
    perSecond: Number(/ exec\/s: (\d+)/.exec(line)?.[1] ?? 0),
  };
}

/** @param {string} output @returns {string | null} The file that libFuzzer put a finding into. */
export const findingFileIn = (output) => /Test unit written to (\S+)/.exec(output)?.[1] ?? null;

/**
 * Plays inputs to a target: those that are there and, for so many seconds, new ones. SIGINT and SIGTERM
 * end it.
 *
 * @param {string} target
 * @param {{ seconds: number, onProgress?: (progress: Progress) => void }} options `seconds`: 0 to play
 *   seeds and regressions only, once.
 * @returns {Promise<FuzzRun>}
 */
export async function runTarget(target, { seconds, onProgress }) {
  const corpus = join(fuzz.corpus, target);
  for (const folder of [corpus, fuzz.findings, logDir]) mkdirSync(folder, { recursive: true });
  const given = [join(fuzz.seeds, target), join(fuzz.regressions, target)].filter((dir) => existsSync(dir));
  const child = spawn(
    join(fuzz.programs, target),
    [
      ...(seconds > 0 ? [`-max_total_time=${seconds}`] : ['-runs=0']),
      '-timeout=20',
      `-artifact_prefix=${join(fuzz.findings, `${target}-`)}`,
      ...(seconds > 0 ? [corpus] : []),
      ...given,
    ],
    { cwd: root, env: sanitizerEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const path = join(logDir, `fuzz-${target}.log`);
  const log = createWriteStream(path);
  /** @type {string[]} */
  let tail = [];
  let progress = nothingYet;
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    log.write(`${line}\n`);
    const told = progressIn(line);
    if (told) {
      progress = told;
      onProgress?.(told);
    } else tail = [...tail.slice(-200), line];
  });
  const interrupt = () => void child.kill('SIGINT');
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, interrupt);
  const read = new Promise((resolve) => lines.once('close', resolve));
  try {
    const [code] = await Promise.all([exitCode(child, target), read]);
    const output = tail.join('\n');
    const file = findingFileIn(output);
    return {
      target,
      progress,
      finding: code === 0 || code === interrupted ? null : findingOf(output, code),
      file: file === null ? null : relative(root, file),
      log: relative(root, path),
    };
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
    log.end();
  }
}

/** Exit code of libFuzzer after a SIGINT. */
const interrupted = 72;

/** @param {string} output @param {number} code @returns {Finding} */
const findingOf = (output, code) =>
  findingsIn(output)[0] ?? {
    name: `ended with code ${code}`,
    message: output.split('\n').slice(-30).join('\n'),
  };

/** @param {FuzzRun} run @returns {string} The command that plays a finding again. */
export const replayCommand = ({ target, file }) =>
  [relative(root, join(fuzz.programs, target)), ...(file === null ? [] : [file])].join(' ');
