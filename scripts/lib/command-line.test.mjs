import { expect, it } from 'vitest';
import { ringOptions } from './command-line.mjs';

it.each([
  [['watch', '--ring-size', '16M'], '16777216'],
  [['watch', '--ring-size=64k', '--ndjson'], '65536'],
  [['watch', '--ring-size', '1M', '--ring-size', '2 MiB'], '2097152'],
])('%j sizes the ring buffer of the helper that is started for it', (args, bytes) => {
  expect(ringOptions(args)).toEqual(['--ring-bytes', bytes]);
});

it.each([
  [[]],
  [['watch']],
  [['watch', '--ring-size']],
  [['watch', '--ring-size', '12M']],
  [['watch', '--ring-size', '1K']],
  [['watch', '--ring-size', '2G']],
  [['watch', '--ring-size', '--listen']],
  [['watch', '--ring-size=']],
])('%j leaves the helper its own size', (args) => {
  expect(ringOptions(args)).toEqual([]);
});
