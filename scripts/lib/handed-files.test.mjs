import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { handFiles } from './handed-files.mjs';
import { isRoot } from './paths.mjs';
import { userOf } from './user.mjs';

const nobody = userOf('nobody');

describe.skipIf(!isRoot || !nobody)('files that root names and the user cannot reach', () => {
  /** @type {string} */
  let ofRoot;
  /** @type {string} */
  let ofUser;
  const user = /** @type {import('./user.mjs').User} */ (nobody);
  beforeEach(() => {
    ofRoot = mkdtempSync(join(tmpdir(), 'bindscope-root-'));
    ofUser = mkdtempSync(join(tmpdir(), 'bindscope-user-'));
    chownSync(ofUser, user.uid, user.gid);
  });
  afterEach(() => {
    for (const dir of [ofRoot, ofUser]) rmSync(dir, { recursive: true });
  });

  test('an input is copied to where the user can read it, and messages name the original', async () => {
    const given = join(ofRoot, 'log.ndjson');
    writeFileSync(given, 'content');
    const files = await handFiles(user, ['replay', '--ndjson', given], ofUser);
    const used = files.args[2] ?? '';
    expect(files.args.slice(0, 2)).toEqual(['replay', '--ndjson']);
    expect(used).not.toBe(given);
    expect(readFileSync(used, 'utf8')).toBe('content');
    expect(statSync(used).uid).toBe(user.uid);
    expect(files.rewrite?.(`cannot parse ${used}:1\n`)).toBe(`cannot parse ${given}:1\n`);
    files.remove();
    expect(existsSync(used)).toBe(false);
  });

  test('an output reaches its place when it is delivered, and not before', async () => {
    const given = join(ofRoot, 'out.csv');
    const files = await handFiles(user, ['export', '/etc/hostname', `--out=${given}`], ofUser);
    const used = files.args[2]?.replace('--out=', '') ?? '';
    writeFileSync(used, 'rows');
    expect(existsSync(given)).toBe(false);
    files.deliver();
    expect(readFileSync(given, 'utf8')).toBe('rows');
  });

  test('a recording is delivered as far as it goes, though the command failed; none over nothing', async () => {
    const given = join(ofRoot, 'r.ndjson');
    const files = await handFiles(user, ['watch', '--record', given], ofUser);
    const used = files.args[2] ?? '';
    files.deliver(false);
    expect(existsSync(given)).toBe(false);
    writeFileSync(used, 'header');
    files.deliver(false);
    expect(readFileSync(given, 'utf8')).toBe('header');
  });

  test('who does not write over files sees that the recording exists', async () => {
    const given = join(ofRoot, 'r.ndjson');
    writeFileSync(given, 'before');
    const files = await handFiles(user, ['watch', `--record=${given}`], ofUser);
    expect(existsSync(files.args[1]?.replace('--record=', '') ?? '')).toBe(true);
    files.deliver(false);
    expect(readFileSync(given, 'utf8')).toBe('before');
  });

  test('an output that is a pipe or a folder stays as it is', async () => {
    const pipe = join(ofRoot, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const given of [pipe, ofRoot]) {
      const files = await handFiles(user, ['watch', '--force', '--record', given], ofUser);
      expect(files.args).toEqual(['watch', '--force', '--record', given]);
      files.deliver();
      expect(existsSync(given)).toBe(true);
    }
  });

  test('what is no file argument stays as it is, though a file has that name', async () => {
    const executable = join(ofRoot, 'server');
    writeFileSync(executable, '');
    const args = ['watch', '--exe', executable, `--exe=${executable}`];
    expect((await handFiles(user, args, ofUser)).args).toEqual(args);
  });

  test('a file the user can read is not copied', async () => {
    const files = await handFiles(user, ['replay', '/etc/passwd'], ofUser);
    expect(files.args).toEqual(['replay', '/etc/passwd']);
    expect(files.rewrite).toBeUndefined();
  });
});
