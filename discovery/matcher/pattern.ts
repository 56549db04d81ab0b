import { RE2JS, RE2JSSyntaxException } from 're2js';

/** What is wrong with a pattern; `position` is an offset into it, null where RE2 does not tell. */
export interface PatternProblem {
  readonly message: string;
  readonly position: number | null;
}

/** A regular expression of RE2 syntax, searched for anywhere in a text, in linear time. */
export class Pattern {
  readonly #compiled: RE2JS;

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
  }

  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  static compile(source: string): Pattern | PatternProblem {
    try {
      return new Pattern(RE2JS.compile(source));
    } catch (error) {
      if (!(error instanceof RE2JSSyntaxException)) throw error;
      const fragment = error.getPattern() ?? '';
      const at = source.indexOf(fragment);
      const unique = fragment !== source && fragment !== '' && at >= 0 && source.lastIndexOf(fragment) === at;
      return { message: describe(error.getDescription(), fragment), position: unique ? at : null };
    }
  }
}

const describe = (description: string, fragment: string): string => {
  switch (description) {
    case 'missing closing )':
      return 'a "(" is never closed; write "\\(" for the character itself';
    case 'missing closing ]':
      return `the character class "${fragment}" is never closed with "]"`;
    case 'unexpected )':
      return 'a ")" closes nothing; write "\\)" for the character itself';
    case 'missing argument to repetition operator':
      return `"${fragment}" has nothing before it to repeat; write ".${fragment}" for any text`;
    case 'invalid nested repetition operator':
      return `"${fragment}" repeats a repetition`;
    case 'invalid or unsupported Perl syntax':
    case 'invalid named capture':
      return /^\(\?<?[=!]/.test(fragment)
        ? `RE2 has no look-ahead or look-behind ("${fragment}")`
        : `"${fragment}" is not RE2 syntax`;
    default:
      return `${description}: "${fragment}"`;
  }
};
