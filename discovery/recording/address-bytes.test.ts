import { describe, expect, it } from 'vitest';
import { addressText } from '../../contract/index.js';
import { addressBytes } from './address-bytes.js';

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '127.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    '2001:db8::8:800:200c:417a',
    '1:2:3:4:5:6:7:8',
    '::ffff:1.2.3.4',
  ])('%s is read as it is written', (text) => {
    const read = addressBytes(text);
    expect(read === null ? null : addressText(read.family, read.bytes, 0)).toBe(text);
    expect(read?.bytes).toHaveLength(16);
  });

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '[::1]',
    '::1%eth0',
    '1:2:3:4:5:6:7::8',
    '1.2.3.4::',
  ])('%j is no address', (text) => {
    expect(addressBytes(text)).toBeNull();
  });
});
