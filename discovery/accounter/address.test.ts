import { describe, expect, it } from 'vitest';
import { addressText } from './address.js';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from((hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));

describe('an IPv6 address as RFC 5952 writes it', () => {
  it.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010db8000100010001000100010000', '2001:db8:1:1:1:1:1:0'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['fe80000000000000abcdef0012345678', 'fe80::abcd:ef00:1234:5678'],
    ['00000000000000000000ffff7f000001', '::ffff:127.0.0.1'],
    ['00010000000000000000000000000000', '1::'],
  ])('%s is %s', (hex, text) => {
    expect(addressText('ipv6', bytes(hex), 0)).toBe(text);
  });

  it('IPv4 lies in the first four bytes, at any offset', () => {
    expect(addressText('ipv4', bytes('ffff7f0000010000000000000000000000000000'), 2)).toBe('127.0.0.1');
  });
});
