import { expect, it } from 'vitest';
import { capturedArguments } from './arguments.js';

it('counts all of a command line that was not cut, with or without its last NUL', () => {
  expect(capturedArguments({ args: ['node', '-e', ''], argsLength: 9 })).toEqual({ bytes: 8, cut: false });
  expect(capturedArguments({ args: ['nginx: worker'], argsLength: 13 })).toEqual({ bytes: 13, cut: false });
});

it('counts the bytes that were captured of one that was', () => {
  expect(capturedArguments({ args: ['node', 'x'.repeat(251)], argsLength: 863 })).toEqual({
    bytes: 256,
    cut: true,
  });
});

it('counts bytes, not characters, and leaves out one that was cut through', () => {
  expect(capturedArguments({ args: ['é'.repeat(128)], argsLength: 400 }).bytes).toBe(256);
  const cutThrough = new TextDecoder().decode(new TextEncoder().encode(`a${'é'.repeat(128)}`).slice(0, 256));
  expect(capturedArguments({ args: [cutThrough], argsLength: 400 }).bytes).toBe(255);
});
