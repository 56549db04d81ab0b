import { expect, it } from 'vitest';
import { errorWords } from './error-words.js';

it('gives the words of an error without what Electron wraps around them', () => {
  const wrapped = new Error("Error invoking remote method 'settings:update': Error: No space left on /home.");
  expect(errorWords(wrapped)).toBe('No space left on /home.');
  expect(errorWords(new Error('plain'))).toBe('plain');
  expect(errorWords('text')).toBe('text');
});
