import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { captured, loggedStatus } from './command.mjs';
import { logDir, root } from './paths.mjs';
import { filesBelow } from './stamps.mjs';
import { dim, duration, green, red, say } from './terminal.mjs';

/** How many run at a time: the type-aware ones need 1 GB each. */
const atOnce = 2;

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {readonly [string, ...string[]]} command
 *
 * @typedef {object} CheckResult
 * @property {string} name
 * @property {boolean} passed
 * @property {string} output
 */

/** @param {string} name @param {...string} args @returns {Check} */
const tool = (name, ...args) => {
  const [path = '', ...rest] = args;
  return { name, command: [process.execPath, join(root, 'node_modules', path), ...rest] };
};

/** @returns {Promise<Check[]>} Longest first. */
async function checks() {
  const list = [
    tool('lint (eslint)', 'eslint/bin/eslint.js', '.'),
    ...['pure', 'node', 'web', 'e2e'].map((project) =>
      tool(`types (tsc, ${project})`, 'typescript/bin/tsc', '-p', `tsconfig.${project}.json`),
    ),
    tool(
      'import rules (dependency-cruiser)',
      'dependency-cruiser/bin/dependency-cruise.mjs',
      ...['contract', 'discovery', 'native', 'electron', 'renderer', 'cli'],
      '--config',
    ),
    tool('format (prettier)', 'prettier/bin/prettier.cjs', '--check', '.'),
  ];
  const sources = ['native', 'bpf'].flatMap(filesBelow).filter((path) => /\.(c|cpp|h)$/.test(path));
  if ((await captured('clang-format', ['--version'])).code === 0 && sources.length > 0) {
    list.push({
      name: 'format (clang-format)',
      command: ['clang-format', '--dry-run', '--Werror', ...sources],
    });
  }
  return list;
}

/**
 * Runs every check, also when one before it failed, and tells each with its time.
 *
 * @returns {Promise<CheckResult[]>}
 */
export async function runChecks() {
  const waiting = await checks();
  /** @type {CheckResult[]} */
  const results = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { name, command } = check;
      const begun = performance.now();
      const log = `check-${name.replaceAll(/\W+/g, '-')}`;
      const [program, ...args] = command;
      const passed = (await loggedStatus(program, args, { log, remedy: '' })) === 0;
      const output = readFileSync(join(logDir, `${log}.log`), 'utf8').trim();
      results.push({ name, passed, output });
      say(`${passed ? green('✓') : red('✗')} ${name}  ${dim(duration(performance.now() - begun))}`);
      if (!passed) say(output.replaceAll(/^/gm, '  │ '));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
