import type { TextPattern } from '../../contract/index.js';
import { Language, parsePortRanges } from '../../contract/index.js';
import type { PatternProblem } from '../matcher/pattern.js';
import { compileTextPattern } from '../matcher/text-pattern.js';

/** What is wrong with a value; `position` is an offset into its text, null where there is no one place. */
export type Fault = PatternProblem;

const MOST_PORTS = 4096;
const MOST_PATTERN = 1024;
const MOST_PIDS = 1000;
const HIGHEST_PID = 4_194_304;

export const portsFault = (text: string): Fault | null => {
  if (text.length > MOST_PORTS) {
    return { message: `over ${String(MOST_PORTS)} characters, too long for a list of ports`, position: null };
  }
  const parsed = parsePortRanges(text);
  return parsed.ok ? null : parsed.error;
};

export const patternFault = (pattern: TextPattern): Fault | null => {
  if (pattern.text.length > MOST_PATTERN) {
    return { message: `over ${String(MOST_PATTERN)} characters, too long for a pattern`, position: null };
  }
  const compiled = compileTextPattern(pattern);
  return 'message' in compiled ? compiled : null;
};

export const pidFault = (pid: number): string | null =>
  pid < 1 || pid > HIGHEST_PID
    ? `no process has PID ${String(pid)}; PIDs are 1 to ${String(HIGHEST_PID)}`
    : null;

/** PIDs and inclusive ranges of them, as OBI's OTEL_EBPF_TARGET_PID has them. */
export const parsePids = (text: string): number[] | Fault => {
  const pids: number[] = [];
  let offset = 0;
  for (const part of text.split(',')) {
    const position = offset + part.length - part.trimStart().length;
    offset += part.length + 1;
    const [, first, last] = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(part) ?? [];
    if (first === undefined) {
      return { message: `expected a PID, found "${part.trim().slice(0, 40)}"`, position };
    }
    const [from, to] = [Number(first), Number(last ?? first)];
    const fault = pidFault(from) ?? pidFault(to) ?? (to < from ? 'the range runs backwards' : null);
    if (fault !== null) return { message: fault, position };
    if (pids.length + to - from >= MOST_PIDS) return { message: tooManyPids, position };
    for (let pid = from; pid <= to; pid += 1) pids.push(pid);
  }
  return pids;
};

const tooManyPids = `over ${String(MOST_PIDS)} PIDs; select by something else`;
export const pidCountFault = (count: number): string | null => (count > MOST_PIDS ? tooManyPids : null);

/** Whether a pattern could ever fit a language's name. */
export const fitsSomeLanguage = (pattern: TextPattern): boolean => {
  const compiled = compileTextPattern(pattern);
  if ('message' in compiled) return true;
  return Language.options.some((name) => compiled.test(name));
};

/** `${NAME}`, which Beyla and OBI replace before they read a file. */
export const VARIABLE = /\$\{[A-Za-z_]\w*(?::-[^}]*)?\}/;
