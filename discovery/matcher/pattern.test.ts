import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pattern } from './pattern.js';

const problemOf = (source: string): string => {
  const result = Pattern.compile(source);
  return result instanceof Pattern ? 'good' : `${String(result.position)}: ${result.message}`;
};

// Many runs of properties, on a machine that may be busy.
describe('an executable pattern', { timeout: 30_000 }, () => {
  it.each([
    ['node', '/usr/bin/node', true],
    ['^node', '/usr/bin/node', false],
    ['(?i)NODE$', '/usr/bin/node', true],
    ['/(node|python3?)$', '/usr/bin/python3', true],
    ['py.*\\d', '/usr/bin/python3.11', true],
    ['\\.', '/usr/bin/node', false],
  ])('%s is searched anywhere in %s: %s', (source, text, found) => {
    const pattern = Pattern.compile(source);
    expect(pattern instanceof Pattern && pattern.test(text)).toBe(found);
  });

  it.each([
    ['(', 'null: a "(" is never closed'],
    ['ab)', 'null: a ")" closes nothing'],
    ['x[a', '1: the character class "[a"'],
    ['a**', '1: "**" repeats a repetition'],
    ['a(?!b)', '1: RE2 has no look-ahead'],
    ['a(?<=b)', '1: RE2 has no look-ahead or look-behind'],
    ['*a', '0: "*" has nothing before it'],
    ['(a)\\1', '3: invalid escape sequence'],
    ['x{1001}', '1: invalid repeat count'],
  ])('%s is refused with where and why', (source, words) => {
    expect(problemOf(source)).toContain(words);
  });

  it('agrees with the RegExp of JavaScript on what both know, for any text', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '/',
      '\\.',
      '.',
      '[ab]',
      '[^a]',
      '[a-c]',
      '\\d',
      '\\w',
      '(?:ab|c)',
    );
    const piece = fc
      .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '*?'))
      .map((parts) => parts.join(''));
    const sequence = fc.array(piece, { maxLength: 4 }).map((parts) => parts.join(''));
    const source = fc
      .tuple(
        fc.constantFrom('', '^'),
        fc.array(sequence, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', '$'),
      )
      .map(([begin, branches, end]) => `${begin}${branches.join('|')}${end}`);
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '/', '.', '1', '_', '\n'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(source, text, (written, asked) => {
        const pattern = Pattern.compile(written);
        expect(pattern instanceof Pattern && pattern.test(asked)).toBe(new RegExp(written).test(asked));
      }),
      { numRuns: 1000 },
    );
  });

  it('any text compiles or is refused in words; nothing is thrown, nothing hangs', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            '(',
            ')',
            '[',
            ']',
            '{',
            '}',
            '2',
            ',',
            '\\',
            '*',
            '+',
            '?',
            '^',
            '$',
            '|',
            'a',
            'p',
            '<',
            '😀',
          ),
          {
            maxLength: 40,
          },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (source, asked) => {
        const compiled = Pattern.compile(source);
        if (compiled instanceof Pattern) {
          expect(typeof compiled.test(asked)).toBe('boolean');
          return;
        }
        expect(compiled.message).not.toBe('');
        expect(compiled.position ?? 0).toBeLessThanOrEqual(source.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('matches in linear time what takes a backtracking engine for ever', () => {
    const pattern = Pattern.compile('(a+)+$');
    expect(pattern instanceof Pattern && pattern.test(`${'a'.repeat(20_000)}b`)).toBe(false);
  });
});
