import type { ConfigurationProblem } from '../../contract/index.js';
import { decodeLine } from './decode-step.js';
import { pathText, StepProblem, Value } from './fields.js';
import type { JsonPath } from './json-position.js';
import { jsonOffset, jsonProblem } from './json-position.js';
import { readHeader } from './header.js';
import type { PolledProcess, Recording, RecordingHeader, SaidProcess, Step, TimedStep } from './step.js';
import { TimeReader } from './time-reader.js';

/** Where the clocks of a scenario stand at its beginning: 2026-01-01T00:00:00Z, on both. */
export const SCENARIO_START = 1_767_225_600_000_000_000n;

/** Most problems told of one file. */
const MOST_PROBLEMS = 20;
/** Lines between two moments at which other work may be done. */
const LINES_A_SLICE = 64;

export type ReadResult =
  | { readonly ok: true; readonly recording: Recording; readonly notes: readonly ConfigurationProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** The text is JSON, or where it is not. */
const parse = (text: string): { value: unknown } | { offset: number; message: string } => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const problem = jsonProblem(text);
    return {
      offset: problem?.offset ?? 0,
      message: `this is no JSON: ${problem?.message ?? 'it cannot be read'}`,
    };
  }
};

/**
 * Reads the text of a recording or scenario, one step a line. Empty lines and lines that begin with
 * `#` are passed over. A generator, so that whoever runs it can let other work be done: it yields now
 * and then, and returns the result.
 */
export function* readRecording(file: string, text: string): Generator<void, ReadResult, undefined> {
  const time = new TimeReader();
  const problems: ConfigurationProblem[] = [];
  const notes: ConfigurationProblem[] = [];
  const steps: TimedStep[] = [];
  let header: RecordingHeader | null = null;
  let start: Recording['start'] | null = null;
  let line = 0;

  const problem = (offset: number, message: string): ConfigurationProblem => ({
    file,
    line,
    column: offset + 1,
    message,
  });

  for (let from = 0; from < text.length && problems.length < MOST_PROBLEMS;) {
    const end = text.indexOf('\n', from);
    const isLast = end < 0;
    const source = text
      .slice(from, isLast ? text.length : end)
      .replace(/\r$/, '')
      .replace(/^\uFEFF/, '');
    from = isLast ? text.length : end + 1;
    line += 1;
    if (line % LINES_A_SLICE === 0) yield;
    if (source.trim() === '' || source.trimStart().startsWith('#')) continue;

    const parsed = parse(source);
    if ('message' in parsed) {
      const found = problem(parsed.offset, parsed.message);
      // Whoever wrote it ended in the middle of a line.
      if (isLast && header !== null)
        notes.push({ ...found, message: 'the recording ends in the middle of this line, which is left out' });
      else problems.push(found);
      continue;
    }
    const value = new Value(parsed.value, []);
    const at = (path: JsonPath, atKey: boolean): number => jsonOffset(source, path, atKey);
    try {
      if (start === null) {
        header = readHeader(value);
        if (header !== null) {
          start = { boot: header.boot, wall: header.wall };
          time.scenario = false;
          time.offset = header.wall - header.boot;
          time.now = header.boot;
          continue;
        }
        time.now = SCENARIO_START;
      }
      const decoded = decodeLine(value, time);
      start ??= { boot: decoded.at ?? SCENARIO_START, wall: (decoded.at ?? SCENARIO_START) + time.offset };
      const before = steps.at(-1)?.at ?? start.boot;
      if (decoded.at !== undefined && decoded.at < before)
        throw new StepProblem(['at'], 'this moment is before that of the line above: time only goes forward');
      const now: bigint = (decoded.at ?? before) + decoded.advance;
      time.now = now;
      if (decoded.wall !== undefined) time.offset = decoded.wall - now;
      steps.push({ step: decoded.step, at: now, wall: decoded.wall, line });
    } catch (error) {
      if (!(error instanceof StepProblem)) throw error;
      const where = pathText(error.path);
      problems.push(
        problem(at(error.path, error.atKey), `${where === '' ? '' : `${where}: `}${error.message}`),
      );
    }
  }
  if (problems.length === 0 && start === null) {
    problems.push({
      file,
      line: null,
      column: null,
      message:
        'it is empty; write one step a line, for example {"poll":[{"pid":1,"start":"1","exe":"/bin/a","ports":[80]}]}',
    });
  }
  if (problems.length > 0 || start === null) return { ok: false, problems };
  return { ok: true, recording: { header, steps: lookAhead(steps), start }, notes };
}

/** The whole of it at once. */
export const readRecordingNow = (file: string, text: string): ReadResult => {
  const reading = readRecording(file, text);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
  }
};

/** Tells processes of which no start is said the start that is said next of their PID. */
const lookAhead = (steps: readonly TimedStep[]): TimedStep[] => {
  const next = new Map<number, bigint>();
  const told = (process: SaidProcess): SaidProcess => {
    if (process.start !== undefined) {
      next.set(process.pid, process.start);
      return process;
    }
    const startAhead = next.get(process.pid);
    return startAhead === undefined ? process : { ...process, startAhead };
  };
  const toldPolled = (polled: PolledProcess): PolledProcess => {
    const process = told(polled.process);
    return process === polled.process ? polled : { ...polled, process };
  };
  const toldStep = (step: Step): Step => {
    if (step.kind === 'poll') return { ...step, processes: step.processes.map(toldPolled) };
    if (step.kind !== 'event' && step.kind !== 'inspected') return step;
    // Whoever has the PID after an exit is another process.
    if (step.kind === 'event' && step.event === 'exit') next.delete(step.process.pid);
    const process = told(step.process);
    return process === step.process ? step : { ...step, process };
  };
  const result: TimedStep[] = [];
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const timed = steps[index];
    if (timed === undefined) continue;
    result.push({ ...timed, step: toldStep(timed.step) });
  }
  return result.reverse();
};
