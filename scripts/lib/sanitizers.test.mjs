import { afterEach, expect, test, vi } from 'vitest';
import { findingsIn, sanitizerEnvironment } from './sanitizers.mjs';

afterEach(() => vi.unstubAllEnvs());

const overflow = `==5501==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x6030000001a4 at pc 0x563aafded8cb bp 0x7ffc sp 0x7ffc
READ of size 4 at 0x6030000001a4 thread T0
    #0 0x563aafded8ca in walk native/src/core/sock_diag.cpp:76:3

SUMMARY: AddressSanitizer: heap-buffer-overflow native/src/core/sock_diag.cpp:76:3 in walk
`;
const negation = `/checkout/native/src/core/sock_diag.cpp:84:26: runtime error: negation of -2147483648 cannot be represented in type 'int'
    #0 0x1 in walk native/src/core/sock_diag.cpp:84:26
SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior
`;

test('what passes has no findings', () => {
  expect(findingsIn('')).toEqual([]);
  expect(
    findingsIn('bindscope-helper: an error: the kernel took none\n[doctest] Status: SUCCESS!\n'),
  ).toEqual([]);
});

test('each report is one finding, named without process id, address and folder', () => {
  const findings = findingsIn(
    `[doctest] run with "--help"\n${negation}bindscope-helper: bye\n${overflow}==5501==ABORTING\n`,
  );
  expect(findings.map(({ name }) => name)).toEqual([
    "native/src/core/sock_diag.cpp:84:26: runtime error: negation of -2147483648 cannot be represented in type 'int'",
    'AddressSanitizer: heap-buffer-overflow',
  ]);
  expect(findings[0]?.message).toBe(negation.trimEnd());
  expect(findings[1]?.message).toBe(overflow.trimEnd());
});

test('leaks are findings', () => {
  const [finding] = findingsIn(`
=================================================================
==77==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 7 byte(s) in 1 object(s) allocated from:
SUMMARY: AddressSanitizer: 7 byte(s) leaked in 1 allocation(s).
`);
  expect(finding?.name).toBe('LeakSanitizer: detected memory leaks');
});

test("a broken rule of a fuzz target is one finding, libFuzzer's own report included", () => {
  const findings = findingsIn(`INFO: Seed: 1
bindscope: broken rule: no descriptor leaks
==9== ERROR: libFuzzer: deadly signal
    #0 0x1 in main
SUMMARY: libFuzzer: deadly signal
`);
  expect(findings.map(({ name }) => name)).toEqual(['broken rule: no descriptor leaks']);
  expect(findings[0]?.message).toContain('libFuzzer: deadly signal');
});

test('an input that takes too long is a finding', () => {
  const [finding] = findingsIn('==9== ERROR: libFuzzer: timeout after 20 seconds\n    #0 0x1 in main\n');
  expect(finding).toEqual({
    name: 'libFuzzer: timeout after 20 seconds',
    message: '==9== ERROR: libFuzzer: timeout after 20 seconds\n    #0 0x1 in main',
  });
});

test("the user's options for sanitizers come last, which is where they win", () => {
  vi.stubEnv('ASAN_OPTIONS', 'detect_leaks=0');
  vi.stubEnv('UBSAN_OPTIONS', '');
  const env = sanitizerEnvironment();
  expect(env['ASAN_OPTIONS']).toMatch(/:detect_leaks=0$/);
  expect(env['UBSAN_OPTIONS']).toBe('print_stacktrace=1');
});
