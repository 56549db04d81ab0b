import { describe, expect, it } from 'vitest';
import { tableLines } from './table.js';
import { paint, paintFor, plain, printable, shortened } from './terminal-text.js';
import { durationText, endpointText } from './words.js';

describe('text of others on a terminal', () => {
  it.each([
    ['\u001b[2J\u001b]0;x\u0007', '\\x1b[2J\\x1b]0;x\\x07'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['\u009b31m', '\\x9b31m'],
    ['a\u202egnp', 'a\\u202egnp'],
    ['grüße 日本 🙂', 'grüße 日本 🙂'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is shortened in the middle', () => {
    expect(shortened('/very/long/path/to/node', 11)).toBe('/very…/node');
    expect(shortened('short', 11)).toBe('short');
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %s, environment %j: %s', (isTTY, environment, coloured) => {
    expect(paintFor({ isTTY }, environment)).toBe(coloured ? paint : plain);
  });
});

describe('a table', () => {
  it('is as wide as its widest cells, and has no trailing blanks', () => {
    const columns = [
      { title: 'P', align: 'right' as const, text: ([port]: readonly [number, string]) => String(port) },
      { title: 'NAME', text: ([, name]: readonly [number, string]) => name },
    ];
    expect(
      tableLines(
        columns,
        [
          [80, 'node'],
          [8080, ''],
        ],
        plain,
      ),
    ).toEqual(['   P  NAME', '  80  node', '8080']);
  });
});

describe('words', () => {
  it.each([
    [500n, '1 µs'],
    [1_500_000n, '1.5 ms'],
    [90_000_000_000n, '90.0 s'],
    [600_000_000_000n, '10 min'],
    [10_800_000_000_000n, '3.0 h'],
    [864_000_000_000_000n, '10.0 d'],
  ])('%s ns is %s', (ns, text) => {
    expect(durationText(ns)).toBe(text);
  });

  it('IPv6 addresses stand in brackets', () => {
    expect(endpointText({ family: 'ipv6', address: '::1', port: 80 } as never)).toBe('[::1]:80');
  });
});
