import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isRoot } from './paths.mjs';
import { userOf } from './user.mjs';
import { writeUserWrapper } from './user-wrapper.mjs';

/** @type {string} */
let dir;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'bindscope-wrapper-test-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const nobody = userOf('nobody');

test.skipIf(!isRoot || !nobody)(
  'a wrapped program has the user, the environment and the arguments it shall have',
  () => {
    if (!nobody) throw new Error('there is no nobody');
    const path = join(dir, 'program');
    writeUserWrapper({
      path,
      user: nobody,
      executable: '/bin/sh',
      env: { HOME: "/a b'c", PATH: process.env['PATH'] ?? '' },
      passing: ['PASSED', 'ABSENT'],
      moved: { from: '/root/app/', to: '/copy/' },
    });
    const script =
      'id -u; grep CapEff: /proc/self/status; env | sort | grep -v -e PATH= -e PWD= -e _=; echo "$@"';
    const output = execFileSync(path, ['-c', script, 'sh', '/root/app/x y', "it's", '/root/apple'], {
      encoding: 'utf8',
      cwd: '/',
      env: { PATH: process.env['PATH'], PASSED: 'yes $HOME', SECRET: 'no' },
    });
    expect(output.trim().split('\n')).toEqual([
      String(nobody.uid),
      'CapEff:\t0000000000000000',
      "HOME=/a b'c",
      'PASSED=yes $HOME',
      "/copy/x y it's /root/apple",
    ]);
  },
);
