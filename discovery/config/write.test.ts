import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Criterion, Selectors, TextPattern } from '../../contract/index.js';
import { Configuration, Criterion as CriterionSchema, noSelectors } from '../../contract/index.js';
import { configure, readConfiguration } from './configure.js';
import { writeConfiguration } from './write.js';

vi.setConfig({ testTimeout: 30_000 });

const criterion = (
  of: Partial<Omit<Criterion, 'selectors'>> & { selectors?: Partial<Selectors> },
): Criterion =>
  CriterionSchema.parse({
    id: 'c',
    name: 'named',
    namespace: null,
    enabled: true,
    exclude: false,
    kept: {},
    ...of,
    selectors: { ...noSelectors, ...of.selectors },
  });

const regex = (text: string): TextPattern => ({ syntax: 'regex', text });
const glob = (text: string): TextPattern => ({ syntax: 'glob', text });

const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '8080',
    '0x50',
    '1e3',
    '- a',
    'a: b',
    '# c',
    '*a',
    '&a',
    '!!str',
    '<<',
    '"',
    "'",
    ' x ',
    'a\nb',
    '---',
    '%',
    '@',
    '`',
    '${HOME}',
  ),
);
/** Valid in the syntax, whatever it holds. */
const pattern = (syntax: TextPattern['syntax']): fc.Arbitrary<TextPattern> =>
  anyText
    // eslint-disable-next-line no-control-regex -- a file with them is refused as binary
    .map((text) => text.replaceAll(/[\\^$.|?*+()[\]{},\u0000]/g, syntax === 'regex' ? '.' : '?'))
    .map((text) => ({ syntax, text }));

const ports = fc
  .array(
    fc
      .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
      .map(([left, right]) => {
        const [first, last] = [Math.min(left, right), Math.max(left, right)];
        return first === last ? String(first) : `${String(first)} -\t${String(last)}`;
      }),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(' ,'));

const kept = fc.dictionary(
  fc.constantFrom('exports', 'sampler', 'routes', 'metrics', 'k8s_namespace', 'k8s_pod_labels'),
  fc
    .jsonValue({ maxDepth: 3, noUnicodeString: false })
    .map((value) => JSON.parse(JSON.stringify(value)) as never),
  { maxKeys: 3, noNullPrototype: true },
);

const criteria = (syntax: TextPattern['syntax']): fc.Arbitrary<Criterion[]> =>
  fc.array(
    fc
      .record({
        id: fc.constant('c'),
        name: fc.oneof(
          anyText.map((text) => text.trim() || 'x'),
          fc.constantFrom('everything', 'port 80', 'services[0]'),
        ),
        namespace: orNull(anyText),
        enabled: fc.boolean(),
        exclude: fc.boolean(),
        kept,
        selectors: fc.record({
          openPorts: orNull(ports),
          executable: orNull(pattern(syntax)),
          args: orNull(pattern(syntax)),
          languages: orNull(pattern(syntax)),
          pids: orNull(fc.array(fc.integer({ min: 1, max: 4_194_304 }), { minLength: 1, maxLength: 5 })),
          containersOnly: fc.boolean(),
          containerName: orNull(pattern(syntax)),
          user: orNull(pattern(syntax)),
          unit: orNull(pattern(syntax)),
          networkNamespace: orNull(
            fc.oneof(fc.constantFrom('own' as const, 'other' as const), fc.integer({ min: 1, max: 2 ** 32 })),
          ),
          everything: fc.boolean(),
        }),
      })
      .filter((draft) => CriterionSchema.safeParse(draft).success)
      .map((draft) => CriterionSchema.parse(draft)),
    { minLength: 1, maxLength: 5 },
  );

const withoutIds = (list: readonly Criterion[]): unknown[] => [
  ...list.filter(({ exclude }) => !exclude).map((one) => ({ ...one, id: '' })),
  ...list.filter(({ exclude }) => exclude).map((one) => ({ ...one, id: '' })),
];

const readBack = (text: string): Configuration => {
  const { configuration, problems } = readConfiguration(text, 'written.yml');
  expect(problems, text).toEqual([]);
  return Configuration.parse(configuration);
};

describe('read after write is the identity on criteria, ids apart', () => {
  it.each([
    ['beyla', 'regex'],
    ['obi', 'glob'],
  ] as const)('%s', (form, syntax) => {
    fc.assert(
      fc.property(criteria(syntax), (list) => {
        const { text, notes } = writeConfiguration(list, null, form);
        expect(withoutIds(readBack(text).criteria)).toEqual(withoutIds(list));
        expect(notes.filter((note) => !note.includes('Bindscope only'))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

/** What a shell makes of the lines. */
const shellVariables = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^(\w+)=((?:'[^']*'|\\'|[^'\s])*)\n/gm)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(/'([^']*)'|\\'/g, (_, inside?: string) => inside ?? "'"),
    ]),
  );

describe('environment form', () => {
  it('one criterion of ports and executable, quoted for a shell', () => {
    const one = criterion({
      selectors: { openPorts: '80, 8000-8999', executable: regex("it's (node|bun)$") },
    });
    const { text, notes } = writeConfiguration([one], null, 'env');
    expect(text).toBe("BEYLA_OPEN_PORT='80, 8000-8999'\nBEYLA_EXECUTABLE_NAME='it'\\''s (node|bun)$'\n");
    expect(notes).toEqual([]);
  });

  it('read after write is the identity on what it can say', () => {
    const said = fc.record({
      openPorts: orNull(ports),
      executable: orNull(fc.oneof(pattern('regex'), pattern('glob'))),
      languages: orNull(pattern('glob')),
    });
    fc.assert(
      fc.property(
        said.filter((selectors) => Object.values(selectors).some((value) => value !== null)),
        (selectors) => {
          const { text } = writeConfiguration([criterion({ selectors })], null, 'env');
          const { configuration } = configure({
            file: null,
            environment: shellVariables(text),
            openPort: null,
            executable: null,
          });
          expect(configuration?.criteria.map((read) => read.selectors)).toEqual([
            { ...noSelectors, ...selectors },
          ]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('globs, languages, PIDs and everything have variables of their own', () => {
    const one = criterion({
      selectors: { executable: glob('*/node'), languages: regex('^(go|java)$'), pids: [7, 8] },
    });
    expect(writeConfiguration([one], null, 'env', 10_000).text).toBe(
      "BEYLA_AUTO_TARGET_EXE='*/node'\nBEYLA_AUTO_TARGET_LANGUAGE='{go,java}'\nBEYLA_TARGET_PID=7,8\nBEYLA_DISCOVERY_POLL_INTERVAL=10s\n",
    );
    const everything = criterion({ selectors: { everything: true } });
    expect(writeConfiguration([everything], null, 'env').text).toBe('BEYLA_SYSTEM_WIDE=true\n');
  });

  it.each<[string, Criterion[], string]>([
    [
      'several criteria',
      [criterion({ selectors: { openPorts: '1' } }), criterion({ selectors: { openPorts: '2' } })],
      '2 are in force',
    ],
    [
      'other conditions',
      [criterion({ selectors: { openPorts: '1', user: regex('root'), containersOnly: true } })],
      'cannot say containers_only, user',
    ],
    [
      'kept keys',
      [criterion({ selectors: { openPorts: '1' }, kept: { k8s_namespace: 'a' } })],
      'cannot say k8s_namespace',
    ],
    [
      'none in force',
      [criterion({ enabled: false, selectors: { openPorts: '1' } })],
      'No criterion is in force',
    ],
    [
      'everything and more',
      [criterion({ selectors: { everything: true, openPorts: '1' } })],
      'system_wide goes with no other',
    ],
  ])('%s cannot be said: no text, and why', (_, list, why) => {
    const { text, notes } = writeConfiguration(list, null, 'env');
    expect(text).toBe('');
    expect(notes.join()).toContain(why);
  });

  it('says that exclusions and sections are left out', () => {
    const list = [
      criterion({ selectors: { openPorts: '1' } }),
      criterion({ exclude: true, selectors: { openPorts: '2' } }),
      criterion({ enabled: false, selectors: { openPorts: '3' } }),
    ];
    const { text, notes } = writeConfiguration(list, 'ebpf: {}\n', 'env');
    expect(text).toBe('BEYLA_OPEN_PORT=1\n');
    expect(notes).toHaveLength(2);
  });
});

describe('what a form cannot say', () => {
  it("Beyla's form: a glob becomes the regular expression of the same texts, with a note", () => {
    const one = criterion({ name: 'web', selectors: { executable: glob('/usr/bin/{node,python3.?}') } });
    const { text, notes } = writeConfiguration([one], null, 'beyla');
    expect(parse(text)).toEqual({
      discovery: { services: [{ name: 'web', exe_path: '(?s)^/usr/bin/(?:node|python3\\..)$' }] },
    });
    expect(notes).toEqual([
      `"web": exe_path: the glob /usr/bin/{node,python3.?} is written as the regular expression (?s)^/usr/bin/(?:node|python3\\..)$, for Beyla's services.`,
    ]);
  });

  it("OBI's form: a simple regular expression becomes a glob", () => {
    const one = criterion({ name: 'web', selectors: { executable: regex('node$') } });
    const { text, notes } = writeConfiguration([one], null, 'obi');
    expect(parse(text)).toEqual({ discovery: { instrument: [{ name: 'web', exe_path: '*node' }] } });
    expect(notes).toHaveLength(1);
  });

  it('what is left out stands in a comment, is told, and is not read again', () => {
    const list = [
      criterion({ name: 'odd', selectors: { executable: regex('[a-z]+\\d'), user: regex('^root$') } }),
      criterion({ name: 'good', selectors: { openPorts: '80' } }),
    ];
    const { text, notes } = writeConfiguration(list, null, 'obi');
    expect(text).toContain("# - name: odd\n#   exe_path: '[a-z]+\\d'\n");
    expect(notes).toEqual([
      '"odd": exe_path: the regular expression [a-z]+\\d cannot be said as a glob; the criterion is left out.',
    ]);
    expect(readBack(text).criteria.map(({ name }) => name)).toEqual(['good']);
    const alone = writeConfiguration(list.slice(0, 1), null, 'obi').text;
    expect(alone.split('\n').every((line) => line === '' || line.startsWith('#'))).toBe(true);
  });

  it('our own keys are marked, and named in a note', () => {
    const one = criterion({
      enabled: false,
      selectors: { user: regex('root'), unit: regex('nginx'), networkNamespace: 'other' },
    });
    const { text, notes } = writeConfiguration([one], null, 'beyla');
    for (const line of ['user: root', 'systemd_unit: nginx', 'network_namespace: other', 'enabled: false']) {
      expect(text).toContain(`${line} # Bindscope only\n`);
    }
    expect(notes).toEqual([
      'Beyla refuses the keys marked "# Bindscope only" (user, systemd_unit, network_namespace, enabled); take these lines out before it reads the file.',
    ]);
  });

  it('a pattern that is not valid is left out, not written', () => {
    const list = [
      criterion({ selectors: { executable: glob('[a') } }),
      criterion({ selectors: { openPorts: '1' } }),
    ];
    const { text, notes } = writeConfiguration(list, null, 'beyla');
    expect(readBack(text).criteria).toHaveLength(1);
    expect(notes).toHaveLength(1);
  });
});

describe('what was not used comes back', () => {
  const file = `# ours
otel_traces_export: &export
  endpoint: http://collector:4318 # main
  headers: {a: "1.10", b: 012, c: yes}
ebpf:
  wakeup_len: 12345678901234567890
  text: |
    two
    lines
routes: *export
unheard_of: [1, ~, -.inf, 0x1F, 2024-01-01]
discovery:
  poll_interval: 10s
  min_process_age: 3s
  default_exclude_services: []
  services:
    - open_ports: 80
      exports: [metrics]
      sampler:
        name: parentbased
`;

  it.each(['beyla', 'obi'] as const)('kept keys and sections, marked, the same in meaning: %s', (form) => {
    const read = readBack(file);
    const { text } = writeConfiguration(read.criteria, read.kept, form, read.pollIntervalMs);
    const meant = (yaml: string): unknown => parse(yaml, { intAsBigInt: true });
    const { discovery, ...sections } = meant(text) as Record<string, Record<string, unknown>>;
    const { discovery: before, ...sectionsBefore } = meant(file) as Record<string, Record<string, unknown>>;
    expect(sections).toEqual(sectionsBefore);
    expect(discovery).toMatchObject({ poll_interval: '10s', min_process_age: '3s' });
    expect(discovery?.[form === 'beyla' ? 'default_exclude_services' : 'default_exclude_instrument']).toEqual(
      [],
    );
    expect(discovery?.[form === 'beyla' ? 'services' : 'instrument']).toEqual(before?.['services']);
    expect(text.match(/# kept: not used by Bindscope/g)).toHaveLength(7);
    expect(text).toContain('# main');
    const again = readBack(text);
    expect(withoutIds(again.criteria)).toEqual(withoutIds(read.criteria));
    expect(again.pollIntervalMs).toBe(10_000);
    expect(writeConfiguration(again.criteria, again.kept, form, again.pollIntervalMs).text).toBe(text);
  });

  it('exclusions that replaced the built-in ones go on replacing them', () => {
    const read = readBack(
      'open_port: 80\ndiscovery:\n  default_exclude_instrument: [{exe_path: "*/alloy"}]\n',
    );
    expect(read.criteria[1]).toMatchObject({ exclude: true, selectors: { executable: glob('*/alloy') } });
    const { text } = writeConfiguration(read.criteria, read.kept, 'obi');
    expect(parse(text)).toEqual({
      discovery: {
        instrument: [{ open_ports: 80 }],
        exclude_instrument: [{ exe_path: '*/alloy' }],
        default_exclude_instrument: [],
      },
    });
  });

  const both = 'discovery:\n  services: [{open_ports: 80}]\n  instrument: [{open_ports: 81}]\n';

  it('services that instrument made be ignored stay so', () => {
    const read = readBack(both);
    const { text } = writeConfiguration(read.criteria, read.kept, 'obi');
    expect(parse(text)).toEqual(parse(both));
    expect(readBack(text).criteria).toEqual(read.criteria);
  });

  it("and are a comment where they would come to life again: in Beyla's form", () => {
    const read = readBack(both);
    const { text, notes } = writeConfiguration(read.criteria, read.kept, 'beyla');
    expect(parse(text)).toEqual({ discovery: { services: [{ open_ports: 81 }] } });
    expect(text).toContain('# services: [ { open_ports: 80 } ]');
    expect(notes.join()).toContain('discovery.services was ignored');
  });

  it('a name for what is selected globally does not stick to system_wide', () => {
    const everything = criterion({ name: 'everything', selectors: { everything: true } });
    expect(writeConfiguration([everything], null, 'beyla').text).toBe('discovery:\n  system_wide: true\n');
    const { text } = writeConfiguration([everything], 'service_name: shop\n', 'beyla');
    expect(withoutIds(readBack(text).criteria)).toEqual(withoutIds([everything]));
  });

  it('any section survives', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('ebpf', 'routes', 'attributes', 'x-y', 'grafana'),
          fc.jsonValue({ maxDepth: 3 }),
          { minKeys: 1, noNullPrototype: true },
        ),
        (sections) => {
          const plain = JSON.parse(JSON.stringify(sections)) as Record<string, unknown>;
          const read = readBack(JSON.stringify({ ...plain, open_port: 80 }));
          const { text } = writeConfiguration(read.criteria, read.kept, 'beyla');
          const { discovery, ...back } = parse(text) as Record<string, unknown>;
          expect(back).toEqual(plain);
          expect(discovery).toBeDefined();
          expect(readBack(text).kept).toBe(read.kept);
        },
      ),
      { numRuns: 60 },
    );
  });
});
