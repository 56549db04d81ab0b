import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { TextPattern } from '../../contract/index.js';
import { compileTextPattern } from '../matcher/text-pattern.js';
import { globOfRegex, regexOfGlob, translated } from './translate-pattern.js';

vi.setConfig({ testTimeout: 30_000 });

const fits = (pattern: TextPattern, text: string): boolean => {
  const compiled = compileTextPattern(pattern);
  if ('message' in compiled) throw new Error(`${pattern.text}: ${compiled.message}`);
  return compiled.test(text);
};

const texts = fc.array(fc.stringMatching(/^[ab/.,!\-\\{}*[\]^$é]{0,6}$/), { minLength: 20, maxLength: 20 });

describe('regular expression of a glob', () => {
  it.each([
    ['/usr/bin/node', '^/usr/bin/node$'],
    ['*node*', '(?s)^.*node.*$'],
    ['**/a.b', '(?s)^.*/a\\.b$'],
    ['{go,java}', '^(?:go|java)$'],
    ['[!a-z]x', '^[^a-z]x$'],
    ['[!\\]^]', '^[^\\]\\^]$'],
    ['a}b,c', '^a\\}b,c$'],
    ['\\*\\{', '^\\*\\{$'],
  ])('%s', (glob, regex) => {
    expect(regexOfGlob(glob)).toBe(regex);
  });

  it('fits exactly what the glob fits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab/.,*?{}![\]\\^-]{1,10}$/), texts, (text, samples) => {
        const pattern: TextPattern = { syntax: 'glob', text };
        fc.pre(!('message' in compileTextPattern(pattern)));
        const other: TextPattern = { syntax: 'regex', text: regexOfGlob(text) };
        for (const sample of [...samples, text, 'a\nb'])
          expect(fits(other, sample), sample).toBe(fits(pattern, sample));
      }),
      { numRuns: 300 },
    );
  });
});

describe('glob of a regular expression', () => {
  it.each([
    ['node', '*node*'],
    ['^/usr/bin/node$', '/usr/bin/node'],
    ['^/usr/', '/usr/*'],
    ['node$', '*node'],
    ['python3\\.11', '*python3.11*'],
    ['^/opt/.*/bin/java$', '/opt/*/bin/java'],
    ['.*node.*', '*node*'],
    ['a.b', '*a?b*'],
    ['^.+x$', '?*x'],
    ['(nginx|node)$', '*{nginx,node}'],
    ['^(?:go|java)$', '{go,java}'],
    ['nginx|^/bin/sh$', '{*nginx*,/bin/sh}'],
    ['\\*', '*\\**'],
    ['.', '*?*'],
    ['(?s)^a.b$', 'a?b'],
  ])('%s is %s', (regex, glob) => {
    expect(globOfRegex(regex)).toBe(glob);
  });

  it.each([
    'a+',
    'a*',
    '[ab]',
    'a?',
    'a{2}',
    '\\d',
    '(?i)a',
    'a^b',
    'a$b',
    '\\bnode\\b',
    '(a|b)+',
    '.*?',
    '^$',
    '\\pN',
    '(?P<n>a)',
  ])('%s cannot be said', (regex) => {
    expect(globOfRegex(regex)).toBeNull();
  });

  it('fits exactly what the regular expression is found in, line breaks aside', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ab/.*+?^$|()\\,]{1,8}$/), texts, (text, samples) => {
        const pattern: TextPattern = { syntax: 'regex', text };
        fc.pre(!('message' in compileTextPattern(pattern)));
        const other = translated(pattern, 'glob');
        fc.pre(other !== null);
        for (const sample of [...samples, text])
          expect(fits(other, sample), `${other.text} ${sample}`).toBe(fits(pattern, sample));
      }),
      { numRuns: 300 },
    );
  });
});
