import { describe, expect, it } from 'vitest';
import { Pattern } from './pattern.js';

const problemOf = (source: string): string => {
  const result = Pattern.compile(source);
  return result instanceof Pattern ? 'good' : `${String(result.position)}: ${result.message}`;
};

describe('an executable pattern', () => {
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

  it('matches in linear time what takes a backtracking engine for ever', () => {
    const pattern = Pattern.compile('(a+)+$');
    expect(pattern instanceof Pattern && pattern.test(`${'a'.repeat(20_000)}b`)).toBe(false);
  });
});
