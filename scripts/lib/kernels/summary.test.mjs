import { expect, test } from 'vitest';
import { Failure } from '../failure.mjs';
import { noResults, reader } from './results.mjs';
import { summaryOf, totalOf } from './summary.mjs';

/** @param {string} kernel @param {string[]} lines @param {Failure | null} [failure] */
function run(kernel, lines, failure = null) {
  const { read, results } = reader();
  for (const line of lines) read(line);
  return { kernel, results, failure, ms: 1000 };
}

const older = run('5.10', [
  'KERNEL 5.10.0',
  'ROUND bound=post_bind',
  'SCENARIO a bound=post_bind PASS',
  'SCENARIO b bound=post_bind LIMIT bound: not by this hook',
  'SCENARIO c bound=post_bind LOST bound: told nothing',
  'SCENARIO d - UNSUPPORTED the kernel has no SCTP',
  'DONE',
]);
const newer = run('6.1', [
  'KERNEL 6.1.0',
  'ROUND bound=post_bind',
  'SCENARIO a - FAIL bound: told nothing instead of bound',
  'SCENARIO b bound=post_bind PASS',
  'DONE',
]);
const never = {
  kernel: '7.x',
  results: noResults(),
  failure: new Failure('No such kernel', 'Get one.'),
  ms: 0,
};

test('limits and counted losses pass, what a kernel lacks is not counted, one that cannot be had fails', () => {
  expect(totalOf([older])).toEqual({ passed: 3, failed: 0 });
  expect(totalOf([older, newer, never])).toEqual({ passed: 4, failed: 2 });
  expect(totalOf([])).toEqual({ passed: 0, failed: 0 });
});

test('the last line is the count, and what failed first is called so, with its kernel and its words', () => {
  const lines = summaryOf([older, newer, never], { markdown: false }).trimEnd().split('\n');
  expect(lines.at(-1)).toBe('4 passed, 2 failed');
  const first = lines.indexOf('Failed first: 6.1.0 › a');
  expect(lines[first + 1]).toBe('  bound: told nothing instead of bound');
  expect(lines).toContain('Failed: Linux 7.x › No such kernel');
  expect(lines).toContain('  → Get one.');
});

test('limits, losses and what cannot be had are named with the kernel and the reason', () => {
  const text = summaryOf([older], { markdown: false });
  expect(text).toMatch(/Limits, told as documented\n +5\.10\.0 +b: bound: not by this hook/);
  expect(text).toMatch(/Missing, and counted as lost\n +5\.10\.0 +c: bound: told nothing/);
  expect(text).toMatch(/Not to be had\n +5\.10\.0 +d: the kernel has no SCTP/);
  expect(text).not.toContain('Failed first');
});

test('the table stands behind them, in the form of the documentation where that is asked for', () => {
  const plain = summaryOf([older, newer], { markdown: false });
  expect(plain.indexOf('kernel  fact')).toBeGreaterThan(plain.indexOf('Failed first'));
  expect(summaryOf([older, newer], { markdown: true })).toContain('| fact | hook | 5.10.0 | 6.1.0 |');
});
