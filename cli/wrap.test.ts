import { expect, it } from 'vitest';
import { wrapped } from './wrap.js';

it('breaks between words, at the last one that fits', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapped('one two three', 6)).toEqual(['one', 'two', 'three']);
  expect(wrapped('one two three', 13)).toEqual(['one two three']);
});

it('what lines begin with counts', () => {
  expect(wrapped('one two three', 9, 'a: ', '   ')).toEqual(['a: one', '   two', '   three']);
  expect(wrapped('one two three', 10, 'a: ', '   ')).toEqual(['a: one two', '   three']);
});

it('a word that is too long stays whole', () => {
  expect(wrapped('a extraordinary b', 5, '- ', '  ')).toEqual(['- a', '  extraordinary', '  b']);
});

it('no text is one line', () => {
  expect(wrapped('', 5, '- ')).toEqual(['- ']);
});
