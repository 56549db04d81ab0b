import { expect, it } from 'vitest';
import { amountText, bytesText } from './quantity.js';

it.each([
  [0, '0 B'],
  [812, '812 B'],
  [1023.4, '1023 B'],
  [1023.6, '1.0 KiB'],
  [1434, '1.4 KiB'],
  [10_188, '9.9 KiB'],
  [10_200, '10 KiB'],
  [24_000_000, '23 MiB'],
  [3 * 1024 ** 5, '3072 TiB'],
  [-5, '0 B'],
])('%f bytes are %s', (bytes, words) => expect(bytesText(bytes)).toBe(words));

it.each([
  [0, '0'],
  [3, '3'],
  [0.4, '0.4'],
  [9.94, '9.9'],
  [12.6, '13'],
])('%f is %s', (value, words) => expect(amountText(value)).toBe(words));
