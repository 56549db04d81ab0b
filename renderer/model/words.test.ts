import { expect, it } from 'vitest';
import { endpointText, shellText } from './words.js';

it('brackets IPv6 addresses', () => {
  expect(endpointText({ address: '::1', port: 80 as never })).toBe('[::1]:80');
  expect(endpointText({ address: '127.0.0.1', port: 80 as never })).toBe('127.0.0.1:80');
});

it('quotes arguments so that a shell reads them back as they were', () => {
  expect(shellText(['node', '--name=a b', "it's", '', '$HOME'])).toBe(
    `node '--name=a b' 'it'\\''s' '' '$HOME'`,
  );
});
