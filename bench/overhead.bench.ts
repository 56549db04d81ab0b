// What system calls take longer with the programs attached: with all that a helper attaches by itself, and
// with each rung alone. On the running kernel in time; on Debian's, emulated, in instructions.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { captured } from '../scripts/lib/command.mjs';
import { Failure, runMain } from '../scripts/lib/failure.mjs';
import { listen } from '../scripts/lib/kernels/boot.mjs';
import { ensureKernel } from '../scripts/lib/kernels/debian.mjs';
import { hostName, kernels, type Kernel } from '../scripts/lib/kernels/kernels.mjs';
import { busybox, runGuest } from '../scripts/lib/kernels/run.mjs';
import { withLock } from '../scripts/lib/lock.mjs';
import { cacheDir, isRoot, root } from '../scripts/lib/paths.mjs';
import { ensureSystemPackages } from '../scripts/lib/system-packages.mjs';
import { note } from '../scripts/lib/terminal.mjs';
import { overheadPath } from './support/paths.js';
import { effectsOf, judge, limitPercent, Measurement, undisturbed } from './support/overhead-trials.js';
import type { Effect, Subject } from './support/overhead-trials.js';
import { machine, reportTable } from './support/report.js';
import type { Estimate } from './support/stats.js';

const names = [...kernels.map(({ name }) => name), hostName];
const usage = `npm run bench -- overhead [options]

Times system calls without the eBPF programs, with them, and without again, many times in turns.

  --kernel NAMES  by comma: ${names.join(', ')} (${hostName})
  --trials N      of each rung on the running kernel (25)
  --help          this text
`;
const artifacts = join(root, 'artifacts', 'overhead');
const limits = { timeoutMs: 30 * 60_000, silenceMs: 5 * 60_000 };
const chunks = 15;
const guestsAtOnce = 2;
/** What is told of in a column of its own; it is what nearly every program does that binds. */
const bindCall = 'socket, bind, close: TCP';
const defaultSet = 'default';

const fixed = (value: number, digits: number): string =>
  Math.abs(value).toFixed(digits) === (0).toFixed(digits)
    ? (0).toFixed(digits)
    : value.toFixed(digits).replace('-', '−');
const signed = (value: number, digits: number): string => {
  const text = fixed(value, digits);
  return text.startsWith('−') || Number(text) === 0 ? text : `+${text}`;
};
const percentText = ({ middle, low, high }: Estimate): string =>
  `${signed(middle, 1)} % (${fixed(low, 1)} – ${fixed(high, 1)})`;
const addedText = ({ addedNs, percent }: Effect): string => `${signed(addedNs, 0)}, ${percentText(percent)}`;

/** What a call is slowed by for certain, beyond what chance and caches do. */
const isSlowed = ({ percent }: Effect): boolean => percent.low > 1;

const verdictWords = {
  within: `within ${String(limitPercent)} %`,
  broken: `**more than ${String(limitPercent)} %**`,
  undecided: `not certain to be within ${String(limitPercent)} %: try with more trials`,
};

const rungRow = (measured: Measurement, subject: Subject, isDefault: boolean): string[] => {
  const [fact = '', hook] = subject.name.split('=');
  const effects = effectsOf(measured.calls, subject);
  const related = effects.filter(({ call }) => !call.unrelated);
  const bind = related.find(({ call }) => call.name === bindCall);
  const others = related.filter((effect) => effect !== bind && isSlowed(effect));
  const judged = judge(effects);
  return [
    hook === undefined ? '**all of the default**' : fact,
    hook === undefined ? '' : `\`${hook}\``,
    isDefault ? 'yes' : 'no',
    bind ? addedText(bind) : '',
    others.map((effect) => `${effect.call.name} ${signed(effect.addedNs, 0)}`).join('; '),
    judged ? `${judged.worst.call.name} ${percentText(judged.worst.percent)}` : 'no trial was undisturbed',
    judged ? verdictWords[judged.verdict] : '',
  ];
};

/** Prints what was measured on one kernel, and says whether the rule holds there. */
const tell = (measured: Measurement, unit: string, where: string): void => {
  const all = measured.subjects.find(({ name }) => name === defaultSet);
  const isDefault = ({ name }: Subject): boolean =>
    name === defaultSet || (all?.hooks.includes(name) ?? false);
  if (all) {
    reportTable(
      `System calls with the default hooks, ${unit} (${where})`,
      ['call', 'unrelated', 'without', 'added'],
      effectsOf(measured.calls, all).map((effect) => [
        effect.call.name,
        effect.call.unrelated ? 'yes' : 'no',
        fixed(effect.without, 0),
        addedText(effect),
      ]),
    );
  }
  reportTable(
    `Each hook alone, ${unit} (${where})`,
    ['fact', 'hook', 'default', bindCall, 'what else takes longer', 'unrelated call slowed most', 'rule'],
    measured.subjects.map((subject) => rungRow(measured, subject, isDefault(subject))),
  );
  const lines = [...measured.refused].map(([rung, why]) => `- not offered: \`${rung}\`: ${why}`);
  for (const subject of measured.subjects.filter(isDefault)) {
    const judged = judge(effectsOf(measured.calls, subject));
    if (judged && judged.verdict !== 'within') {
      const { worst, verdict } = judged;
      lines.push(
        `- \`${subject.name}\`: ${worst.call.name} ${percentText(worst.percent)}: ${verdictWords[verdict]}`,
      );
    }
  }
  const judged = all && judge(effectsOf(measured.calls, all));
  if (judged) {
    const { worst, verdict } = judged;
    lines.push(
      `- default hooks together: unrelated system calls ${percentText(worst.percent)} at most (${worst.call.name}): ${verdictWords[verdict]}`,
    );
  }
  const kept = measured.subjects.reduce((sum, { trials }) => sum + undisturbed(trials).length, 0);
  lines.push(`- ${String(kept)} of ${String(measured.trials)} trials undisturbed by programs of others`);
  process.stdout.write(`${lines.join('\n')}\n\n`);
};

const logOf = (name: string): string => join(artifacts, `${name}.log`);

/** Runs the program by `run`, which hands on its lines, and reads them. */
const measure = async (
  name: string,
  run: (onLine: (line: string) => void) => Promise<number>,
): Promise<Measurement> => {
  const measured = new Measurement();
  let noted = 0;
  const code = await run((line) => {
    measured.read(line);
    if (measured.trials >= noted + 25) {
      noted = measured.trials;
      note(`${name}: ${String(noted)} trials`);
    }
  });
  if (!measured.done) {
    throw new Failure(
      `The measurement on ${name} did not come to its end (exit code ${String(code)})`,
      `What it said last is in ${logOf(name)}.`,
    );
  }
  return measured;
};

const measureHost = async (trials: string): Promise<Measurement> => {
  if (!isRoot) throw new Failure('eBPF programs are attached by root alone', 'Run it as root.');
  return measure(hostName, (onLine) =>
    listen(
      overheadPath,
      ['--trials', trials, '--chunks', String(chunks)],
      { console: logOf(hostName), ...limits },
      onLine,
    ),
  );
};

const measureGuest = async (kernel: Kernel): Promise<Measurement> => {
  const image = await withLock(join(cacheDir, 'lock'), () => ensureKernel(kernel, () => undefined));
  const program = await busybox();
  return measure(kernel.name, (onLine) =>
    runGuest(image, program, { console: logOf(kernel.name), ...limits }, onLine, {
      suite: overheadPath,
      countsInstructions: true,
    }),
  );
};

/** As many at once as do not slow each other; what they count is not slowed anyway. */
const measureGuests = async (wanted: readonly Kernel[]): Promise<void> => {
  await ensureSystemPackages({ forTests: true, forKernels: true });
  if ((await captured('readelf', ['--program-headers', overheadPath])).stdout.includes('INTERP')) {
    throw new Failure(
      `${overheadPath} is not static, so no other kernel can run it`,
      'The libraries for it are installed now: remove build/native and run it again.',
    );
  }
  const left = [...wanted];
  const worker = async (): Promise<void> => {
    for (let kernel = left.shift(); kernel !== undefined; kernel = left.shift()) {
      const measured = await measureGuest(kernel);
      tell(measured, 'instructions', `Linux ${measured.kernel}, emulated`);
    }
  };
  await Promise.all(Array.from({ length: guestsAtOnce }, worker));
};

const readOptions = (args: readonly string[]): { wanted: string[]; trials: string } | null => {
  const options = { wanted: [hostName], trials: '25' };
  for (let index = 0; index < args.length; index += 2) {
    const [option = '', value = ''] = args.slice(index);
    if (option === '--help') return null;
    if (option === '--kernel') options.wanted = value.split(',').map((name) => name.trim());
    else if (option === '--trials' && /^[1-9]\d{0,3}$/.test(value)) options.trials = value;
    else throw new Failure(`This bench does not know ${option} ${value}`, usage, 2);
  }
  const unknown = options.wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Failure(`There is no kernel "${unknown.join(', ')}"`, `Kernels: ${names.join(', ')}`, 2);
  }
  return options;
};

await runMain(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  mkdirSync(artifacts, { recursive: true });
  if (options.wanted.includes(hostName)) {
    tell(await measureHost(options.trials), 'nanoseconds', machine());
  }
  const guests = kernels.filter(({ name }) => options.wanted.includes(name));
  if (guests.length > 0) await measureGuests(guests);
  return 0;
});
