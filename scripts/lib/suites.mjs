import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attached, captured, loggedStatus } from './command.mjs';
import { runChecks } from './checks.mjs';
import { ensureNewerRuntime } from './electron/runtime.mjs';
import { isRoot, logDir, native, reportDir, root } from './paths.mjs';
import { nothing, readJunit, readPlaywright, readVitest } from './reports.mjs';
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

/** @returns {Promise<Outcome>} */
async function cpp() {
  const total = nothing();
  for (const [name, program] of /** @type {const} */ ([
    ['core-tests', native.coreTests],
    ['helper-tests', native.helperTests],
  ])) {
    const report = reportPath(`${name}.xml`);
    const command = /** @type {const} */ ([program, '--reporters=junit', `--out=${report}`]);
    const outcome = await reported(name, command, readJunit, { extension: 'xml' });
    total.passed += outcome.passed;
    total.failures.push(...outcome.failures);
    total.skipped.push(...outcome.skipped);
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
