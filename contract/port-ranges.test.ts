import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPortRanges, parsePortRanges, PortRangesText } from './port-ranges.js';

const canonical = (text: string): string => {
  const result = parsePortRanges(text);
  return result.ok ? formatPortRanges(result.ranges) : `error at ${String(result.error.position)}`;
};

describe('a port list of the PortEnum grammar', { timeout: 30_000 }, () => {
  it.each([
    ['80', '80'],
    ['80,8080', '80,8080'],
    ['8000-8999', '8000-8999'],
    ['   80\t,   100 -200,443, 8000- 8999   ', '80,100-200,443,8000-8999'],
    ['80,8080-8099,443', '80,8080-8099,443'],
    ['00080', '80'],
    ['0x50'.slice(2), '50'],
    ['80,80,80', '80,80,80'],
    ['1-65535', '1-65535'],
    ['65535', '65535'],
    ['7-7', '7'],
    ['1\n,\r\n2', '1,2'],
    ['80 - 90', '80-90'],
  ])('%j is %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });

  it.each([
    ['', 0],
    ['   ', 0],
    [',', 0],
    ['-', 0],
    ['1a', 1],
    ['a1', 0],
    [',33', 0],
    ['33,', 3],
    ['33, ', 4],
    ['32,15-', 6],
    ['12,-13', 3],
    ['80 81', 3],
    ['0x50', 0],
    ['80;81', 2],
    ['80,,81', 3],
    ['80--90', 3],
    ['80-90-100', 5],
    ['-80', 0],
    ['+80', 0],
    ['80.5', 2],
    ['８０', 0],
    ['80–90', 2],
    ['80\u00a0', 2],
    ['80,\u30008080', 3],
    ['\u00a0', 0],
    ['1e3', 1],
    ['*', 0],
  ])('%j is rejected at character %i', (text, position) => {
    expect(canonical(text)).toBe(`error at ${String(position)}`);
  });

  it.each([
    ['70000', 0, 5, 'above 65535'],
    ['80,65536', 3, 5, 'above 65535'],
    ['99999999999999999999', 0, 20, 'above 65535'],
    ['0', 0, 1, 'port 0'],
    ['000', 0, 3, 'port 0'],
    ['0-100', 0, 1, 'port 0'],
    ['100-0', 4, 1, 'port 0'],
    ['8999-8000', 0, 9, 'write 8000-8999'],
    ['80, 8999 - 8000', 4, 11, 'write 8000-8999'],
  ])('%j can never match as meant: rejected at %i, %i long: %s', (text, position, length, words) => {
    const result = parsePortRanges(text);
    expect(result.ok).toBe(false);
    if (result.ok) return;
    expect(result.error).toMatchObject({ position, length });
    expect(result.error.message).toContain(words);
  });

  it('comes back from its canonical form unchanged', () => {
    for (const text of ['80', '1-2,3', '443,80-90,1']) expect(canonical(canonical(text))).toBe(text);
  });

  it('as a border type names the character, and is limited in length', () => {
    expect(PortRangesText.safeParse('80,').error?.issues[0]?.message).toContain('at character 4');
    expect(PortRangesText.safeParse('1,'.repeat(3000) + '1').success).toBe(false);
  });

  const port = fc.integer({ min: 1, max: 65_535 });
  const range = fc
    .tuple(port, port)
    .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) }));
  const ranges = fc.array(
    fc.oneof(
      range,
      port.map((only) => ({ first: only, last: only })),
    ),
    {
      minLength: 1,
      maxLength: 20,
    },
  );

  it('ranges come back from their text as they were, in order, duplicates too', () => {
    fc.assert(
      fc.property(ranges, (given) => {
        expect(parsePortRanges(formatPortRanges(given))).toEqual({ ok: true, ranges: given });
      }),
    );
  });

  it('white space, leading zeros and a range of one port change nothing', () => {
    const space = fc.constantFrom('', ' ', '\t', ' \n ');
    const zeros = fc.constantFrom('', '0', '000');
    fc.assert(
      fc.property(ranges, fc.infiniteStream(space), fc.infiniteStream(zeros), (given, spaces, noughts) => {
        const some = (): string => String(spaces.next().value);
        const number = (value: number): string =>
          `${some()}${String(noughts.next().value)}${String(value)}${some()}`;
        const text = given.map(({ first, last }) => `${number(first)}-${number(last)}`).join(',');
        expect(canonical(text)).toBe(formatPortRanges(given));
      }),
    );
  });

  it('any text is read, or refused at a place inside it; nothing is thrown, nothing hangs', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc
        .array(fc.constantFrom('8', '0', '65536', ',', '-', ' ', '\t', 'x'), { maxLength: 30 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const result = parsePortRanges(given);
        if (result.ok) {
          for (const { first, last } of result.ranges) {
            expect(first).toBeGreaterThanOrEqual(1);
            expect(last).toBeGreaterThanOrEqual(first);
            expect(last).toBeLessThanOrEqual(65_535);
          }
          return;
        }
        const { position, length, message } = result.error;
        expect(message).not.toBe('');
        expect(position).toBeGreaterThanOrEqual(0);
        expect(position + length).toBeLessThanOrEqual(given.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('is read in linear time', () => {
    const text = `${'1,'.repeat(200_000)}x`;
    expect(canonical(text)).toBe(`error at ${String(text.length - 1)}`);
  });
});
