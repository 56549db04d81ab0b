import { describe, expect, it } from 'vitest';
import { noSelectors } from '../contract/index.js';
import type { CriteriaOptions } from './criteria-options.js';
import { criteriaFrom } from './criteria-options.js';
import { CommandFailure, USAGE } from './failure.js';

const noFile = (): string => {
  throw new Error('no file is asked for');
};

const from = (
  options: CriteriaOptions,
  environment: Record<string, string> = {},
  yaml?: string,
): ReturnType<typeof criteriaFrom> =>
  criteriaFrom(
    yaml === undefined ? options : { ...options, config: 'beyla.yml' },
    environment,
    yaml === undefined ? noFile : () => yaml,
  );

const failure = (run: () => unknown): string[] => {
  try {
    run();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    expect(error.exitCode).toBe(USAGE);
    return error.message.split('\n');
  }
  throw new Error('nothing failed');
};

const summary = (configured: ReturnType<typeof criteriaFrom>): unknown[] =>
  configured.criteria.map(({ name, selectors: { openPorts, executable } }) => [
    name,
    openPorts,
    executable && `${executable.syntax} ${executable.text}`,
  ]);

describe('options and environment', () => {
  it('nothing said: no criteria', () => {
    expect(from({})).toEqual({ criteria: [], pollIntervalMs: null, notes: [] });
  });

  it('both options make one criterion', () => {
    expect(from({ openPort: '80,8000-8999', exe: 'node' }).criteria).toEqual([
      {
        id: 'global',
        name: 'command line',
        namespace: null,
        enabled: true,
        exclude: false,
        selectors: {
          ...noSelectors,
          openPorts: '80,8000-8999',
          executable: { syntax: 'regex', text: 'node' },
        },
        kept: {},
      },
    ]);
  });

  it.each<[string, Record<string, string>, unknown[]]>([
    ['BEYLA_OPEN_PORT', { BEYLA_OPEN_PORT: '80' }, ['environment', '80', null]],
    [
      'OTEL_EBPF_OPEN_PORT before BEYLA_OPEN_PORT',
      { BEYLA_OPEN_PORT: '80', OTEL_EBPF_OPEN_PORT: '81' },
      ['environment', '81', null],
    ],
    [
      'an empty variable is one that is not set',
      { BEYLA_OPEN_PORT: '80', OTEL_EBPF_OPEN_PORT: '' },
      ['environment', '80', null],
    ],
    [
      'both set: both must hold',
      { BEYLA_OPEN_PORT: '80', BEYLA_EXECUTABLE_NAME: 'node' },
      ['environment', '80', 'regex node'],
    ],
    [
      "OBI's name of the executable",
      { OTEL_EBPF_EXECUTABLE_PATH: '^/a', BEYLA_EXECUTABLE_NAME: '^/a' },
      ['environment', null, 'regex ^/a'],
    ],
    ['globs', { BEYLA_AUTO_TARGET_EXE: '*/node' }, ['environment', null, 'glob */node']],
    [
      'the older name of the glob last',
      { OTEL_GO_AUTO_TARGET_EXE: '*a', OTEL_EBPF_AUTO_TARGET_EXE: '*b' },
      ['environment', null, 'glob *b'],
    ],
    ['everything', { BEYLA_SYSTEM_WIDE: 'true' }, ['environment', null, null]],
  ])('%s', (_, environment, expected) => {
    expect(summary(from({}, environment))).toEqual([expected]);
  });

  it('PIDs and languages of the environment', () => {
    const { criteria } = from(
      {},
      { OTEL_EBPF_TARGET_PID: ' 12, 100-102 ', BEYLA_AUTO_TARGET_LANGUAGE: '{go,java}' },
    );
    expect(criteria[0]?.selectors).toMatchObject({
      pids: [12, 100, 101, 102],
      languages: { syntax: 'glob', text: '{go,java}' },
    });
  });

  it('tells when two variables disagree, and which holds', () => {
    expect(from({}, { BEYLA_OPEN_PORT: '80', OTEL_EBPF_OPEN_PORT: '81' }).notes).toEqual([
      'OTEL_EBPF_OPEN_PORT: goes before BEYLA_OPEN_PORT, which says something else',
    ]);
    expect(from({}, { BEYLA_OPEN_PORT: '80', OTEL_EBPF_OPEN_PORT: '80' }).notes).toEqual([]);
    expect(summary(from({}, { BEYLA_EXECUTABLE_NAME: 'a', BEYLA_AUTO_TARGET_EXE: '*a' }))).toEqual([
      ['environment', null, 'glob *a'],
    ]);
    expect(from({}, { BEYLA_EXECUTABLE_NAME: 'a', BEYLA_AUTO_TARGET_EXE: '*a' }).notes).toEqual([
      'BEYLA_AUTO_TARGET_EXE: goes before BEYLA_EXECUTABLE_NAME, which is its older form',
    ]);
  });

  it('an option hides what a variable says of the same, be it wrong', () => {
    expect(
      summary(from({ openPort: '8080' }, { BEYLA_OPEN_PORT: 'x', BEYLA_EXECUTABLE_NAME: 'node' })),
    ).toEqual([['command line', '8080', 'regex node']]);
    expect(summary(from({ exe: 'a' }, { BEYLA_AUTO_TARGET_EXE: '[' }))).toEqual([
      ['command line', null, 'regex a'],
    ]);
  });

  it.each<[string, CriteriaOptions, Record<string, string>, string]>([
    ['an empty option', { openPort: '' }, {}, '--open-port: "" is not a list of ports: no port given'],
    [
      'ports',
      { openPort: '80,8999-8000' },
      {},
      '--open-port: "80,8999-8000" is not a list of ports: the range runs backwards; write 8000-8999 (at character 4).',
    ],
    [
      'a variable',
      {},
      { BEYLA_OPEN_PORT: '80 81' },
      'BEYLA_OPEN_PORT: "80 81" is not a list of ports: a comma is missing before this port (at character 4).',
    ],
    ['an empty pattern', { exe: '' }, {}, '--exe: "" is not a regular expression of RE2 syntax: it is empty'],
    [
      'a pattern',
      {},
      { BEYLA_EXECUTABLE_NAME: 'a)b' },
      'BEYLA_EXECUTABLE_NAME: "a)b" is not a regular expression',
    ],
    [
      'a glob',
      {},
      { BEYLA_AUTO_TARGET_EXE: 'ab[' },
      'BEYLA_AUTO_TARGET_EXE: "ab[" is not a glob: a "[" is never closed with "]"; write "\\[" for itself (at character 3)',
    ],
    [
      'a PID',
      {},
      { BEYLA_TARGET_PID: '1,x' },
      'BEYLA_TARGET_PID: "1,x" is not a list of PIDs: expected a PID, found "x" (at character 3)',
    ],
    ['PID 0', {}, { BEYLA_TARGET_PID: '0' }, 'no process has PID 0'],
    ['PIDs backwards', {}, { BEYLA_TARGET_PID: '9-3' }, 'the range runs backwards'],
    ['too many PIDs', {}, { BEYLA_TARGET_PID: '1-2000' }, 'over 1000 PIDs'],
    ['a boolean', {}, { BEYLA_SYSTEM_WIDE: 'yes' }, 'BEYLA_SYSTEM_WIDE: expected true or false, found "yes"'],
    [
      'a boolean that is a name of Object',
      {},
      { BEYLA_SYSTEM_WIDE: 'constructor' },
      'BEYLA_SYSTEM_WIDE: expected true or false',
    ],
    [
      'a duration',
      {},
      { BEYLA_DISCOVERY_POLL_INTERVAL: '5' },
      'BEYLA_DISCOVERY_POLL_INTERVAL: "5" is not a duration: expected a number with a unit, found "5"; write for example 5s or 500ms (at character 1)',
    ],
  ])('wrong: %s', (_, options, environment, words) => {
    const [line, ...more] = failure(() => from(options, environment));
    expect(line).toContain(words);
    expect(more).toEqual([]);
  });
});

describe('defaults < YAML < environment < options', () => {
  const yaml = `open_port: 80
executable_name: node
discovery:
  poll_interval: 10s
  services:
    - name: web
      open_ports: 443
`;

  it('the entries in order, then one criterion of what is said globally', () => {
    expect(summary(from({}, {}, yaml))).toEqual([
      ['web', '443', null],
      ['port 80 node', '80', 'regex node'],
    ]);
    expect(from({}, {}, yaml).pollIntervalMs).toBe(10_000);
  });

  it('a variable overrides the setting of the same name, and no other', () => {
    const configured = from({}, { BEYLA_OPEN_PORT: '81', OTEL_EBPF_DISCOVERY_POLL_INTERVAL: '1m' }, yaml);
    expect(summary(configured).slice(1)).toEqual([['port 81 node', '81', 'regex node']]);
    expect(configured.pollIntervalMs).toBe(60_000);
  });

  it('an option overrides both', () => {
    const configured = from(
      { openPort: '82' },
      { BEYLA_OPEN_PORT: '81', BEYLA_EXECUTABLE_NAME: 'bun' },
      yaml,
    );
    expect(summary(configured)).toEqual([
      ['web', '443', null],
      ['command line', '82', 'regex bun'],
    ]);
  });

  it('system_wide with any of the others is an error that names both', () => {
    expect(failure(() => from({}, { BEYLA_SYSTEM_WIDE: 'true' }, yaml))).toEqual([
      'BEYLA_SYSTEM_WIDE: system_wide selects everything and goes with none of the others; take away discovery.services (beyla.yml:5), open_port (beyla.yml:1), executable_name (beyla.yml:2), or this',
    ]);
    expect(failure(() => from({ exe: 'a' }, {}, 'system_wide: true'))[0]).toMatch(
      /^beyla\.yml:1:14: .*executable_name \(--exe\)/,
    );
    expect(summary(from({ exe: 'a' }, { BEYLA_SYSTEM_WIDE: 'false' }, 'system_wide: true'))).toHaveLength(1);
  });

  it('a file from which, with the environment, no criterion comes: the error names the settings', () => {
    const [line] = failure(() => from({}, {}, 'log_level: debug\n'));
    expect(line).toMatch(
      /^beyla\.yml:1:1: nothing selects a process; give discovery\.services .*BEYLA_OPEN_PORT/,
    );
    expect(failure(() => from({}, {}, ''))[0]).toContain('beyla.yml:1:1: the file is empty: nothing selects');
    expect(summary(from({}, { BEYLA_OPEN_PORT: '80' }, ''))).toHaveLength(1);
    expect(failure(() => from({}, {}, 'discovry:\n  services: []\n'))[0]).toContain(
      'did you mean discovery?',
    );
  });

  it('what a file holds is safe for a terminal, and stays on its line', () => {
    const [line, ...more] = failure(() => from({}, {}, 'discovery: {"\\e[2J\\nfaked": 1}'));
    expect(line).toContain('unknown key \\x1b[2J\\nfaked');
    expect(more).toEqual([]);
  });

  it('problems of every source, a line each', () => {
    expect(
      failure(() =>
        from({ openPort: '0' }, { BEYLA_EXECUTABLE_NAME: '(' }, 'open_port: x\nsystem_wide: 7\n'),
      ),
    ).toHaveLength(4);
  });
});
