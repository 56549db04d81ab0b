import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attached, captured, loggedStatus } from './command.mjs';
import { runChecks } from './checks.mjs';
import { ensureNewerRuntime } from './electron/runtime.mjs';
import { fuzzTargets, replayCommand, runTarget } from './fuzz.mjs';
import { isRoot, logDir, native, reportDir, root, sanitized } from './paths.mjs';
import { nothing, readJunit, readPlaywright, readVitest } from './reports.mjs';
import { findingsIn, sanitizerEnvironment } from './sanitizers.mjs';
import { hasSanitizerRuntime } from './system-packages.mjs';
import { note } from './terminal.mjs';

/**
 * @typedef {import('./reports.mjs').Outcome} Outcome
 *
 * @typedef {object} Suite
 * @property {string} name For `--only`.
 * @property {string} title
 * @property {boolean} talks Shows its own progress.
 * @property {() => Promise<Outcome>} run
 */

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const playwright = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
const integrationConfig = ['--config', 'native/integration/vitest.config.ts'];
const suiteTimeoutMs = 12 * 60_000;

/**
 * @param {string} electron The executable that end-to-end tests run.
 * @param {{ allRuntimes: boolean }} options
 * @returns {Suite[]} In the order they run.
 */
export function suites(electron, { allRuntimes }) {
  /** @type {Suite[]} */
  const list = [
    { name: 'check', title: 'format, lint, types, import rules', talks: true, run: checks },
    {
      name: 'unit',
      title: 'unit tests (TypeScript)',
      talks: false,
      run: () => reported('unit', [process.execPath, vitest, 'run', ...vitestReport('unit')], readVitest),
    },
    { name: 'cpp', title: 'unit tests (C++)', talks: false, run: cpp },
    { name: 'sanitize', title: 'C++ with sanitizers; fuzzed inputs', talks: false, run: sanitize },
    { name: 'integration', title: 'real kernel, real sockets', talks: false, run: integration },
    { name: 'e2e', title: 'end to end, in the app', talks: false, run: () => endToEnd('e2e', electron) },
  ];
  if (allRuntimes) {
    list.push({
      name: 'e2e',
      title: 'end to end, on a newer Electron',
      talks: false,
      run: async () => endToEnd('e2e-newer', (await ensureNewerRuntime()).executable),
    });
  }
  return list;
}

/** @param {string} name */
const reportPath = (name) => join(reportDir, name);

/** @param {string} name */
const vitestReport = (name) => [
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${reportPath(`${name}.json`)}`,
];

/**
 * Runs a suite and reads its report. A suite that ends badly without telling a failed test counts
 * as one failure, with the end of its output.
 *
 * @param {string} name Of log and report.
 * @param {readonly [string, ...string[]]} command
 * @param {(path: string) => Outcome} read
 * @param {{ env?: NodeJS.ProcessEnv, extension?: string }} [options]
 * @returns {Promise<Outcome>}
 */
async function reported(name, [program, ...args], read, { env = process.env, extension = 'json' } = {}) {
  const report = reportPath(`${name}.${extension}`);
  mkdirSync(reportDir, { recursive: true });
  rmSync(report, { force: true });
  const log = `test-${name}`;
  const code = await loggedStatus(program, args, { log, env, remedy: '', timeoutMs: suiteTimeoutMs });
  const outcome = existsSync(report) ? read(report) : nothing();
  if (code !== 0 && outcome.failures.length === 0) {
    const tail = readFileSync(join(logDir, `${log}.log`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-30);
    outcome.failures.push({ name: `${name} ended with code ${code}`, message: tail.join('\n') });
  }
  return outcome;
}

/** @returns {Promise<Outcome>} */
async function checks() {
  const results = await runChecks();
  return {
    passed: results.filter(({ passed }) => passed).length,
    failures: results.filter(({ passed }) => !passed).map(({ name, output }) => ({ name, message: output })),
    skipped: [],
  };
}

const cpp = () =>
  testPrograms([
    ['core-tests', native.coreTests],
    ['helper-tests', native.helperTests],
  ]);

/**
 * @param {readonly (readonly [name: string, program: string])[]} programs Of doctest.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Outcome>}
 */
async function testPrograms(programs, env = process.env) {
  const total = nothing();
  for (const [name, program] of programs) {
    const command = /** @type {const} */ ([
      program,
      '--reporters=junit',
      `--out=${reportPath(`${name}.xml`)}`,
    ]);
    add(total, await reported(name, command, readJunit, { env, extension: 'xml' }));
  }
  return total;
}

/** @param {Outcome} total @param {Outcome} more */
function add(total, more) {
  total.passed += more.passed;
  total.failures.push(...more.failures);
  total.skipped.push(...more.skipped);
}

/**
 * The C++ tests, and the helper that they start, with the address and undefined behaviour sanitizers; what
 * fuzzing begins with and what it once found. What a sanitizer says is a failure, also where the test
 * passed because a process that it started broke, and comes first.
 *
 * @returns {Promise<Outcome>}
 */
async function sanitize() {
  const names = /** @type {const} */ (['sanitized-core-tests', 'sanitized-helper-tests']);
  const [core, helper] = names;
  const total = await testPrograms(
    [
      [core, sanitized.coreTests],
      [helper, sanitized.helperTests],
    ],
    sanitizerEnvironment(),
  );
  total.failures.unshift(
    ...names.flatMap((name) => findingsIn(readFileSync(join(logDir, `test-${name}.log`), 'utf8'))),
  );
  if (!hasSanitizerRuntime()) {
    total.skipped.push('regressions of the fuzz targets (clang has no libclang_rt.fuzzer)');
    return total;
  }
  for (const target of fuzzTargets()) {
    const run = await runTarget(target, { seconds: 0 });
    if (run.finding) {
      const again = `Again: ${replayCommand(run)}`;
      const message = `${run.finding.name}\n${again}\n${run.finding.message}`;
      total.failures.push({ name: `regressions of fuzz target ${target}`, message });
    } else total.passed += 1;
  }
  return total;
}

/**
 * Loading eBPF needs root. Without it the tests are not run but named as skipped.
 *
 * @returns {Promise<Outcome>}
 */
async function integration() {
  const command = /** @type {const} */ ([
    process.execPath,
    vitest,
    'run',
    ...integrationConfig,
    ...vitestReport('integration'),
  ]);
  if (isRoot) return reported('integration', command, readVitest);
  if ((await captured('sudo', ['-n', 'true'])).code === 0) {
    const path = `PATH=${process.env['PATH'] ?? ''}`;
    return reported('integration', ['sudo', '-n', 'env', path, ...command], readVitest);
  }
  const list = reportPath('integration-list.json');
  const { code, stderr } = await captured(process.execPath, [
    vitest,
    'list',
    ...integrationConfig,
    `--json=${list}`,
  ]);
  if (code !== 0) return { ...nothing(), failures: [{ name: 'integration', message: stderr }] };
  /** @type {{ name: string }[]} */
  const tests = JSON.parse(readFileSync(list, 'utf8'));
  return { ...nothing(), skipped: tests.map(({ name }) => `${name} (needs root)`) };
}

/**
 * @param {string} name
 * @param {string} electron
 */
const endToEnd = (name, electron) =>
  reported(
    name,
    [process.execPath, playwright, 'test', '--config', 'e2e/playwright.config.ts'],
    readPlaywright,
    {
      env: {
        ...process.env,
        BINDSCOPE_ELECTRON: electron,
        BINDSCOPE_ARTIFACTS: name,
        PLAYWRIGHT_JSON_OUTPUT_FILE: reportPath(`${name}.json`),
      },
    },
  );

/** Asks for sudo once, at the start, so that nobody has to come back for it. */
export async function askForSudo() {
  if (isRoot || !process.stdin.isTTY || process.env['CI'] === 'true') return;
  if ((await captured('sudo', ['-n', 'true'])).code === 0) return;
  note('Tests that load eBPF need root; without the password they are skipped');
  await attached('sudo', ['-v'], { stdout: 'stderr' }).catch(() => 1);
}
