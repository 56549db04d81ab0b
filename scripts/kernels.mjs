// `npm run test:kernels`: the scenario suite on Debian's kernels and on the running one.
import { join } from 'node:path';
import { setUp } from './lib/bootstrap.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { hostName, kernels } from './lib/kernels/kernels.mjs';
import { runKernels } from './lib/kernels/run.mjs';
import { summaryOf, totalOf } from './lib/kernels/summary.mjs';
import { root } from './lib/paths.mjs';
import { askForSudo } from './lib/suites.mjs';

const names = [...kernels.map(({ name }) => name), hostName];
const usage = `npm run test:kernels -- [options]

Runs every way a socket comes and goes on Debian's kernels, emulated, and on the running one, with every
hook that each of them offers, and prints what was told right. Kernels are downloaded once.

  --kernel NAMES  some of them, by comma: ${names.join(', ')}
  --list          print these names
  --markdown      print the table as docs/kernels.md has it
  --help          this text

Exit code: 0 all was told as documented, 1 something was not or a kernel cannot be had, 2 wrong usage,
130 interrupted.
`;

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
  const runs = await runKernels(options.wanted, join(root, 'artifacts', 'kernels'));
  process.stdout.write(summaryOf(runs, options));
  return totalOf(runs).failed > 0 ? 1 : 0;
});

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
