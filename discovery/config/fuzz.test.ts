import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Configuration, ConfigurationProblem, parsePortRanges } from '../../contract/index.js';
import { readConfiguration } from './configure.js';
import { parseDuration } from './duration.js';
import { writeConfiguration } from './write.js';

// A loaded machine is slow, and these have much to do.
vi.setConfig({ testTimeout: 30_000 });

/** Of the processor: far more than any of these texts takes, and far less than something that grows with their square. */
const LONGEST_MS = 5000;

/** Reads, and holds the result to what is promised of every one. */
const survive = (text: string): void => {
  const begun = process.cpuUsage();
  const { configuration, problems } = readConfiguration(text, 'fuzz.yml');
  expect(process.cpuUsage(begun).user / 1000).toBeLessThan(LONGEST_MS);
  expect(problems.length > 0).toBe(configuration === null);
  const lines = text.split('\n');
  for (const problem of [...problems, ...(configuration?.notes ?? [])]) {
    const { line, column } = ConfigurationProblem.parse(problem);
    if (line === null || column === null) continue;
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeLessThanOrEqual(Array.from(lines[line - 1] ?? '').length + 1);
  }
  if (configuration === null) return;
  Configuration.parse(configuration);
  for (const form of ['beyla', 'obi', 'env'] as const) {
    const { text: written } = writeConfiguration(configuration.criteria, configuration.kept, form);
    if (form === 'beyla') expect(readConfiguration(written, 'written.yml').problems).toEqual([]);
  }
};

const words = [
  'discovery',
  'services',
  'instrument',
  'exclude_services',
  'default_exclude_instrument',
  'poll_interval',
  'open_ports',
  'open_port',
  'exe_path',
  'exe_path_regexp',
  'executable_name',
  'target_pids',
  'name',
  'enabled',
  'user',
  'k8s_namespace',
  'system_wide',
  'exports',
  'network_namespace',
  '<<',
  'ebpf',
  '80',
  '8000-8999',
  '70000',
  '5s',
  'true',
  'node$',
  '*a',
  '&a',
  '*b',
  '&b',
  '"x"',
  "'",
  '"',
  '(',
  '[a-',
  '- ',
  '-',
  ': ',
  ':',
  ', ',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '\n  ',
  '\n    ',
  '\n      ',
  '\n    - ',
  '# c',
  '|',
  '>',
  '? ',
  '---\n',
  '...',
  '%',
  '!',
  '!!int ',
  '@',
  '`',
  '~',
  '\t',
  ' ',
  '🙂',
  '\\',
  '\u2028',
  '\ufeff',
  '\r\n',
];

it('a place is told right behind lines where the parser stumbles', () => {
  const { problems } = readConfiguration('*b\n  ---\ndiscovery: ', 'f');
  expect(problems.map(({ line, column }) => [line, column])).toEqual([
    [2, 3],
    [3, 10],
  ]);
});

describe('anything at all is answered: nothing thrown, nothing slow', () => {
  it('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        survive(new TextDecoder().decode(bytes));
        survive(String.fromCharCode(...bytes));
      }),
      { numRuns: 200 },
    );
  });

  it('texts', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survive), { numRuns: 150 });
  });

  it('what looks like a configuration', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((parts) => parts.join('')),
        survive,
      ),
      { numRuns: 600 },
    );
  });

  it('values of any shape at every key', () => {
    const entry = fc.dictionary(
      fc.constantFrom(
        'name',
        'namespace',
        'open_ports',
        'exe_path',
        'exe_path_regexp',
        'cmd_args',
        'languages',
        'target_pids',
        'containers_only',
        'container_name',
        'user',
        'systemd_unit',
        'network_namespace',
        'system_wide',
        'enabled',
        'exports',
        'k8s_pod_labels',
      ),
      fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.constantFrom('80', 80, '8000-8999', 'node', [1, 2], true, 'own'),
      ),
      { maxKeys: 5 },
    );
    const document = fc.record(
      {
        open_port: fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant('80')),
        system_wide: fc.boolean(),
        ebpf: fc.jsonValue(),
        discovery: fc.oneof(
          fc.jsonValue({ maxDepth: 1 }),
          fc.dictionary(
            fc.constantFrom(
              'services',
              'instrument',
              'exclude_services',
              'exclude_instrument',
              'default_exclude_services',
              'poll_interval',
              'survey',
            ),
            fc.oneof(
              { weight: 4, arbitrary: fc.array(entry, { maxLength: 3 }) },
              { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
            ),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(document, (value) => {
        survive(JSON.stringify(value));
      }),
      { numRuns: 250 },
    );
  });

  const many = 200_000;
  it.each<[string, string]>([
    ['lists in lists', '['.repeat(many)],
    ['maps in maps', '{a: '.repeat(many / 4)],
    ['block lists in block lists', '- '.repeat(many / 2)],
    ['indentation', Array.from({ length: 600 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['quotes', '"'.repeat(many)],
    ['anchors', '&a '.repeat(many / 3)],
    ['documents', '---\n'.repeat(many / 4)],
    ['keys', Array.from({ length: many / 10 }, (_, index) => `k${String(index)}: 1`).join('\n')],
    ['entries', `discovery:\n  services:\n${'    - open_ports: x\n'.repeat(5000)}`],
    [
      'notes on one line',
      `{${Array.from({ length: 5000 }, (_, index) => `k${String(index)}: 1`).join(', ')}, open_port: 80}`,
    ],
    ['a long line', `open_port: ${'80,'.repeat(many / 3)}x`],
    ['comments', '#\n'.repeat(many / 2)],
    ['line breaks', '\n'.repeat(many)],
    ['a long pattern', `executable_name: ${'(a*)*'.repeat(200)}`],
    ['a pattern of repetitions', 'executable_name: (((a{1,100}){1,100}){1,100}){1,100}'],
  ])('%s without end', (_, text) => {
    survive(text);
  });

  it('an alias bomb is refused', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [before, after] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh', 'hi']) {
      bomb.push(
        `${after ?? ''}: &${after ?? ''} [${Array(9)
          .fill(`*${before ?? ''}`)
          .join(', ')}]`,
      );
    }
    const { problems } = readConfiguration(`${bomb.join('\n')}\nopen_port: 80\n`, 'bomb.yml');
    expect(problems.map(({ message }) => message)).toEqual([
      'aliases (*name) stand for over 20000 nodes; write fewer of them',
    ]);
  });

  it.each([
    ['characters', 'a'.repeat(4_000_001), 'over 4 MB'],
    ['tokens', `open_port: 80\n${'a: 1\n'.repeat(50_000)}`, 'more than 150000 YAML tokens up to here'],
    ['levels', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'nested over 64 levels deep'],
    ['kept text', `open_port: 80\nebpf: "${'a'.repeat(1_000_001)}"`, 'over 1 MB of sections'],
    ['entries', `discovery:\n  services:\n${'    - open_ports: 1\n'.repeat(2001)}`, 'over 2000 entries'],
  ])('too many %s: says so', (_, text, words) => {
    const { problems } = readConfiguration(text, 'large.yml');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(words);
  });
});

describe('port texts', () => {
  it('are taken or refused with a place inside them; what is taken is read as it was written', () => {
    const ports = fc.stringMatching(/^[0-9,\- \tx]{0,20}$/);
    fc.assert(
      fc.property(ports, (text) => {
        const { configuration, problems } = readConfiguration(JSON.stringify({ open_port: text }), 'f.yml');
        const parsed = parsePortRanges(text);
        if (parsed.ok) {
          expect(configuration?.criteria.map(({ selectors }) => selectors.openPorts)).toEqual([text]);
          return;
        }
        expect(problems).toHaveLength(1);
        const quote = '{"open_port":"'.length + 1;
        // With a tab in it the text is escaped, and only its beginning is known.
        const known = text !== '' && !text.includes('\t');
        const column = known ? quote + parsed.error.position : quote - 1;
        expect(problems[0]).toMatchObject({ line: 1, column });
      }),
      { numRuns: 500 },
    );
  });
});

describe('durations', () => {
  it('are taken or refused with a place inside them', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9.hmsnuµ+-]{0,12}$/), (text) => {
        const parsed = parseDuration(text);
        if (typeof parsed === 'number') expect(parsed).toBeGreaterThanOrEqual(0);
        else expect(parsed.position).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 500 },
    );
  });
});
