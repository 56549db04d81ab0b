import type { TextPattern } from '../../contract/index.js';
import { patternFault } from './values.js';

/** Characters that mean something to RE2, and those that mean something to a glob. */
const special = { regex: /[\\^$.|?*+()[\]{}]/, glob: /[*?[\]{},\\]/ };

const literal = (character: string, syntax: TextPattern['syntax']): string =>
  special[syntax].test(character) ? `\\${character}` : character;

const inClass = (character: string): string => (/[\\\]^[-]/.test(character) ? `\\${character}` : character);

/** A class of a valid glob, from behind its `[`: as one of RE2, and where it ends. */
const classOf = (glob: readonly string[], from: number): { source: string; end: number } => {
  let at = from;
  const negated = glob[at] === '!' ? '^' : '';
  if (negated !== '') at += 1;
  if (glob[at + 1] === '-') {
    const [first = '', last = ''] = [glob[at], glob[at + 2]];
    return { source: `[${negated}${inClass(first)}-${inClass(last)}]`, end: at + 4 };
  }
  let list = '';
  for (; at < glob.length && glob[at] !== ']'; at += 1) {
    if (glob[at] === '\\') at += 1;
    list += inClass(glob[at] ?? '');
  }
  return { source: `[${negated}${list}]`, end: at + 1 };
};

/** The regular expression that fits exactly the texts that a valid glob fits. */
export const regexOfGlob = (text: string): string => {
  const glob = Array.from(text);
  let source = '';
  let depth = 0;
  let anyText = false;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at] ?? '';
    switch (character) {
      case '*':
        while (glob[at + 1] === '*') at += 1;
        source += '.*';
        anyText = true;
        break;
      case '?':
        source += '.';
        anyText = true;
        break;
      case '[': {
        const found = classOf(glob, at + 1);
        source += found.source;
        at = found.end - 1;
        break;
      }
      case '{':
        depth += 1;
        source += '(?:';
        break;
      case '}':
        source += depth > 0 ? ')' : '\\}';
        depth = Math.max(0, depth - 1);
        break;
      case ',':
        source += depth > 0 ? '|' : ',';
        break;
      case '\\':
        at += 1;
        source += literal(glob[at] ?? '', 'regex');
        break;
      default:
        source += literal(character, 'regex');
    }
  }
  // To a glob a line break is a character as any other.
  return `${anyText ? '(?s)' : ''}^${source}$`;
};

/** Reads the regular expressions that a glob can say; gives up at everything else. */
class RegexReader {
  readonly #text: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = Array.from(text);
  }

  /** Null where no glob fits the same texts. */
  glob(): string | null {
    this.#take('(?s)');
    const branches: string[] = [];
    do {
      const branch = this.#anchoredBranch();
      if (branch === null) return null;
      branches.push(branch);
    } while (this.#take('|'));
    return this.#at < this.#text.length ? null : alternatives(branches);
  }

  /** Up to `|` or the end; what is not anchored may have any text around it. */
  #anchoredBranch(): string | null {
    const start = this.#take('^') ? '' : '*';
    const inner = this.#sequence();
    if (inner === null) return null;
    const end = this.#take('$') ? '' : '*';
    const next = this.#text[this.#at];
    if (next !== undefined && next !== '|') return null;
    return `${start}${inner}${end}`.replaceAll(/(?<!\\)((?:\\\\)*)\*{2,}/g, '$1*');
  }

  #sequence(): string | null {
    let glob = '';
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || character === '|' || character === ')' || character === '$') return glob;
      const item = this.#item(character);
      if (item === null || this.#isRepeated()) return null;
      glob += item;
    }
  }

  #item(character: string): string | null {
    this.#at += 1;
    switch (character) {
      case '.':
        if (this.#take('*')) return '*';
        return this.#take('+') ? '?*' : '?';
      case '(':
        return this.#group();
      case '\\': {
        const escaped = this.#text[this.#at] ?? '';
        this.#at += 1;
        return /^[^A-Za-z0-9]$/u.test(escaped) ? literal(escaped, 'glob') : null;
      }
      default:
        return special.regex.test(character) ? null : literal(character, 'glob');
    }
  }

  #group(): string | null {
    this.#take('?:');
    const branches: string[] = [];
    do {
      const branch = this.#sequence();
      if (branch === null) return null;
      branches.push(branch);
    } while (this.#take('|'));
    return this.#take(')') ? alternatives(branches) : null;
  }

  #isRepeated(): boolean {
    return /^[*+?{]$/.test(this.#text[this.#at] ?? '');
  }

  #take(wanted: string): boolean {
    if (this.#text.slice(this.#at, this.#at + wanted.length).join('') !== wanted) return false;
    this.#at += wanted.length;
    return true;
  }
}

const alternatives = (branches: readonly string[]): string =>
  branches.length === 1 ? (branches[0] ?? '') : `{${branches.join(',')}}`;

/**
 * The glob that fits the texts that a valid regular expression is found in (`.` and `?` taken to be
 * the same, though only a glob's fits a line break); null: there is none, or it is not simple.
 */
export const globOfRegex = (text: string): string | null => {
  const glob = new RegexReader(text).glob();
  return glob === null || glob === '' ? null : glob;
};

/** The same texts in the syntax that is wanted; null: it cannot be said, or is not valid itself. */
export const translated = (
  { syntax, text }: TextPattern,
  wanted: TextPattern['syntax'],
): TextPattern | null => {
  if (patternFault({ syntax, text }) !== null) return null;
  if (syntax === wanted) return { syntax, text };
  const other = wanted === 'regex' ? regexOfGlob(text) : globOfRegex(text);
  if (other === null) return null;
  const pattern = { syntax: wanted, text: other };
  return patternFault(pattern) === null ? pattern : null;
};
