// `npm run test:kernels`: the scenario suite on Debian's kernels and on the running one.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUp } from './lib/bootstrap.mjs';
import { captured } from './lib/command.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { boot, listen } from './lib/kernels/boot.mjs';
import { ensureKernel } from './lib/kernels/debian.mjs';
import { makeInitramfs } from './lib/kernels/initramfs.mjs';
import { hostName, kernels } from './lib/kernels/kernels.mjs';
import { asMarkdown, asTable, noResults, reader, tableRows } from './lib/kernels/results.mjs';
import { withLock } from './lib/lock.mjs';
import { cacheDir, isRoot, native, root } from './lib/paths.mjs';
import { askForSudo } from './lib/suites.mjs';
import { bold, dim, duration, red, step, yellow } from './lib/terminal.mjs';

const names = [...kernels.map(({ name }) => name), hostName];
const usage = `npm run test:kernels -- [options]

Runs every way a socket comes and goes on Debian's kernels, emulated, and on the running one, with every
hook that each of them offers, and prints what was told right. Kernels are downloaded once.

  --kernel NAMES  some of them, by comma: ${names.join(', ')}
  --list          print these names
  --markdown      print the table as docs/kernels.md has it
  --help          this text

Exit code: 0 all passed, 1 something failed or a kernel cannot be had, 2 wrong usage, 3 only known gaps
failed, 130 interrupted.
`;
/** A kernel takes one minute on two idle cores; on busy ones much longer. */
const timeoutMs = 10 * 60_000;
const artifacts = join(root, 'artifacts', 'kernels');
const onlyGaps = 3;

/**
 * @typedef {import('./lib/kernels/kernels.mjs').Kernel} Kernel
 * @typedef {import('./lib/kernels/results.mjs').Results} Results
 * @typedef {{ kernel: string, results: Results, failure: Failure | null, ms: number }} Run
 */

await runMain(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help' || options === 'list') {
    process.stdout.write(options === 'help' ? usage : `${names.join('\n')}\n`);
    return 0;
  }
  if (process.arch !== 'x64') {
    throw new Failure(
      `These kernels are for x86-64, and this is ${process.arch}`,
      'Run it on such a machine.',
    );
  }
  if (options.wanted.includes(hostName)) await askForSudo();
  await setUp({ withoutApp: true, forKernels: true });
  mkdirSync(artifacts, { recursive: true });
  /** @type {Run[]} */
  const runs = [];
  for (const name of options.wanted) {
    const run = await runOne(name);
    runs.push(run);
    if (run.failure?.exitCode === 130) throw run.failure;
  }
  return summarise(runs, options.markdown);
});

/**
 * @param {string} name
 * @returns {Promise<Run>}
 */
async function runOne(name) {
  const begun = performance.now();
  const { read, results } = reader();
  const console = join(artifacts, `${name}.log`);
  const kernel = kernels.find((one) => one.name === name);
  /** @type {Failure | null} */
  let failure = null;
  const title = kernel ? `Linux ${name}` : 'The running kernel';
  await step(
    title,
    async (progress) => {
      /** @param {string} line */
      const onLine = (line) => {
        read(line);
        progress(progressOf(results));
      };
      try {
        const code = await (kernel
          ? runGuest(kernel, { console, onLine, progress })
          : runHost({ console, onLine }));
        if (!results.done) {
          throw new Failure(
            `${title}: the suite did not come to its end (exit code ${code})`,
            `What the kernel said is in ${console}.`,
          );
        }
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failure = error;
      }
    },
    () => failure === null && results.counts.FAIL === 0,
  );
  return { kernel: name, results, failure, ms: performance.now() - begun };
}

/** @param {Results} results */
function progressOf({ release, counts }) {
  const played = counts.PASS + counts.FAIL + counts.GAP + counts.UNSUPPORTED;
  const failed = counts.FAIL > 0 ? `, ${counts.FAIL} failed` : '';
  return release === '' ? 'booting' : `${release}: ${played} scenarios played${failed}`;
}

/**
 * @param {Kernel} kernel
 * @param {{ console: string, onLine: (line: string) => void, progress: (detail: string) => void }} options
 */
async function runGuest(kernel, { console, onLine, progress }) {
  const image = await withLock(join(cacheDir, 'lock'), () => ensureKernel(kernel, progress));
  const scratch = mkdtempSync(join(tmpdir(), 'bindscope-kernels-'));
  try {
    const initramfs = join(scratch, 'initramfs');
    writeFileSync(
      initramfs,
      makeInitramfs({ busybox: await busybox(), scenarios: native.scenarios, modules: image.modules }),
    );
    progress(`booting ${image.version}`);
    return await boot({ vmlinuz: image.vmlinuz, initramfs, console, timeoutMs }, onLine);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** @returns {Promise<string>} The static busybox. */
async function busybox() {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find((one) => existsSync(one));
  const { stdout } = await captured('readelf', ['--program-headers', path ?? 'busybox']);
  if (path && !stdout.includes('INTERP')) return path;
  throw new Failure('There is no static busybox', 'Install the package busybox-static.');
}

/** @param {{ console: string, onLine: (line: string) => void }} options */
async function runHost({ console, onLine }) {
  if (isRoot) return listen(native.scenarios, [], { console, timeoutMs }, onLine);
  if ((await captured('sudo', ['-n', 'true'])).code !== 0) {
    throw new Failure(
      'The running kernel is tested as root, and sudo cannot be used here',
      `Run: sudo npm run test:kernels -- --kernel ${hostName}`,
    );
  }
  return listen('sudo', ['-n', native.scenarios], { console, timeoutMs }, onLine);
}

/**
 * @param {readonly Run[]} runs
 * @param {boolean} markdown
 * @returns {number} Exit code.
 */
function summarise(runs, markdown) {
  /** @type {(text?: string) => void} */
  const print = (text = '') => void process.stdout.write(`${text}\n`);
  print();
  print(markdown ? asMarkdown(runs) : asTable(tableRows(runs)));
  for (const [verdict, title, paint] of /** @type {const} */ ([
    ['UNSUPPORTED', 'Not to be had', dim],
    ['GAP', 'Known gaps', yellow],
    ['FAIL', 'Failed', red],
  ])) {
    const lines = runs.flatMap(({ kernel, results }) =>
      results.outcomes
        .filter((outcome) => outcome.verdict === verdict)
        .map(({ scenario, reason }) => `  ${(results.release || kernel).padEnd(24)} ${scenario}: ${reason}`),
    );
    if (lines.length === 0) continue;
    print();
    print(bold(paint(title)));
    for (const line of new Set(lines)) print(line);
  }
  for (const { kernel, failure } of runs) {
    if (failure) print(`\n${red('✗')} ${kernel}: ${failure.message}\n  → ${failure.remedy}`);
  }
  print();
  const total = noResults().counts;
  for (const { kernel, results, failure, ms } of runs) {
    const { PASS, FAIL, GAP, UNSUPPORTED } = results.counts;
    total.PASS += PASS;
    total.FAIL += FAIL + (failure ? 1 : 0);
    total.GAP += GAP;
    total.UNSUPPORTED += UNSUPPORTED;
    const counts = `${PASS} passed ${FAIL} failed ${GAP} known gaps ${UNSUPPORTED} not to be had`;
    print(`${kernel.padEnd(6)} ${(results.release || '-').padEnd(26)} ${counts}  ${dim(duration(ms))}`);
  }
  print();
  print(`${total.PASS} passed, ${total.FAIL} failed, ${total.GAP} known gaps`);
  return total.FAIL > 0 ? 1 : total.GAP > 0 ? onlyGaps : 0;
}

/**
 * @param {readonly string[]} args
 * @returns {{ wanted: string[], markdown: boolean } | 'help' | 'list'}
 */
function readOptions(args) {
  const options = { wanted: names, markdown: false };
  for (let index = 0; index < args.length; index += 1) {
    const [option, joined] = (args[index] ?? '').split('=');
    if (option === '--help') return 'help';
    if (option === '--list') return 'list';
    if (option === '--markdown') options.markdown = true;
    else if (option === '--kernel') {
      const value = joined ?? args[(index += 1)] ?? '';
      options.wanted = value.split(',').map((name) => name.trim());
      const unknown = options.wanted.filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        throw new Failure(`There is no kernel "${unknown.join(', ')}"`, `Kernels: ${names.join(', ')}`, 2);
      }
    } else throw new Failure(`Unknown option ${option}`, 'npm run test:kernels -- --help lists them.', 2);
  }
  return options;
}
