import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { KernelSource } from '../contract/index.js';
import { defaultSettings } from '../contract/index.js';
import { doctor } from './commands/doctor.js';
import { replay, untilFrom } from './commands/replay.js';
import { explain } from './commands/explain.js';
import { snapshot } from './commands/snapshot.js';
import { watch } from './commands/watch.js';
import type { Configured, CriteriaOptions } from './criteria-options.js';
import { readConfigurationFile } from './configuration-file.js';
import { criteriaFrom } from './criteria-options.js';
import { CommandFailure, FAILURE, USAGE } from './failure.js';
import { ringSizeFrom, sayingOtherRing } from './ring-size.js';
import type { Output } from './output.js';
import type { Paint } from './terminal-text.js';

export interface ProgramOptions {
  readonly version: string;
  /** `ringBytes`: what the ring buffer of a helper that is started for it is to hold; absent: as usual. */
  readonly openSource: (ringBytes?: number) => KernelSource;
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly paint: Paint;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

const positive =
  (what: string) =>
  (text: string): number => {
    const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : 0;
    if (value <= 0 || value > 31_536_000) {
      throw new InvalidArgumentError(`${what} is a number of seconds above 0, for example 10 or 0.5.`);
    }
    return value;
  };

const processId = (text: string): number => {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 4_194_304) {
    throw new InvalidArgumentError('A PID is a whole number from 1 to 4194304, as `ps` shows it.');
  }
  return value;
};

const criteriaHelp = `
Criteria:
  RANGES are ports and inclusive ranges: 80,443,8000-8999. They count for listening TCP and bound UDP;
  with --as-beyla-counts-ports for any socket, those of clients and accepted connections too.
  REGEX is of RE2 syntax and is searched for anywhere in the path of the executable.
  Both given: both must hold. Where an option is not given, the environment is asked:
  OTEL_EBPF_OPEN_PORT or BEYLA_OPEN_PORT, OTEL_EBPF_EXECUTABLE_NAME or BEYLA_EXECUTABLE_NAME.
  FILE is YAML in Beyla's form (discovery.services, open_port, …) or OBI's (discovery.instrument, …);
  what it says of ports and executable globally, options and environment override.
  docs/configuration.md has all that is read.`;

const withCriteria = (command: Command): Command =>
  command
    .option('--open-port <ranges>', 'select processes with one of these ports open')
    .option('--exe <regex>', 'select processes by the path of their executable')
    .option('--config <file>', 'select processes as a configuration of Beyla or OBI does')
    .option('--as-beyla-counts-ports', 'count every local port of every socket, connections too')
    .addHelpText('after', criteriaHelp);

interface HelperOptions {
  readonly ringSize?: number;
}

const withHelper = (command: Command): Command =>
  command.option(
    '--ring-size <size>',
    'room for events in the kernel, where the helper is started for this command: a power of two from 64K to 1G (default 8M)',
    ringSizeFrom,
  );

/** Runs one command line. Returns the exit code; writes the one line of an error itself. */
export const runProgram = async (args: readonly string[], options: ProgramOptions): Promise<number> => {
  const { output, environment, paint, signal } = options;
  const program = new Command('bindscope');
  const errors: string[] = [];
  const sourceFor =
    ({ ringSize }: HelperOptions) =>
    (): KernelSource => {
      const source = options.openSource(ringSize);
      return ringSize === undefined
        ? source
        : sayingOtherRing(source, ringSize, (text) => {
            output.note(`note: ${text}`);
          });
    };
  const configured = (given: CriteriaOptions): Pick<Configured, 'criteria' | 'pollIntervalMs'> => {
    const { criteria, pollIntervalMs, notes } = criteriaFrom(given, environment, readConfigurationFile);
    for (const note of notes) output.note(`note: ${note}`);
    return { criteria, pollIntervalMs };
  };
  program
    .description('What is on that port, since when, and who started it.')
    .version(options.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        output.data(text);
      },
      writeErr: (text) => errors.push(text),
      outputError: (text) => errors.push(text),
    })
    .addHelpText(
      'after',
      `
Output and exit codes:
  Data goes to stdout, everything else to stderr. 0: done; 1: failed; 2: wrong usage or configuration.
  Colour only on a terminal; NO_COLOR turns it off. Ctrl-C ends cleanly.

Examples:
  bindscope watch --open-port 8000-8999
  bindscope watch --ndjson --duration 10 | jq -c 'select(.name == "socket.bind_failed")'
  bindscope snapshot --exe python
  bindscope explain 4711 --open-port 8000-8999`,
    );

  withHelper(withCriteria(program.command('watch')))
    .description('show what happens, one event a line, until stopped')
    .option('--ndjson', 'machine-readable: a header line, then one event a line')
    .option('--duration <seconds>', 'stop after this time', positive('--duration'))
    .option(
      '--poll-interval <seconds>',
      'time between polls (default: as configured, else 5)',
      positive('--poll-interval'),
    )
    .option(
      '--no-poll',
      'show only what the kernel tells: nothing from polls, none but the first is made on schedule',
    )
    .option('--all', 'with criteria: show everything, not only what they select')
    .option('--no-redact', 'show (and record) values of arguments that look like secrets')
    .option('--record <file>', 'write everything down, to be shown again by `replay`')
    .option('--force', 'with --record: write over a file that exists')
    .addHelpText(
      'after',
      `
What was there before the start is told first, with source "poll" (on lines for people, processes that
ran already are only counted). With criteria: the events of processes that match, also those from
before their match, bind failures that would have been selected, and what concerns the watching.`,
    )
    .action(
      async (
        given: CriteriaOptions &
          HelperOptions & {
            ndjson?: boolean;
            duration?: number;
            pollInterval?: number;
            poll: boolean;
            all?: boolean;
            redact: boolean;
            record?: string;
            force?: boolean;
          },
      ) => {
        if (given.force === true && given.record === undefined)
          throw new CommandFailure(
            USAGE,
            '--force is of use with --record FILE only; add that or leave it out.',
          );
        const { criteria, pollIntervalMs } = configured(given);
        const pollMs = given.pollInterval === undefined ? pollIntervalMs : given.pollInterval * 1000;
        await watch({
          openSource: sourceFor(given),
          criteria,
          countPortsAsBeyla: given.asBeylaCountsPorts === true,
          ndjson: given.ndjson === true,
          durationMs: given.duration === undefined ? null : given.duration * 1000,
          poll: given.poll,
          pollIntervalMs: Math.max(pollMs ?? defaultSettings.pollIntervalMs, 250),
          all: given.all === true,
          redactSecrets: given.redact,
          record: given.record === undefined ? null : { path: given.record, overwrite: given.force === true },
          version: options.version,
          output,
          paint,
          signal,
        });
      },
    );

  withHelper(withCriteria(program.command('snapshot')))
    .description('show the sockets of now, who holds and who bound them')
    .option('--json', 'machine-readable: one JSON document')
    .option('--no-redact', 'show values of arguments that look like secrets')
    .action(async (given: CriteriaOptions & HelperOptions & { json?: boolean; redact: boolean }) => {
      await snapshot({
        openSource: sourceFor(given),
        criteria: configured(given).criteria,
        countPortsAsBeyla: given.asBeylaCountsPorts === true,
        json: given.json === true,
        redactSecrets: given.redact,
        output,
        paint,
      });
    });

  withHelper(withCriteria(program.command('explain')))
    .description('say of one process which conditions of each criterion hold, and which criterion wins')
    .argument('<pid>', 'PID of the process', processId)
    .option('--json', 'machine-readable: one JSON document')
    .option('--no-redact', 'show values of arguments that look like secrets')
    .action(
      async (pid: number, given: CriteriaOptions & HelperOptions & { json?: boolean; redact: boolean }) => {
        await explain({
          openSource: sourceFor(given),
          pid,
          criteria: configured(given).criteria,
          countPortsAsBeyla: given.asBeylaCountsPorts === true,
          json: given.json === true,
          redactSecrets: given.redact,
          output,
          paint,
        });
      },
    );

  withCriteria(program.command('replay'))
    .argument('<file>', 'a recording of `watch --record`, or a scenario; - is stdin')
    .description('run a recording or a scenario through the same pipeline, on a clock of its own')
    .option('--ndjson', 'machine-readable: a header line, then one event a line')
    .option('--until <time>', 'stop at this moment of the recording, e.g. 2026-01-01T00:00:05Z')
    .option('--duration <seconds>', 'stop after this time of the recording', positive('--duration'))
    .option('--all', 'with criteria: show everything, not only what they select')
    .option('--no-redact', 'show values of arguments that look like secrets')
    .addHelpText(
      'after',
      `
One step a line:
  {"poll":[{"pid":7,"start":"1","exe":"/bin/a","args":["a"],"ports":[{"proto":"tcp","port":80,"state":"listen"}]}]}
  {"bpf":"ready"}
  {"bpf":{"bound":{"pid":7,"port":8080,"proto":"tcp"}}}
  {"advance_ms":5000}
docs/replay.md has all of them. The same file gives the same output, to the byte.`,
    )
    .action(
      async (
        file: string,
        given: CriteriaOptions & {
          ndjson?: boolean;
          until?: string;
          duration?: number;
          all?: boolean;
          redact: boolean;
        },
      ) => {
        await replay({
          file,
          criteria: configured(given).criteria,
          countPortsAsBeyla: given.asBeylaCountsPorts === true,
          ndjson: given.ndjson === true,
          durationMs: given.duration === undefined ? null : given.duration * 1000,
          until: untilFrom(given.until),
          all: given.all === true,
          redactSecrets: given.redact,
          output,
          paint,
          signal,
        });
      },
    );

  withHelper(program.command('doctor'))
    .description('say what can be seen here, by which hook, what not, and how to mend it')
    .option('--json', 'machine-readable: one JSON document')
    .addHelpText(
      'after',
      `
Of each fact: the hook in use, what is lost by it (!), and the hooks that were refused, with the reason (-).
Exit codes: 0: something can be seen, be it little; 1: nothing can; 2: wrong usage.`,
    )
    .action(async (given: HelperOptions & { json?: boolean }) => {
      await doctor({ openSource: sourceFor(given), json: given.json === true, output, paint });
    });

  for (const command of program.commands) {
    command.copyInheritedSettings(program).allowExcessArguments(false);
  }

  const failed = (error: unknown): number => {
    output.note(`error: ${error instanceof Error ? error.message : String(error)}`);
    return FAILURE;
  };
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) {
        try {
          await output.flushed();
        } catch (unwritten) {
          return failed(unwritten);
        }
        return 0;
      }
      const usage = errors.join('').trim();
      output.note(
        error.code === 'commander.help'
          ? `${usage}\n\nerror: no command given; try: bindscope watch`
          : usage.replaceAll(/\s*\n\s*/g, ' '),
      );
      return USAGE;
    }
    if (error instanceof CommandFailure) {
      output.note(`error: ${error.message}`);
      return error.exitCode;
    }
    return failed(error);
  }
};
