// `npm run fuzz`: builds the fuzz targets and plays new inputs to each of them.
import { setUp } from './lib/bootstrap.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { fuzzTargets, replayCommand, runTarget } from './lib/fuzz.mjs';
import { bold, red, step } from './lib/terminal.mjs';

const names = fuzzTargets();
const usage = `npm run fuzz -- [options]

Feeds what a program of somebody else could send to the code that reads it, with sanitizers, until
something breaks or the time is over (native/fuzz/README.md). Inputs that broke something are kept in
artifacts/fuzz.

  --seconds N     how long, in all: shared by the targets (600)
  --target NAMES  some of them, by comma: ${names.join(', ')}
  --help          this text

Exit code: 0 nothing was found, 1 something was, 2 wrong usage, 130 interrupted.
`;

/** @typedef {import('./lib/fuzz.mjs').FuzzRun} FuzzRun */

await runMain(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  await setUp({ forTests: true, withoutApp: true, fuzzTargets: true });
  let interrupted = false;
  const interrupt = () => void (interrupted = true);
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const seconds = Math.max(1, Math.floor(options.seconds / options.targets.length));
  /** @type {FuzzRun[]} */
  const runs = [];
  for (const target of options.targets) {
    if (interrupted) break;
    const run = await step(
      `Fuzzing ${target}`,
      (progress) =>
        runTarget(target, {
          seconds,
          onProgress: ({ runs, coverage }) => progress(`${count(runs)} runs, coverage ${count(coverage)},`),
        }),
      ({ finding }) => finding === null,
    );
    runs.push(run);
  }
  process.stdout.write(summaryOf(runs));
  if (interrupted) return 130;
  return runs.some(({ finding }) => finding !== null) ? 1 : 0;
});

/** @param {number} number */
function count(number) {
  return number.toLocaleString('en');
}

/** @param {readonly FuzzRun[]} runs */
function summaryOf(runs) {
  /** @type {(...cells: string[]) => string} */
  const row = (name, ...cells) => `${name.padEnd(12)}${cells.map((cell) => cell.padStart(13)).join('')}\n`;
  let text = `\n${row('target', 'runs', 'runs/s', 'coverage', 'corpus', 'findings')}`;
  for (const { target, progress, finding } of runs) {
    const { runs: played, perSecond, coverage, kept } = progress;
    text += row(target, ...[played, perSecond, coverage, kept, finding ? 1 : 0].map(count));
  }
  for (const run of runs) {
    if (!run.finding) continue;
    text += `\n${red('✗')} ${bold(run.target)}: ${run.finding.name}\n`;
    text += run.finding.message.split('\n').slice(0, 15).join('\n').replaceAll(/^/gm, '  │ ');
    text += `\n  → all of it in ${run.log}; again: ${replayCommand(run)}\n`;
  }
  return text;
}

/**
 * @param {readonly string[]} args
 * @returns {{ targets: string[], seconds: number } | 'help'}
 */
function readOptions(args) {
  const options = { targets: names, seconds: 600 };
  for (let index = 0; index < args.length; index += 1) {
    const [option, joined] = (args[index] ?? '').split('=');
    if (option === '--help') return 'help';
    if (option === '--target') {
      options.targets = (joined ?? args[(index += 1)] ?? '').split(',').map((name) => name.trim());
      const unknown = options.targets.filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        throw new Failure(
          `There is no fuzz target "${unknown.join(', ')}"`,
          `Targets: ${names.join(', ')}`,
          2,
        );
      }
    } else if (option === '--seconds') {
      const value = joined ?? args[(index += 1)] ?? '';
      options.seconds = /^[1-9]\d{0,5}$/.test(value) ? Number(value) : 0;
      if (options.seconds === 0) {
        throw new Failure(`--seconds wants a number of seconds, not "${value}"`, 'As in: --seconds 60', 2);
      }
    } else throw new Failure(`Unknown option ${option}`, 'npm run fuzz -- --help lists the options.', 2);
  }
  return options;
}
