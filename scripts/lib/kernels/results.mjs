/**
 * What `bindscope-scenarios` prints (native/scenarios/suite.h says the form), read and put into a table.
 *
 * @typedef {'PASS' | 'FAIL' | 'LIMIT' | 'LOST' | 'UNSUPPORTED'} Verdict
 *
 * @typedef {object} Rung
 * @property {string} fact
 * @property {string} hook
 * @property {string | null} refused Why the kernel does not offer it; null when it does.
 * @property {string[]} passed Names of scenarios, one for each round.
 * @property {string[]} failed
 * @property {string[]} limits Those in which it tells less than what happened, and just that.
 * @property {string[]} lost Those in which something was missing, and counted as lost.
 *
 * @typedef {object} Outcome One scenario in one round that did not simply pass.
 * @property {string} scenario
 * @property {Verdict} verdict
 * @property {string} reason
 *
 * @typedef {object} Results Of one kernel.
 * @property {string} release As uname says it; empty until the suite begins.
 * @property {Rung[]} rungs In the order of the table of hooks.
 * @property {Outcome[]} outcomes
 * @property {Record<Verdict, number>} counts Of scenarios, in all rounds.
 * @property {boolean} done Whether the suite came to its end.
 */

/** @returns {Results} */
export const noResults = () => ({
  release: '',
  rungs: [],
  outcomes: [],
  counts: { PASS: 0, FAIL: 0, LIMIT: 0, LOST: 0, UNSUPPORTED: 0 },
  done: false,
});

/** @param {Results} results @returns {number} Scenarios, in all rounds, of which all was told as documented. */
export const passedOf = ({ counts }) => counts.PASS + counts.LIMIT + counts.LOST;

/**
 * A reader of one kernel's console.
 *
 * @returns {{ read: (line: string) => void, results: Results }}
 */
export function reader() {
  const results = noResults();
  /** The hooks at work, by fact. @type {Map<string, string[]>} */
  let round = new Map();

  /** @param {string} fact @param {string} hook */
  const rungOf = (fact, hook) => {
    const known = results.rungs.find((rung) => rung.fact === fact && rung.hook === hook);
    if (known) return known;
    /** @type {Rung} */
    const rung = { fact, hook, refused: null, passed: [], failed: [], limits: [], lost: [] };
    results.rungs.push(rung);
    return rung;
  };

  /** @param {string} scenario @param {string} told @param {Verdict} verdict @param {string} reason */
  const note = (scenario, told, verdict, reason) => {
    results.counts[verdict] += 1;
    if (verdict !== 'PASS') results.outcomes.push({ scenario, verdict, reason });
    if (verdict === 'UNSUPPORTED') return;
    // The facts that the verdict is about, by whatever hooks tell them now; the others did what they should.
    const about =
      verdict === 'PASS' ? [] : [...reason.matchAll(/(?:^| \| )(\w+): /g)].map(([, fact]) => fact);
    const list = /** @type {const} */ ({ PASS: 'passed', FAIL: 'failed', LIMIT: 'limits', LOST: 'lost' });
    for (const fact of about) {
      for (const hook of round.get(fact ?? '') ?? []) rungOf(fact ?? '', hook)[list[verdict]].push(scenario);
    }
    for (const [fact, hook] of pairsOf(told)) {
      if (!about.includes(fact)) rungOf(fact, hook).passed.push(scenario);
    }
  };

  /** @param {string} line */
  const read = (line) => {
    const [, word = '', rest = ''] = line.match(/^([A-Z]+) (.+)$/) ?? [];
    if (word === 'KERNEL') results.release = rest;
    else if (word === 'DONE') results.done = true;
    else if (word === 'ROUND') {
      round = new Map();
      for (const [fact, hook] of pairsOf(rest)) {
        round.set(fact, [...(round.get(fact) ?? []), hook]);
        rungOf(fact, hook);
      }
    } else if (word === 'RUNG') {
      const [, fact = '', hook = '', refused] = rest.match(/^(\w+)=(\S+) (?:attached|refused (.*))$/) ?? [];
      if (fact) rungOf(fact, hook).refused = refused ?? null;
    } else if (word === 'SCENARIO') {
      const [, scenario = '', told = '', verdict, reason = ''] =
        rest.match(/^(\S+) (\S+) (PASS|FAIL|LIMIT|LOST|UNSUPPORTED) ?(.*)$/) ?? [];
      if (verdict) note(scenario, told, /** @type {Verdict} */ (verdict), reason);
    }
  };
  return { read, results };
}

/** @param {string} text `fact=hook,…`, or `-` for none. @returns {[fact: string, hook: string][]} */
const pairsOf = (text) =>
  text
    .split(',')
    .filter((pair) => pair.includes('='))
    .map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    });

/** @param {Rung} rung @returns {string} */
function wordsOf({ refused, passed, failed, limits, lost }) {
  if (refused !== null) return `not offered: ${refused}`;
  const words = [];
  if (failed.length > 0) words.push(`${failed.length} FAILED (${unique(failed)})`);
  if (passed.length > 0) words.push(`${passed.length} passed`);
  if (limits.length > 0) words.push(`limit: ${unique(limits)}`);
  if (lost.length > 0) words.push(`counted as lost: ${unique(lost)}`);
  return words.join(', ') || 'attached';
}

/** @param {string[]} names */
const unique = (names) => [...new Set(names)].join(', ');

/**
 * @param {readonly { kernel: string, results: Results }[]} all
 * @returns {string[][]} Rows kernel, fact, hook, result. A fact's rungs stand together, refused ones too.
 */
export const tableRows = (all) =>
  all.flatMap(({ kernel, results }) => {
    const facts = [...new Set(results.rungs.map(({ fact }) => fact))];
    return facts.flatMap((fact) =>
      results.rungs
        .filter((rung) => rung.fact === fact)
        .map((rung) => [results.release || kernel, fact, rung.hook, wordsOf(rung)]),
    );
  });

/**
 * @param {string[][]} rows
 * @returns {string} Columns as wide as their content; a kernel and a fact are written once.
 */
export function asTable(rows) {
  const all = [['kernel', 'fact', 'hook', 'result'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row, index) => {
      const above = all[index - 1] ?? [];
      const shown = row.map((cell, column) => {
        const same = index > 1 && row.slice(0, column + 1).every((one, at) => one === above[at]);
        const text = same && column < 2 ? '' : cell;
        return column < 3 ? text.padEnd(widths[column] ?? 0) : text;
      });
      return shown.join('  ').trimEnd();
    })
    .join('\n');
}

/** @param {Rung} rung @returns {string} */
function shortWordsOf({ refused, passed, failed, limits, lost }) {
  if (refused !== null) return 'no';
  const words = [];
  if (failed.length > 0) words.push(`**${failed.length} failed**`);
  if (passed.length > 0) words.push(String(passed.length));
  if (limits.length > 0) words.push('limit');
  if (lost.length > 0) words.push('lost');
  return words.join(', ') || 'attached';
}

/**
 * @param {readonly { kernel: string, results: Results }[]} all
 * @returns {string} The table of docs/kernels.md: a column for each kernel.
 */
export function asMarkdown(all) {
  const keys = new Set(
    all.flatMap(({ results }) => results.rungs.map(({ fact, hook }) => `${fact} ${hook}`)),
  );
  const facts = [...new Set([...keys].map((key) => key.split(' ')[0]))];
  const rows = facts.flatMap((fact) =>
    [...keys]
      .filter((key) => key.split(' ')[0] === fact)
      .map((key) => {
        const cells = all.map(({ results }) => {
          const rung = results.rungs.find((one) => `${one.fact} ${one.hook}` === key);
          return rung ? shortWordsOf(rung) : 'no';
        });
        return `| ${fact} | \`${key.slice(key.indexOf(' ') + 1)}\` | ${cells.join(' | ')} |`;
      }),
  );
  const releases = all.map(({ kernel, results }) => results.release || kernel);
  return [
    `| fact | hook | ${releases.join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(all.length)}`,
    ...rows,
  ].join('\n');
}
