import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root } from './paths.mjs';
import { readJunit, readPlaywright, readVitest } from './reports.mjs';

const dir = mkdtempSync(join(tmpdir(), 'bindscope-reports-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** @param {string} text */
const written = (text) => {
  const path = join(dir, 'report');
  writeFileSync(path, text);
  return path;
};

test('a vitest file that could not be loaded counts as one failure', () => {
  const path = written(
    JSON.stringify({
      testResults: [
        { name: join(root, 'a.test.ts'), status: 'failed', message: 'no such module', assertionResults: [] },
        {
          name: join(root, 'b.test.ts'),
          status: 'failed',
          message: '',
          assertionResults: [
            { fullName: 'one', status: 'passed', failureMessages: [] },
            { fullName: 'two', status: 'failed', failureMessages: ['1 is not 2'] },
            { fullName: 'three', status: 'skipped', failureMessages: [] },
          ],
        },
      ],
    }),
  );
  expect(readVitest(path)).toEqual({
    passed: 1,
    failures: [
      { name: 'a.test.ts', message: 'no such module' },
      { name: 'b.test.ts: two', message: '1 is not 2' },
    ],
    skipped: ['b.test.ts: three'],
  });
});

test('doctest cases are told apart by the failures inside them', () => {
  const path = written(`<testsuites><testsuite name="core-tests">
    <testcase classname="a.cpp" name="reads &lt;one&gt;" time="0.0" status="run"/>
    <testcase classname="a.cpp" name="reads &quot;two&quot;" time="0.0" status="run">
      <failure message="1 == 2" type="CHECK"><![CDATA[a.cpp(7): CHECK( 1 == 2 ) is NOT correct!]]></failure>
    </testcase>
  </testsuite></testsuites>`);
  const outcome = readJunit(path);
  expect(outcome.passed).toBe(1);
  expect(outcome.failures.map(({ name }) => name)).toEqual(['reads "two"']);
  expect(outcome.failures[0]?.message).toContain('a.cpp(7): CHECK( 1 == 2 ) is NOT correct!');
});

test('Playwright tests are named by their file and groups, and errors outside tests count', () => {
  const path = written(
    JSON.stringify({
      errors: [{ message: 'cannot import' }],
      suites: [
        {
          title: 'main.spec.ts',
          specs: [{ title: 'opens', tests: [{ status: 'expected', results: [] }] }],
          suites: [
            {
              title: 'export',
              specs: [
                {
                  title: 'a',
                  tests: [
                    { status: 'unexpected', results: [{ errors: [{ message: '\u001b[31mno\u001b[39m' }] }] },
                  ],
                },
                { title: 'b', tests: [{ status: 'skipped', results: [] }] },
              ],
            },
          ],
        },
      ],
    }),
  );
  expect(readPlaywright(path)).toEqual({
    passed: 1,
    failures: [
      { name: 'Playwright', message: 'cannot import' },
      { name: 'main.spec.ts › export › a', message: 'no' },
    ],
    skipped: ['main.spec.ts › export › b'],
  });
});
