import type { TextPattern } from '../../contract/index.js';
import type { Glob } from './glob.js';
import { compileGlob } from './glob.js';
import type { PatternProblem } from './pattern.js';
import { Pattern } from './pattern.js';

/** A pattern of either syntax, ready to be asked about a text, or what is wrong with it. */
export const compileTextPattern = ({ syntax, text }: TextPattern): Pattern | Glob | PatternProblem =>
  syntax === 'glob' ? compileGlob(text) : Pattern.compile(text);
