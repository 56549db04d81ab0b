import { describe, expect, it } from 'vitest';
import { shortenMiddle, splitMiddle } from './middle.js';

describe('splitMiddle', () => {
  it('keeps the last part of a path whole', () => {
    expect(splitMiddle('/usr/local/bin/node')).toEqual(['/usr/local/bin', '/node']);
  });
  it('keeps the end of a text that is no path', () => {
    expect(splitMiddle('0123456789', 4)).toEqual(['012345', '6789']);
  });
  it('does not let one endless name take all the room', () => {
    const [, tail] = splitMiddle(`/opt/${'x'.repeat(300)}`);
    expect(tail).toHaveLength(28);
  });
  it('loses nothing, whatever the text', () => {
    for (const text of ['', '/', 'a', '/a', 'a/', '/😀😀😀😀😀😀😀😀😀', '😀'.repeat(40)]) {
      expect(splitMiddle(text).join('')).toBe(text);
    }
  });
  it('never cuts a character in two', () => {
    for (let tail = 1; tail < 12; tail += 1) {
      const [head] = splitMiddle('😀'.repeat(10), tail);
      expect(head).not.toMatch(/[\ud800-\udbff]$/);
    }
  });
});

describe('shortenMiddle', () => {
  it('leaves what fits as it is', () => {
    expect(shortenMiddle('/bin/sh', 7)).toBe('/bin/sh');
  });
  it('shortens to the length asked for, and keeps both ends', () => {
    const path = `/home/ada/${'folder/'.repeat(40)}server.js`;
    const short = shortenMiddle(path, 30);
    expect(short).toHaveLength(30);
    expect(short.startsWith('/home')).toBe(true);
    expect(short.endsWith('/server.js')).toBe(true);
  });
});
