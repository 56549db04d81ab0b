import { expect, test } from 'vitest';
import { addressText } from './index.js';

const bytes = (hex: string): Uint8Array =>
  new Uint8Array((hex.match(/../g) ?? []).map((byte) => parseInt(byte, 16)));

test('IPv4 addresses lie in the first four bytes', () => {
  expect(addressText('ipv4', bytes('7f000001' + '0'.repeat(24)), 0)).toBe('127.0.0.1');
  expect(addressText('ipv4', bytes('ffff' + '00000000' + '0'.repeat(24)), 2)).toBe('0.0.0.0');
});

test.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['20010db8000000000008080020000c41', '2001:db8::8:800:2000:c41'],
  ['fe800000000000000000000000000000', 'fe80::'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['20010000000000010000000000000001', '2001:0:0:1::1'],
  ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
  ['00010002000300040005000600070008', '1:2:3:4:5:6:7:8'],
  ['00000000000000000000ffffc0000221', '::ffff:192.0.2.33'],
])('IPv6 address %s is written %s', (hex, text) => {
  expect(addressText('ipv6', bytes(`aabb${hex}`), 2)).toBe(text);
});
