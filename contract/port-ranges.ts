import { z } from 'zod';

/** Inclusive range of ports, 1 ≤ first ≤ last ≤ 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What is wrong with a port list and where: `position` and `length` are offsets into the text. */
export interface PortRangesError {
  readonly position: number;
  readonly length: number;
  readonly message: string;
}

export type PortRangesResult =
  | { readonly ok: true; readonly ranges: readonly PortRange[] }
  | { readonly ok: false; readonly error: PortRangesError };

const fail = (position: number, length: number, message: string): PortRangesResult => ({
  ok: false,
  error: { position, length, message },
});

const MAX_PORT = 65_535;
/** White space is what Go's `\s` takes, not JavaScript's, which has a no-break space in it too. */
const TOKEN = /[\t\n\f\r ]+|\d+|[-,]|[^\t\n\f\r \d,-]+/gy;
const isSpace = (text: string): boolean => /^[\t\n\f\r ]/.test(text);

interface Token {
  readonly text: string;
  readonly at: number;
}

const tokens = (text: string): Token[] => {
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    if (!isSpace(match[0])) found.push({ text: match[0], at: match.index });
  }
  return found;
};

const isNumber = (token: Token): boolean => /^\d+$/.test(token.text);

/**
 * Parses a PortEnum text: comma-separated ports and inclusive ranges, white space allowed
 * anywhere between tokens, leading zeros decimal, duplicates allowed.
 *
 * The grammar is Beyla's; unlike Beyla, ports that can never match as meant (0, above 65535, a
 * range running backwards) are errors too. Ranges come back in the order written.
 */
export const parsePortRanges = (text: string): PortRangesResult => {
  const all = tokens(text);
  if (all.length === 0) return fail(0, text.length, 'no port given; write for example 80, 8000-8999');

  const ranges: PortRange[] = [];
  let index = 0;
  const port = (): number | PortRangesError => {
    const token = all[index];
    if (token === undefined) {
      return { position: text.length, length: 0, message: 'a port is missing at the end' };
    }
    if (!isNumber(token)) {
      return {
        position: token.at,
        length: token.text.length,
        message: `expected a port, found "${token.text}"`,
      };
    }
    const value = Number(token.text);
    if (value > MAX_PORT) {
      return {
        position: token.at,
        length: token.text.length,
        message: `${token.text} is above 65535, the highest port`,
      };
    }
    if (value === 0) {
      return {
        position: token.at,
        length: token.text.length,
        message: 'port 0 is never bound; the lowest port is 1',
      };
    }
    index += 1;
    return value;
  };

  for (;;) {
    const start = all[index];
    const first = port();
    if (typeof first !== 'number') return { ok: false, error: first };
    let last = first;
    if (all[index]?.text === '-') {
      index += 1;
      const end = all[index];
      const parsed = port();
      if (typeof parsed !== 'number') return { ok: false, error: parsed };
      last = parsed;
      if (last < first && start !== undefined && end !== undefined) {
        return fail(
          start.at,
          end.at + end.text.length - start.at,
          `the range runs backwards; write ${String(last)}-${String(first)}`,
        );
      }
    }
    ranges.push({ first, last });

    const separator = all[index];
    if (separator === undefined) return { ok: true, ranges };
    if (separator.text !== ',') {
      return fail(
        separator.at,
        separator.text.length,
        isNumber(separator)
          ? 'a comma is missing before this port'
          : `expected a comma, found "${separator.text}"`,
      );
    }
    index += 1;
  }
};

/**
 * Canonical text: without white space and leading zeros, a range of one port as that port. The order
 * is the one given, and what is said twice stays: `80,8080-8099,443`.
 */
export const formatPortRanges = (ranges: readonly PortRange[]): string =>
  ranges
    .map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`))
    .join(',');

/** Text of a port list as a border type: parsed where it enters, kept as the user wrote it. */
export const PortRangesText = z
  .string()
  .max(4096)
  .superRefine((text, context) => {
    const result = parsePortRanges(text);
    if (!result.ok) {
      context.addIssue({
        code: 'custom',
        message: `${result.error.message} (at character ${String(result.error.position + 1)})`,
      });
    }
  });
