import { bold, dim, duration, red, yellow } from '../terminal.mjs';
import { asMarkdown, asTable, passedOf, tableRows } from './results.mjs';
import { titleOf } from './run.mjs';

/**
 * @typedef {import('./run.mjs').Run} Run
 * @typedef {{ kernel: string, what: string, words: string }} Failed
 */

/** @param {Run} run @returns {Failed[]} In the order in which it happened. */
const failuresOf = ({ kernel, results, failure }) => [
  ...results.outcomes
    .filter(({ verdict }) => verdict === 'FAIL')
    .map(({ scenario, reason }) => ({
      kernel: results.release || titleOf(kernel),
      what: scenario,
      words: reason,
    })),
  ...(failure ? [{ kernel: titleOf(kernel), what: failure.message, words: `→ ${failure.remedy}` }] : []),
];

/** @param {readonly Run[]} runs @returns {{ passed: number, failed: number }} */
export const totalOf = (runs) => ({
  passed: runs.reduce((sum, { results }) => sum + passedOf(results), 0),
  failed: runs.flatMap(failuresOf).length,
});

/**
 * What was told right, what failed first, and the count as the last line.
 *
 * @param {readonly Run[]} runs
 * @param {{ markdown: boolean }} options The table in the form of docs/kernels.md.
 * @returns {string}
 */
export function summaryOf(runs, { markdown }) {
  /** @type {string[]} */
  const text = [];
  for (const [verdict, title] of /** @type {const} */ ([
    ['UNSUPPORTED', dim('Not to be had')],
    ['LIMIT', yellow('Limits, told as documented')],
    ['LOST', yellow('Missing, and counted as lost')],
  ])) {
    const lines = runs.flatMap(({ kernel, results }) =>
      results.outcomes
        .filter((outcome) => outcome.verdict === verdict)
        .map(({ scenario, reason }) => `  ${(results.release || kernel).padEnd(24)} ${scenario}: ${reason}`),
    );
    if (lines.length > 0) text.push('', bold(title), ...new Set(lines));
  }
  const failures = runs.flatMap(failuresOf);
  for (const [index, { kernel, what, words }] of failures.entries()) {
    text.push('', bold(red(`${index === 0 ? 'Failed first' : 'Failed'}: ${kernel} › ${what}`)), `  ${words}`);
  }
  text.push('', markdown ? asMarkdown(runs) : asTable(tableRows(runs)), '');
  for (const run of runs) {
    const counts = `${passedOf(run.results)} passed ${failuresOf(run).length} failed`;
    const lacking = `${run.results.counts.UNSUPPORTED} not to be had`;
    const name = `${run.kernel.padEnd(6)} ${(run.results.release || '-').padEnd(26)}`;
    text.push(`${name} ${counts} ${lacking}  ${dim(duration(run.ms))}`);
  }
  const { passed, failed } = totalOf(runs);
  return [...text, '', `${passed} passed, ${failed} failed`, ''].join('\n');
}
