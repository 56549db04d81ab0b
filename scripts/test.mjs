// `npm test`: sets up what is missing, then runs every check and test.
import { setUp, setUpWithElectron } from './lib/bootstrap.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { askForSudo, suites } from './lib/suites.mjs';
import { bold, dim, duration, note, red, step, yellow } from './lib/terminal.mjs';

const names = ['check', 'unit', 'cpp', 'sanitize', 'integration', 'e2e'];
const usage = `npm test -- [options]

Sets up what is missing, then runs every check and test.

  --only NAMES      some suites, by comma: ${names.join(', ')}
  --all-runtimes    the end-to-end tests once more on a newer Electron (always so when CI=true)
  --retry-electron  try the official Electron download even if it failed in the last 24 hours
  --help            this text
`;
const messageLines = 15;

/**
 * @typedef {import('./lib/suites.mjs').Suite} Suite
 * @typedef {import('./lib/reports.mjs').Outcome} Outcome
 * @typedef {{ suite: Suite, outcome: Outcome, ms: number }} Run
 */

await runMain(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  /** @type {Run[]} */
  const runs = [];
  try {
    for (const suite of await chosen(options)) runs.push(await runSuite(suite));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`\nbindscope: ${error.message}\n  → ${error.remedy}\n`);
    runs.push({
      suite: { name: 'set-up', title: 'set-up', talks: false, run: () => Promise.reject(error) },
      outcome: failedWith('set-up', error),
      ms: 0,
    });
  }
  return summarise(runs);
});

/** @param {{ only: string[], allRuntimes: boolean, retryElectron: boolean }} options */
async function chosen({ only, allRuntimes, retryElectron }) {
  const wish = { forTests: true, retryElectron, sanitized: only.includes('sanitize') };
  if (only.includes('integration')) await askForSudo();
  let electron = '';
  if (only.includes('e2e')) {
    const runtime = await setUpWithElectron(wish);
    note(runtime.why);
    electron = runtime.executable;
  } else {
    await setUp(wish);
  }
  return suites(electron, { allRuntimes }).filter(({ name }) => only.includes(name));
}

/**
 * @param {Suite} suite
 * @returns {Promise<Run>}
 */
async function runSuite(suite) {
  const begun = performance.now();
  const run = () =>
    suite.run().catch((error) => {
      if (!(error instanceof Failure)) throw error;
      return failedWith(suite.name, error);
    });
  const outcome = await (suite.talks
    ? run()
    : step(`Running: ${suite.title}`, run, ({ failures }) => failures.length === 0));
  for (const { name } of outcome.failures) process.stdout.write(`${red('✗')} ${name}\n`);
  return { suite, outcome, ms: performance.now() - begun };
}

/**
 * @param {string} name
 * @param {Failure} error
 * @returns {Outcome}
 */
const failedWith = (name, error) => ({
  passed: 0,
  failures: [{ name, message: `${error.message}\n→ ${error.remedy}` }],
  skipped: [],
});

/**
 * @param {readonly Run[]} runs
 * @returns {number} Exit code.
 */
function summarise(runs) {
  /** @type {(text?: string) => void} */
  const print = (text = '') => void process.stdout.write(`${text}\n`);
  const failures = runs.flatMap(({ suite, outcome }) =>
    outcome.failures.map((failure) => ({ ...failure, suite: suite.title })),
  );
  const skipped = runs.flatMap(({ outcome }) => outcome.skipped);
  const passed = runs.reduce((sum, { outcome }) => sum + outcome.passed, 0);

  for (const name of skipped) print(`${yellow('skipped')} ${name}`);
  for (const [index, { suite, name, message }] of failures.entries()) {
    print();
    print(bold(`${index === 0 ? 'Failed first' : 'Failed'}: ${suite} › ${name}`));
    print(message.split('\n').slice(0, messageLines).join('\n').replaceAll(/^/gm, '  '));
  }
  print();
  for (const { suite, outcome, ms } of runs) {
    const count = [outcome.passed, outcome.failures.length, outcome.skipped.length];
    const [ok, bad, not] = count.map((number) => String(number).padStart(5));
    print(`${suite.title.padEnd(36)}${ok} passed ${bad} failed ${not} skipped  ${dim(duration(ms))}`);
  }
  print();
  const last = `${passed} passed, ${failures.length} failed`;
  print(skipped.length > 0 ? `${last}, ${skipped.length} skipped` : last);
  return failures.length > 0 ? 1 : 0;
}

/**
 * @param {readonly string[]} args
 * @returns {{ only: string[], allRuntimes: boolean, retryElectron: boolean } | 'help'}
 */
function readOptions(args) {
  const options = { only: names, allRuntimes: process.env['CI'] === 'true', retryElectron: false };
  for (let index = 0; index < args.length; index += 1) {
    const [option, joined] = (args[index] ?? '').split('=');
    if (option === '--help') return 'help';
    if (option === '--all-runtimes') options.allRuntimes = true;
    else if (option === '--retry-electron') options.retryElectron = true;
    else if (option === '--only') {
      const value = joined ?? args[(index += 1)] ?? '';
      options.only = value.split(',').map((name) => name.trim());
      const unknown = options.only.filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        throw new Failure(`There is no suite "${unknown.join(', ')}"`, `Suites: ${names.join(', ')}`, 2);
      }
    } else throw new Failure(`Unknown option ${option}`, 'npm test -- --help lists the options.', 2);
  }
  return options;
}
