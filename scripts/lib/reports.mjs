import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './paths.mjs';

/**
 * @typedef {object} Outcome What a suite's machine-readable report says.
 * @property {number} passed
 * @property {{ name: string, message: string }[]} failures
 * @property {string[]} skipped Names.
 */

/** @returns {Outcome} */
export const nothing = () => ({ passed: 0, failures: [], skipped: [] });

/**
 * @param {string} path A report of vitest's reporter `json`.
 * @returns {Outcome}
 */
export function readVitest(path) {
  const outcome = nothing();
  for (const file of JSON.parse(readFileSync(path, 'utf8')).testResults) {
    const where = relative(root, file.name);
    for (const test of file.assertionResults) {
      const name = `${where}: ${test.fullName}`;
      if (test.status === 'passed') outcome.passed += 1;
      else if (test.status === 'failed') {
        outcome.failures.push({ name, message: test.failureMessages.join('\n') });
      } else outcome.skipped.push(name);
    }
    // A file that could not be loaded has no tests; a hook that failed may leave none failed.
    if (file.status === 'failed' && !outcome.failures.some(({ name }) => name.startsWith(`${where}:`))) {
      outcome.failures.push({ name: where, message: file.message });
    }
  }
  return outcome;
}

/**
 * @param {string} path A report of doctest's reporter `junit`.
 * @returns {Outcome}
 */
export function readJunit(path) {
  const outcome = nothing();
  const cases = readFileSync(path, 'utf8').matchAll(/<testcase\b([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs);
  for (const [, attributes = '', body = ''] of cases) {
    const name = decode(/\bname="([^"]*)"/.exec(attributes)?.[1] ?? '?');
    if (/<(failure|error)\b/.test(body)) {
      outcome.failures.push({
        name,
        message: decode(
          body
            .replaceAll(/<!\[CDATA\[|\]\]>|<\/?(failure|error|system-out|system-err)\b[^>]*>/g, '\n')
            .trim(),
        ),
      });
    } else if (body.includes('<skipped')) outcome.skipped.push(name);
    else outcome.passed += 1;
  }
  return outcome;
}

/** @param {string} text */
const decode = (text) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/**
 * @param {string} path A report of Playwright's reporter `json`.
 * @returns {Outcome}
 */
export function readPlaywright(path) {
  const outcome = nothing();
  const report = JSON.parse(readFileSync(path, 'utf8'));
  for (const error of report.errors ?? []) {
    outcome.failures.push({ name: 'Playwright', message: plain(error.message ?? String(error.value)) });
  }
  /** @param {any} suite @param {string} above */
  const walk = (suite, above) => {
    const path = above ? `${above} › ${suite.title}` : suite.title;
    for (const spec of suite.specs ?? []) {
      const name = `${path} › ${spec.title}`;
      for (const test of spec.tests) {
        if (test.status === 'expected' || test.status === 'flaky') outcome.passed += 1;
        else if (test.status === 'skipped') outcome.skipped.push(name);
        else {
          const errors = test.results.flatMap((/** @type {any} */ result) => result.errors ?? []);
          const message = errors.map((/** @type {any} */ error) => plain(error.message ?? '')).join('\n');
          outcome.failures.push({ name, message });
        }
      }
    }
    for (const inner of suite.suites ?? []) walk(inner, path);
  };
  for (const suite of report.suites ?? []) walk(suite, '');
  return outcome;
}

/** @param {string} text Without colours. */
// eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
const plain = (text) => text.replaceAll(/\u001b\[[0-9;]*m/g, '');
