import { expect, test } from 'vitest';
import { parseRingSize, RingBytes, ringSizeText } from './ring-size.js';

test.each([
  ['8M', 8 << 20],
  ['16MiB', 16 << 20],
  [' 64 kb ', 64 << 10],
  ['1g', 1 << 30],
  ['65536', 65_536],
])('"%s" is %d bytes', (text, bytes) => {
  expect(parseRingSize(text)).toBe(bytes);
});

test.each(['', 'M', '-8M', '8.0M', '12M', '32K', '2G', '8T', '8 M M', '1e6', '0', '99999999999', '8MiBs'])(
  '"%s" is no size of a ring buffer',
  (text) => {
    expect(parseRingSize(text)).toBeUndefined();
  },
);

test('a size in settings is held to the same rule', () => {
  expect(RingBytes.safeParse(1 << 16).success).toBe(true);
  for (const bad of [0, -65_536, 1 << 15, 3 << 20, 2 ** 31, 65_536.5, Number.NaN, '8M']) {
    expect(RingBytes.safeParse(bad).success).toBe(false);
  }
});

test('sizes are told in the unit that they have', () => {
  expect([64 << 10, 8 << 20, 1 << 30, 4096].map(ringSizeText)).toStrictEqual([
    '64 KiB',
    '8 MiB',
    '1 GiB',
    '4 KiB',
  ]);
});
