import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { BindscopeEvent, ConfigurationProblem, Criterion, WallNs } from '../../contract/index.js';
import { configurationProblemText } from '../../contract/index.js';
import { wallTimeOf } from '../../discovery/recording/time-reader.js';
import { readRecordingNow } from '../../discovery/recording/read-recording.js';
import type { Recording } from '../../discovery/recording/step.js';
import { ReplayRun } from '../../discovery/replay/replay-run.js';
import { EventPrinter } from '../event-printer.js';
import { CommandFailure, USAGE } from '../failure.js';
import type { Output } from '../output.js';
import { nodeTimers } from '../session.js';
import type { Paint } from '../terminal-text.js';
import { durationText, plural } from '../words.js';

export interface ReplayOptions {
  /** Path of a recording or scenario, or `-` for stdin. */
  readonly file: string;
  readonly criteria: readonly Criterion[];
  readonly countPortsAsBeyla: boolean;
  readonly ndjson: boolean;
  /** Virtual milliseconds; null: to the end. */
  readonly durationMs: number | null;
  /** Wall-clock nanoseconds at which to stop; null: at the end. */
  readonly until: bigint | null;
  /** With criteria: everything nevertheless. */
  readonly all: boolean;
  readonly redactSecrets: boolean;
  readonly output: Output;
  readonly paint: Paint;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Reading and writing are let through at least this often. */
const SLICE_MS = 10;

const fileFailures: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder; name a recording or scenario in it',
  EACCES: 'it may not be read; check its permissions',
  ERR_STRING_TOO_LONG: 'it is larger than 512 MiB; record a shorter stretch',
};

const readText = (file: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(USAGE, `${file}: ${fileFailures[code] ?? message}`);
  }
};

/** One line, however many problems there are. */
const problemLine = (problems: readonly ConfigurationProblem[]): string => {
  const [first, ...more] = problems;
  const text = first === undefined ? 'it cannot be read' : configurationProblemText(first);
  return more.length === 0 ? text : `${text} (and ${plural(more.length, 'other problem')})`;
};

const load = (file: string, output: Output): Recording => {
  const name = file === '-' ? 'stdin' : file;
  const result = readRecordingNow(name, readText(file));
  if (!result.ok) throw new CommandFailure(USAGE, problemLine(result.problems));
  for (const note of result.notes) output.note(`note: ${configurationProblemText(note)}`);
  return result.recording;
};

/** Reads `--until`. Throws a usage failure. */
export const untilFrom = (text: string | undefined): bigint | null => {
  if (text === undefined) return null;
  const time = wallTimeOf(text);
  if (time === null) {
    throw new CommandFailure(
      USAGE,
      `--until: ${JSON.stringify(text)} is not a time; write one of RFC 3339, for example 2026-01-01T00:00:05Z.`,
    );
  }
  return time;
};

/** Runs a recording or scenario through the pipeline, as fast as it goes. */
export const replay = async (options: ReplayOptions): Promise<void> => {
  const { file, output, criteria, countPortsAsBeyla, signal } = options;
  const recording = load(file, output);
  const { start, steps } = recording;
  const offset = start.wall - start.boot;
  const last = steps.at(-1)?.at ?? start.boot;
  const run: ReplayRun = new ReplayRun({
    recording,
    settings: { criteria, countPortsAsBeyla, pollIntervalMs: null, showOwnProcesses: false },
    frames: nodeTimers,
    state: () => ({
      file: basename(file),
      from: start.wall as WallNs,
      to: (last + offset) as WallNs,
      at: (run.now + offset) as WallNs,
      playing: true,
      speed: 1,
    }),
    notice: (level, message) => {
      output.note(`${level === 'info' ? 'note' : level}: ${message}`);
    },
  });
  const ends = [
    ...(options.durationMs === null ? [] : [start.boot + BigInt(Math.round(options.durationMs * 1e6))]),
    ...(options.until === null ? [] : [options.until - offset]),
  ];
  const end = ends.reduce<bigint | null>(
    (left, right) => (left === null || right < left ? right : left),
    null,
  );
  const printer = new EventPrinter({ ...options, pipeline: run.pipeline });
  // What the first steps tell of the watching is in the header, which is the first line.
  let early: BindscopeEvent[] | null = [];
  run.observe((events) => {
    if (early !== null) early.push(...events);
    else for (const event of events) printer.take(event);
  });
  let gone = false;
  void output.readerGone.then(
    () => (gone = true),
    () => (gone = true),
  );
  const stopped = (): boolean => signal.aborted || gone;
  let played = 0;
  try {
    await run.start();
    for (; steps[played]?.step.kind === 'state'; played += 1) await run.step();
    printer.header();
    for (const event of early) printer.take(event);
    early = null;
    let sliceEnd = performance.now() + SLICE_MS;
    while (run.nextAt !== null && (end === null || run.nextAt <= end) && !stopped()) {
      const waiting = run.step();
      if (waiting !== undefined) await waiting;
      played += 1;
      if (performance.now() < sliceEnd) continue;
      // Nothing is dropped for want of speed: here the reader sets the pace.
      await output.flushed();
      await new Promise((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + SLICE_MS;
    }
    if (!stopped()) {
      if (run.nextAt !== null && end !== null) await run.passUntil(end);
      await run.finish();
    }
    printer.end();
    await Promise.race([output.flushed(), output.readerGone]);
    const { lost } = run.pipeline.status();
    output.note(
      [
        `replayed ${plural(played, 'step')} of ${durationText((end !== null && end < last ? end : last) - start.boot)}: ${plural(printer.shown, 'event')} shown`,
        ...(criteria.length === 0 ? [] : [`${plural(printer.matched, 'process', 'processes')} matched`]),
        `${String(lost.kernel + lost.skipped + lost.queue)} lost`,
      ].join(', '),
    );
  } finally {
    run.close();
  }
};
