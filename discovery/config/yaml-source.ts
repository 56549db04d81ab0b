import type { Alias, CST, ErrorCode, Node, Pair, Scalar, YAMLMap } from 'yaml';
import {
  Composer,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
} from 'yaml';
import type { ConfigurationProblem } from '../../contract/index.js';
import type { Place } from './place.js';
import { inOrder, problemAt } from './place.js';

/** Longest text, in characters. */
export const MOST_CHARACTERS = 4_000_000;
/** Most tokens of YAML: 2,000 criteria with everything set stay below; more would take seconds. */
const MOST_TOKENS = 150_000;
const MOST_LEVELS = 64;
/** Most that is told of a text that is not YAML. */
const MOST_ERRORS = 20;
/** Most nodes that aliases may stand for, all in all. */
const MOST_ALIASED = 20_000;

/** A key of a map and what it stands for, aliases and merges followed. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** A text as it stands in the source. */
export interface SourceText {
  readonly text: string;
  /** Of a character of the text, as exactly as its quoting allows. */
  place(position: number): Place;
}

/** A YAML document with the places of its nodes. Every alias is known to lead somewhere, at bounded cost. */
export class YamlSource {
  readonly file: string;
  readonly #text: string;
  readonly #lines: LineCounter;
  /** Offsets of low surrogates: a character outside the basic plane counts as one column. */
  readonly #surrogates: readonly number[];
  readonly #targets = new Map<Alias, Node>();
  root: Node | null = null;

  private constructor(text: string, file: string) {
    this.file = file;
    this.#text = text;
    this.#lines = new LineCounter();
    // By ourselves: the parser leaves out lines where it stumbles.
    this.#lines.addNewLine(0);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1))
      this.#lines.addNewLine(at + 1);
    this.#surrogates = Array.from(text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g), ({ index }) => index + 1);
  }

  /** Reads one document, or tells everything that keeps it from being one. Never throws. */
  static parse(text: string, file: string): YamlSource | ConfigurationProblem[] {
    const nowhere = { file, line: null, column: null };
    if (text.length > MOST_CHARACTERS) {
      return [problemAt(nowhere, 'over 4 MB, too large for a configuration; give the YAML file itself')];
    }
    const source = new YamlSource(text, file);
    // eslint-disable-next-line no-control-regex -- what no text file has
    const binary = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    if (binary >= 0) {
      const code = text.charCodeAt(binary).toString(16).padStart(2, '0');
      return [source.problem(binary, `not a text file: byte 0x${code} here; give the YAML file itself`)];
    }
    const tokens = source.#tokens();
    if (!Array.isArray(tokens)) return [tokens];
    const composer = new Composer({
      prettyErrors: false,
      // Done in #survey: here it would take the square of the keys.
      uniqueKeys: false,
      intAsBigInt: true,
    });
    const documents = composer.compose(tokens, false, text.length);
    const document = documents.next();
    if (document.done === true) return source;
    const { contents, errors } = document.value;
    if (errors.length > 0) {
      return inOrder(
        // The first of them say it all; the others are mostly their consequence.
        errors
          .slice(0, MOST_ERRORS)
          .map(({ pos, message, code }) => source.problem(pos[0], `not YAML: ${message}${mending(code)}`)),
      );
    }
    const second = documents.next();
    if (second.done !== true) {
      const at = second.value.range[0];
      return [source.problem(at, 'a second document begins here; give each a file of its own')];
    }
    const problems = contents === null ? [] : source.#survey(contents);
    if (problems.length > 0) return inOrder(problems);
    source.root = contents;
    return source;
  }

  place(offset: number): Place {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.#text.length));
    const begin = offset - (col - 1);
    return { file: this.file, line, column: col - (this.#before(offset) - this.#before(begin)) };
  }

  placeOf(node: Node): Place {
    return this.place(node.range?.[0] ?? 0);
  }

  problem(offset: number, message: string): ConfigurationProblem {
    return problemAt(this.place(offset), message);
  }

  /** What an alias stands for; any other node itself. */
  resolve(node: Node): Node {
    let target = node;
    while (isAlias(target)) {
      const next = this.#targets.get(target);
      if (next === undefined) break;
      target = next;
    }
    return target;
  }

  /** The entries of a map in order, those of merged maps (`<<`) behind its own. */
  entries(map: YAMLMap): Entry[] {
    const own: Entry[] = [];
    const merged: Entry[] = [];
    for (const pair of map.items as Pair<Node, Node | null>[]) {
      const value = pair.value === null ? null : this.resolve(pair.value);
      if (isMergeKey(pair.key)) {
        for (const from of isSeq(value) ? (value.items as Node[]) : [value]) {
          const source = from === null ? null : this.resolve(from);
          if (isMap(source)) merged.push(...this.entries(source));
        }
      } else {
        own.push({ key: this.keyText(pair.key), keyNode: pair.key, value });
      }
    }
    const known = new Set(own.map(({ key }) => key));
    for (const entry of merged) {
      if (known.has(entry.key)) continue;
      known.add(entry.key);
      own.push(entry);
    }
    return own;
  }

  keyText(key: Node): string {
    const node = this.resolve(key);
    return isScalar(node) ? scalarText(node) : '(a list or map)';
  }

  /** The text of a scalar, as it is written: `0x50` and `080` stay what they are. */
  text(node: Scalar): SourceText {
    const text = scalarText(node);
    const start = node.range?.[0] ?? 0;
    // Behind the quote, if there is one; where escapes make the two differ, the scalar itself is named.
    const begin = [start, start + 1].find((at) => this.#text.startsWith(text, at));
    return {
      text,
      place: (position) => this.place(begin === undefined ? start : begin + position),
    };
  }

  #before(offset: number): number {
    let low = 0;
    let high = this.#surrogates.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#surrogates[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Tokens, counted and of bounded depth: what composes them recurses, and a stack that is full cannot be caught. */
  #tokens(): CST.Token[] | ConfigurationProblem {
    const parser = new Parser();
    let offset = 0;
    const tokens: CST.Token[] = [];
    let count = 0;
    for (const lexeme of new Lexer().lex(this.#text)) {
      count += 1;
      if (count > MOST_TOKENS) {
        return problemAt(
          { ...this.place(offset), column: 1 },
          `more than ${String(MOST_TOKENS)} YAML tokens up to here, too many for a configuration`,
        );
      }
      offset += lexeme.length;
      for (const token of parser.next(lexeme)) tokens.push(token);
    }
    for (const token of parser.end()) tokens.push(token);
    const deep = tooDeep(tokens);
    return deep === null
      ? tokens
      : this.problem(deep, `nested over ${String(MOST_LEVELS)} levels deep; no configuration is`);
  }

  /** Follows anchors to their aliases, and finds what the composer lets pass. */
  #survey(root: Node): ConfigurationProblem[] {
    const problems: ConfigurationProblem[] = [];
    const anchors = new Map<string, { node: Node; size: number } | 'open'>();
    let aliased = 0;
    const sizeOf = (node: Node): number => {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target === undefined || target === 'open') {
          problems.push(
            this.problem(
              offset,
              target === 'open'
                ? `*${node.source} stands inside what it stands for`
                : `*${node.source} stands for nothing; put a text that begins with * in quotes: '*${node.source}'`,
            ),
          );
          return 1;
        }
        this.#targets.set(node, target.node);
        aliased += target.size;
        return target.size;
      }
      const { anchor } = node;
      if (anchor !== undefined) anchors.set(anchor, 'open');
      let size = 1;
      if (isMap(node)) size += this.#keys(node, sizeOf, problems);
      else if (isSeq(node)) for (const item of node.items) size += isNode(item) ? sizeOf(item) : 0;
      if (anchor !== undefined) anchors.set(anchor, { node, size });
      return size;
    };
    sizeOf(root);
    if (aliased > MOST_ALIASED) {
      problems.push(
        this.problem(0, `aliases (*name) stand for over ${String(MOST_ALIASED)} nodes; write fewer of them`),
      );
    }
    return problems;
  }

  #keys(map: YAMLMap, sizeOf: (node: Node) => number, problems: ConfigurationProblem[]): number {
    const seen = new Set<string>();
    let size = 0;
    for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
      const keyNode = isNode(key) ? key : null;
      if (keyNode === null) {
        problems.push(this.problem(map.range?.[0] ?? 0, 'a key is missing before a ":"'));
        continue;
      }
      size += sizeOf(keyNode) + (isNode(value) ? sizeOf(value) : 0);
      const text = this.keyText(keyNode);
      const offset = keyNode.range?.[0] ?? 0;
      if (isCollection(this.resolve(keyNode))) {
        problems.push(this.problem(offset, 'a list or map cannot be a key; write it behind a key'));
      } else if (seen.has(text)) {
        problems.push(this.problem(offset, `${text} is given twice in one map; keep one of them`));
      }
      seen.add(text);
    }
    return size;
  }
}

const inQuotes = 'put a text with such characters in quotes';

/** How the most usual mistakes are mended. */
const mendings: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'put the text in single quotes, where \\ is itself',
  BAD_INDENT: 'indent the lines that belong together alike',
  BAD_SCALAR_START: inQuotes,
  BLOCK_AS_IMPLICIT_KEY: 'put a text with ": " in it in quotes, or look at the indentation',
  MULTILINE_IMPLICIT_KEY: 'look at the indentation, and for a ":" that is missing',
  TAB_AS_INDENT: 'indent with spaces',
  UNEXPECTED_TOKEN: inQuotes,
};

const mending = (code: ErrorCode): string => {
  const hint = mendings[code];
  return hint === undefined ? '' : `; ${hint}`;
};

const scalarText = (node: Scalar): string => node.source ?? String(node.value);

const isMergeKey = (key: Node): boolean => isScalar(key) && key.type === 'PLAIN' && key.source === '<<';

/** Offset of a token that is nested too deep; null: none is. */
const tooDeep = (tokens: readonly CST.Token[]): number | null => {
  const waiting: [token: CST.Token, level: number][] = tokens.map((token) => [token, 0]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [token, level] = next;
    if (level > MOST_LEVELS) return token.offset;
    if (token.type === 'document') {
      if (token.value !== undefined) waiting.push([token.value, level]);
    } else if ('items' in token) {
      for (const { key, value } of token.items) {
        if (key) waiting.push([key, level + 1]);
        if (value) waiting.push([value, level + 1]);
      }
    }
  }
  return null;
};
