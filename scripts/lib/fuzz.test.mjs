import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findingFileIn, fuzzTargets, progressIn, replayCommand } from './fuzz.mjs';
import { fuzz, root } from './paths.mjs';

test("libFuzzer's lines tell how far it is", () => {
  expect(
    progressIn('#435276\tDONE   cov: 307 ft: 1037 corp: 108/86Kb lim: 3683 exec/s: 20727 rss: 594Mb'),
  ).toEqual({ runs: 435276, coverage: 307, kept: 108, perSecond: 20727 });
  expect(progressIn('#12\tINITED cov: 9 ft: 10 exec/s: 0 rss: 30Mb')).toEqual({
    runs: 12,
    coverage: 9,
    kept: 0,
    perSecond: 0,
  });
});

test('other lines tell nothing of it', () => {
  for (const line of [
    '',
    'INFO: seed corpus: files: 7 min: 2b max: 1024b total: 3000b rss: 28Mb',
    '    #0 0x55 in main native/fuzz/targets/peer.cpp:60',
    '#7\tpulse',
    'Done 435276 runs in 21 second(s)',
  ]) {
    expect(progressIn(line)).toBeNull();
  }
});

test('the file of a finding is where libFuzzer says', () => {
  expect(
    findingFileIn("artifact_prefix='/a/peer-'; Test unit written to /a/peer-crash-46e26c\nBase64: XAAAAA\n"),
  ).toBe('/a/peer-crash-46e26c');
  expect(findingFileIn('Done 7 runs\n')).toBeNull();
});

test('a finding is played again by its target and its file', () => {
  const progress = { runs: 1, coverage: 1, kept: 1, perSecond: 1 };
  const run = { target: 'peer', progress, finding: null, log: 'x' };
  expect(replayCommand({ ...run, file: 'artifacts/fuzz/peer-crash-1' })).toBe(
    'build/fuzz/fuzz/peer artifacts/fuzz/peer-crash-1',
  );
  expect(replayCommand({ ...run, file: null })).toBe('build/fuzz/fuzz/peer');
});

test('every regression belongs to a target, and every target is explained', () => {
  const targets = fuzzTargets();
  expect(targets).toContain('handoff');
  if (existsSync(fuzz.regressions)) {
    for (const target of readdirSync(fuzz.regressions)) expect(targets).toContain(target);
  }
  const page = readFileSync(join(root, 'native/fuzz/README.md'), 'utf8');
  const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort();
  expect(explained).toEqual(targets);
});
