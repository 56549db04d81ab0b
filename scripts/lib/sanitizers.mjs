/**
 * What the sanitizers and the fuzz targets' own rules print, found in the output of a program.
 *
 * @typedef {object} Finding
 * @property {string} name The line that says what is wrong, without process ids and folders.
 * @property {string} message The whole report.
 */

/** How programs built with sanitizers run: our choice first, so that the user's wins. */
export const sanitizerEnvironment = () => ({
  ...process.env,
  ASAN_OPTIONS: joined('strict_string_checks=1:quarantine_size_mb=32', process.env['ASAN_OPTIONS']),
  UBSAN_OPTIONS: joined('print_stacktrace=1', process.env['UBSAN_OPTIONS']),
});

/** @param {string} ours @param {string | undefined} theirs */
const joined = (ours, theirs) => (theirs ? `${ours}:${theirs}` : ours);

const first =
  /^(?:.*?: runtime error: .*|(?:==\d+==)?ERROR: \w+Sanitizer: .*|==\d+== ?ERROR: libFuzzer: .*|bindscope: broken rule: .*)$/;
const last = /^SUMMARY: /;
const mostLines = 60;

/**
 * @param {string} output
 * @returns {Finding[]} In the order of the output. A report that another one of the same program repeats,
 *   as libFuzzer's of a broken rule, is part of the first.
 */
export function findingsIn(output) {
  /** @type {Finding[]} */
  const findings = [];
  /** @type {string[] | null} */
  let report = null;
  for (const line of output.split('\n')) {
    if (!report && first.test(line)) {
      report = [];
      findings.push({ name: nameOf(line), message: '' });
    }
    if (!report) continue;
    report.push(line);
    if (last.test(line) || report.length === mostLines) {
      close(findings, report);
      report = null;
    }
  }
  if (report) close(findings, report);
  return findings;
}

/** @param {Finding[]} findings @param {readonly string[]} report */
function close(findings, report) {
  const finding = findings.at(-1);
  if (finding) finding.message = report.join('\n').trimEnd();
}

/** @param {string} line */
const nameOf = (line) =>
  line
    .replace(/^==\d+== ?/, '')
    .replace(/^ERROR: /, '')
    .replace(/^bindscope: /, '')
    .replace(/^\S*\/(?=native\/)/, '')
    .replace(/ (?:on (?:unknown )?address )?0x[0-9a-f]+.*$/, '');
