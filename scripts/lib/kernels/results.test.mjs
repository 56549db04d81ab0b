import { expect, test } from 'vitest';
import { asMarkdown, asTable, passedOf, reader, tableRows } from './results.mjs';

/** @param {string[]} lines */
function read(...lines) {
  const one = reader();
  for (const line of lines) one.read(line);
  return one.results;
}

const round = 'ROUND bound=cgroup/post_bind4,bound=cgroup/post_bind6,listening=fexit/listen_start';

test('what a kernel says besides is no result', () => {
  const results = read('[    1.234567] random: crng init done', 'SCENARIO', 'SCENARIO odd', 'KERNEL 6.1.0');
  expect(results.release).toBe('6.1.0');
  expect(results.rungs).toEqual([]);
  expect(results.counts).toEqual({ PASS: 0, FAIL: 0, LIMIT: 0, LOST: 0, UNSUPPORTED: 0 });
  expect(results.done).toBe(false);
});

test('a scenario that passes counts for the hooks that told of it', () => {
  const results = read(round, 'SCENARIO a bound=cgroup/post_bind4 PASS', 'DONE 1 passed');
  expect(results.done).toBe(true);
  expect(tableRows([{ kernel: '6.1', results }])).toEqual([
    ['6.1', 'bound', 'cgroup/post_bind4', '1 passed'],
    ['6.1', 'bound', 'cgroup/post_bind6', 'attached'],
    ['6.1', 'listening', 'fexit/listen_start', 'attached'],
  ]);
});

test('a failure is that of the fact it names, by the hooks at work, even where they said nothing', () => {
  const results = read(
    round,
    'SCENARIO a bound=cgroup/post_bind4 FAIL listening: socket: told nothing',
    'ROUND bound=cgroup/post_bind4,listening=tp_btf/state',
    'SCENARIO a bound=cgroup/post_bind4,listening=tp_btf/state PASS',
  );
  expect(results.counts.FAIL).toBe(1);
  expect(results.outcomes).toEqual([
    { scenario: 'a', verdict: 'FAIL', reason: 'listening: socket: told nothing' },
  ]);
  expect(tableRows([{ kernel: '6.1', results }])).toEqual([
    ['6.1', 'bound', 'cgroup/post_bind4', '2 passed'],
    ['6.1', 'bound', 'cgroup/post_bind6', 'attached'],
    ['6.1', 'listening', 'fexit/listen_start', '1 FAILED (a)'],
    ['6.1', 'listening', 'tp_btf/state', '1 passed'],
  ]);
});

test('a limit of a hook, and what it missed and counted, are shown where they are, and pass', () => {
  const results = read(
    round,
    'SCENARIO a bound=cgroup/post_bind4 LIMIT listening: nobody tells it',
    'SCENARIO b - LOST listening: nothing told; 2 runs were left out',
  );
  expect(results.counts).toMatchObject({ PASS: 0, FAIL: 0, LIMIT: 1, LOST: 1 });
  expect(passedOf(results)).toBe(2);
  const [bound, , listening] = tableRows([{ kernel: '6.1', results }]);
  expect(bound?.at(-1)).toBe('1 passed');
  expect(listening?.at(-1)).toBe('limit: a, counted as lost: b');
});

test('a scenario may meet limits of two facts', () => {
  const results = read(
    'ROUND attempted=sys_enter_bind,bind_failed=sys_exit_bind,exit=process_exit',
    'SCENARIO a exit=process_exit LIMIT attempted: not by this hook | bind_failed: nor by that one',
  );
  expect(results.counts).toMatchObject({ LIMIT: 1 });
  expect(tableRows([{ kernel: '6.1', results }]).map((row) => row.at(-1))).toEqual([
    'limit: a',
    'limit: a',
    '1 passed',
  ]);
});

test('a hook that the kernel does not offer is shown with the reason', () => {
  const results = read('RUNG exec=tp_btf/exec refused the kernel has no tracepoint exec');
  expect(tableRows([{ kernel: '5.10', results }])).toEqual([
    ['5.10', 'exec', 'tp_btf/exec', 'not offered: the kernel has no tracepoint exec'],
  ]);
});

test('what a kernel cannot do counts for no hook', () => {
  const results = read(round, 'SCENARIO a - UNSUPPORTED the kernel has no SCTP');
  expect(results.counts.UNSUPPORTED).toBe(1);
  expect(tableRows([{ kernel: '6.1', results }]).every(([, , , result]) => result === 'attached')).toBe(true);
});

test('a table names a kernel and a fact once', () => {
  const rows = [
    ['6.1', 'bound', 'post_bind4', '1 passed'],
    ['6.1', 'bound', 'post_bind6', '2 passed'],
    ['6.12', 'bound', 'post_bind4', '3 passed'],
  ];
  expect(asTable(rows).split('\n')).toEqual([
    'kernel  fact   hook        result',
    '6.1     bound  post_bind4  1 passed',
    '               post_bind6  2 passed',
    '6.12    bound  post_bind4  3 passed',
  ]);
});

test('the table of the documentation has a column for each kernel', () => {
  const older = read(
    'KERNEL 5.10.0',
    'RUNG exec=tp_btf/exec refused it is too old',
    'RUNG exec=poll attached',
    'ROUND exec=poll',
    'SCENARIO a - LIMIT exec: polls are late',
    'SCENARIO b - LOST exec: not told',
  );
  const newer = read('KERNEL 6.1.0', 'ROUND exec=tp_btf/exec', 'SCENARIO a exec=tp_btf/exec PASS');
  const table = asMarkdown([
    { kernel: '5.10', results: older },
    { kernel: '6.1', results: newer },
  ]);
  expect(table.split('\n')).toEqual([
    '| fact | hook | 5.10.0 | 6.1.0 |',
    '| --- | --- | --- | --- |',
    '| exec | `tp_btf/exec` | no | 1 |',
    '| exec | `poll` | limit, lost | no |',
  ]);
});
