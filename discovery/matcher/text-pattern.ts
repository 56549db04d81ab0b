import type { TextPattern } from '../../contract/index.js';
import type { Glob } from './glob.js';
import { compileGlob } from './glob.js';
import type { PatternProblem } from './pattern.js';
import { Pattern } from './pattern.js';

/** Most texts of which a pattern remembers the answer. */
const MOST_REMEMBERED = 256;

/**
 * Remembers answers: many processes share an executable, a user or a unit, and asking a map is far
 * cheaper than asking a pattern. Not for arguments, which are long and rarely the same.
 */
export const remembering = (pattern: Pattern | Glob): { test(text: string): boolean } => {
  const known = new Map<string, boolean>();
  return {
    test: (text) => {
      const before = known.get(text);
      if (before !== undefined) return before;
      if (known.size >= MOST_REMEMBERED) known.clear();
      const answer = pattern.test(text);
      known.set(text, answer);
      return answer;
    },
  };
};

/** A pattern of either syntax, ready to be asked about a text, or what is wrong with it. */
export const compileTextPattern = ({ syntax, text }: TextPattern): Pattern | Glob | PatternProblem =>
  syntax === 'glob' ? compileGlob(text) : Pattern.compile(text);
