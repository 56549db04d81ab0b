import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, Glob } from './glob.js';

const matches = (glob: string, text: string): boolean => {
  const compiled = compileGlob(glob);
  if (!(compiled instanceof Glob)) throw new Error(`${glob}: ${compiled.message}`);
  return compiled.test(text);
};

const problemOf = (text: string): string => {
  const result = compileGlob(text);
  return result instanceof Glob ? 'good' : `${String(result.position)}: ${result.message}`;
};

/** Atoms of a glob, and what a naive reader who backtracks makes of them. */
type Atom =
  | { kind: 'literal'; character: string }
  | { kind: 'any'; stars: 1 | 2 }
  | { kind: 'one' }
  | { kind: 'list'; characters: string[]; negated: boolean }
  | { kind: 'range'; first: string; last: string; negated: boolean }
  | { kind: 'choice'; of: Atom[][] };

const special = new Set(['*', '?', '[', ']', '{', '}', ',', '\\', '!', '-']);
const written = (character: string): string => (special.has(character) ? `\\${character}` : character);

const print = (atoms: readonly Atom[]): string =>
  atoms
    .map((atom) => {
      switch (atom.kind) {
        case 'literal':
          return written(atom.character);
        case 'any':
          return '*'.repeat(atom.stars);
        case 'one':
          return '?';
        case 'list':
          // The library takes "[\\-" for the beginning of a range; a "-" that comes first is itself.
          return `[${atom.negated ? '!' : ''}${atom.characters.map((character, index) => (index === 0 && character === '-' ? '-' : written(character))).join('')}]`;
        case 'range':
          return `[${atom.negated ? '!' : ''}${atom.first}-${atom.last}]`;
        case 'choice':
          return `{${atom.of.map(print).join(',')}}`;
      }
    })
    .join('');

/** Every rest of the text after the atoms took their part of it. */
const rests = (atoms: readonly Atom[], text: readonly string[], at: number): Set<number> => {
  const [atom, ...others] = atoms;
  if (atom === undefined) return new Set([at]);
  const after = new Set<number>();
  const go = (next: number): void => {
    for (const rest of rests(others, text, next)) after.add(rest);
  };
  const here = text[at];
  switch (atom.kind) {
    case 'any':
      for (let next = at; next <= text.length; next += 1) go(next);
      break;
    case 'choice':
      for (const branch of atom.of) for (const next of rests(branch, text, at)) go(next);
      break;
    case 'literal':
      if (here === atom.character) go(at + 1);
      break;
    case 'one':
      if (here !== undefined) go(at + 1);
      break;
    case 'list':
      if (here !== undefined && atom.characters.includes(here) !== atom.negated) go(at + 1);
      break;
    case 'range':
      if (here !== undefined && (here >= atom.first && here <= atom.last) !== atom.negated) go(at + 1);
      break;
  }
  return after;
};

const characters = fc.constantFrom('a', 'b', 'c', '/', '.', '-', '*', '{', ']', '\\', '!', '\n', 'é', '😀');
const { atoms } = fc.letrec<{ atom: Atom; atoms: Atom[] }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('literal' as const), character: characters }),
    fc.record({ kind: fc.constant('any' as const), stars: fc.constantFrom(1 as const, 2 as const) }),
    fc.record({ kind: fc.constant('one' as const) }),
    fc.record({
      kind: fc.constant('list' as const),
      characters: fc.array(characters, { minLength: 1, maxLength: 4 }),
      negated: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('range' as const),
      first: fc.constantFrom('a', 'b'),
      last: fc.constantFrom('b', 'c', 'z'),
      negated: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('choice' as const),
      of: fc.array(tie('atoms'), { minLength: 1, maxLength: 3 }),
    }),
  ),
  atoms: fc.array(tie('atom'), { maxLength: 5 }),
}));

// Many runs of properties, on a machine that may be busy.
describe('a glob', { timeout: 30_000 }, () => {
  it.each([
    ['/usr/bin/node', '/usr/bin/node', true],
    ['node', '/usr/bin/node', false],
    ['*node', '/usr/bin/node', true],
    ['*/node', '/usr/lib/nodejs/bin/node', true],
    ['/opt/*/server', '/opt/a/b/server', true],
    ['/opt/**/server', '/opt/a/b/server', true],
    ['/usr/bin/node?', '/usr/bin/node', false],
    ['/usr/bin/node?', '/usr/bin/node2', true],
    ['*/{node,python3}', '/usr/bin/python3', true],
    ['*/{node,python3}', '/usr/bin/python2', false],
    ['*/py{,thon{2,3}}', '/x/py', true],
    ['*/py{,thon{2,3}}', '/x/python3', true],
    ['*/py{,thon{2,3}}', '/x/python', false],
    ['[abc]x', 'bx', true],
    ['[!abc]x', 'bx', false],
    ['[!abc]x', '/x', true],
    ['[a-c]x', 'cx', true],
    ['[!a-c]x', 'cx', false],
    ['[!a-c]x', 'x', false],
    ['[ab-z]', '-', true],
    ['[ab-z]', 'p', false],
    ['[\\]]', ']', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a,b', 'a,b', true],
    ['a}', 'a}', true],
    ['a]', 'a]', true],
    ['a.c', 'abc', false],
    ['(a|b)+$', '(a|b)+$', true],
    ['?', '😀', true],
    ['a*b', 'a\nb', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
  ])('%j fits %j: %s', (glob, text, expected) => {
    expect(matches(glob, text)).toBe(expected);
  });

  it.each([
    ['a[bc', '1: a "[" is never closed'],
    ['a[', '1: a "[" is never closed'],
    ['[!', '0: a "[" is never closed'],
    ['[a-', '0: a "[" is never closed'],
    ['[a-z', '0: a "[" is never closed'],
    ['x{a,b', '1: a "{" is never closed'],
    ['{a,{b,c}', '0: a "{" is never closed'],
    ['node\\', '4: a "\\" at the end'],
    ['[a\\', '2: a "\\" at the end'],
    ['a[]', '1: the class is empty'],
    ['a[!]', '1: the class is empty'],
    ['[z-a]', '1: the range runs backwards; write a-z'],
    ['[!z-a]', '2: the range runs backwards'],
    ['[a-zA-Z]', '4: expected "]" after the range "a-z"'],
    ['{'.repeat(201), '200: "{" is nested more than 200 deep'],
  ])('%j is refused with where and why: %s', (glob, words) => {
    expect(problemOf(glob)).toContain(words);
  });

  it('agrees with a naive reader that backtracks, for any glob and text', () => {
    fc.assert(
      fc.property(atoms, fc.array(characters, { maxLength: 8 }), (glob, text) => {
        const expected = rests(glob, text, 0).has(text.length);
        expect(matches(print(glob), text.join(''))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('any text compiles or is refused with a position inside it; nothing is thrown, nothing hangs', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(fc.constantFrom('*', '?', '[', ']', '{', '}', ',', '\\', '!', '-', 'a', '😀'), {
          maxLength: 60,
        })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (glob, asked) => {
        const compiled = compileGlob(glob);
        if (compiled instanceof Glob) expect(typeof compiled.test(asked)).toBe('boolean');
        else {
          expect(compiled.position).toBeGreaterThanOrEqual(0);
          expect(compiled.position).toBeLessThanOrEqual(glob.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('matches in linear time what takes a backtracking reader for ever', () => {
    expect(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});
