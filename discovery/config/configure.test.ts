import { describe, expect, it } from 'vitest';
import type { Criterion, Selectors } from '../../contract/index.js';
import { Configuration, configurationProblemText, noSelectors } from '../../contract/index.js';
import { readConfiguration } from './configure.js';

const read = (yaml: string): Configuration => {
  const { configuration, problems } = readConfiguration(yaml, 'f.yml');
  expect(problems.map(configurationProblemText)).toEqual([]);
  return Configuration.parse(configuration);
};

const problems = (yaml: string): string[] => {
  const { configuration, problems: found } = readConfiguration(yaml, 'f.yml');
  expect(configuration).toBeNull();
  return found.map(configurationProblemText);
};

const notes = (yaml: string): string[] => read(yaml).notes.map(configurationProblemText);

/** What is set of the selectors. */
const asked = ({ selectors }: Criterion): Partial<Selectors> =>
  Object.fromEntries(
    Object.entries(selectors).filter(([key, value]) => value !== noSelectors[key as keyof Selectors]),
  );

const regex = (text: string): unknown => ({ syntax: 'regex', text });
const glob = (text: string): unknown => ({ syntax: 'glob', text });

describe("Beyla's form", () => {
  const file = `# What we look at in the shop
open_port: 8080
executable_name: 'payment|billing'
service_name: money
service_namespace: shop
log_level: DEBUG
otel_traces_export:
  endpoint: http://collector:4318
discovery:
  poll_interval: 2s
  skip_go_specific_tracers: true
  services:
    - name: web
      namespace: shop
      open_ports: 80,443,8000-8999
      exe_path: (nginx|envoy)$
    - exe_path_regexp: ^/opt/jdk
      cmd_args: --spring\\.profiles
      languages: java
      container_name: ^shop-
      containers_only: true
      target_pids: [12, 13]
      exports: [traces]
      routes:
        patterns: [/user/:id]
    - k8s_namespace: shop
      k8s_pod_labels: {app: web}
  exclude_services:
    - exe_path: prometheus
  default_exclude_services:
    - exe_path: (beyla|alloy)$
`;

  it('services in order, then one criterion of the global settings, then exclusions', () => {
    const { criteria, pollIntervalMs } = read(file);
    expect(criteria.map(({ id, name, exclude }) => [id, name, exclude])).toEqual([
      ['services-0', 'web', false],
      ['services-1', '^/opt/jdk --spring\\.profiles java pid 12,13 ^shop-', false],
      ['services-2', 'services[2]', false],
      ['global', 'money', false],
      ['exclude_services-0', 'prometheus', true],
      ['default_exclude_services-0', '(beyla|alloy)$', true],
    ]);
    expect(criteria.map(asked)).toEqual([
      { openPorts: '80,443,8000-8999', executable: regex('(nginx|envoy)$') },
      {
        executable: regex('^/opt/jdk'),
        args: regex('--spring\\.profiles'),
        languages: regex('java'),
        containerName: regex('^shop-'),
        containersOnly: true,
        pids: [12, 13],
      },
      {},
      { openPorts: '8080', executable: regex('payment|billing') },
      { executable: regex('prometheus') },
      { executable: regex('(beyla|alloy)$') },
    ]);
    expect(criteria.map(({ namespace }) => namespace)).toEqual(['shop', null, null, 'shop', null, null]);
    expect(criteria[1]?.kept).toEqual({ exports: ['traces'], routes: { patterns: ['/user/:id'] } });
    expect(criteria[2]?.kept).toEqual({ k8s_namespace: 'shop', k8s_pod_labels: { app: 'web' } });
    expect(criteria.every(({ enabled }) => enabled)).toBe(true);
    expect(pollIntervalMs).toBe(2000);
  });

  it('a note for all that is kept, at its place', () => {
    expect(notes(file)).toEqual([
      'f.yml:6:1: log_level: kept; it is not about discovery',
      'f.yml:7:1: otel_traces_export: kept; it is not about discovery',
      'f.yml:11:3: discovery.skip_go_specific_tracers: kept, not used',
      'f.yml:17:7: discovery.services[1].exe_path_regexp: read as exe_path, its name since Beyla 1.1',
      'f.yml:23:7: discovery.services[1].exports: kept; it selects nothing',
      'f.yml:24:7: discovery.services[1].routes: kept; it selects nothing',
      'f.yml:26:7: discovery.services[2].k8s_namespace: kept; never matches on this machine',
      'f.yml:27:7: discovery.services[2].k8s_pod_labels: kept; never matches on this machine',
    ]);
    expect(read(file).kept).toContain('endpoint: http://collector:4318');
  });

  it.each<[string, Partial<Selectors>]>([
    ['open_port: 80', { openPorts: '80' }],
    [
      'open_port: "   80\\t,   100 -200,443, 8000- 8999   "',
      { openPorts: '   80\t,   100 -200,443, 8000- 8999   ' },
    ],
    ['open_port: 080', { openPorts: '080' }],
    ['open_port: [80, 443]', { openPorts: '80,443' }],
    ['executable_name: node', { executable: regex('node') } as never],
    ['executable_path: ^/usr/', { executable: regex('^/usr/') } as never],
    ['executable_name: 123', { executable: regex('123') } as never],
    ['target_pids: [7, 8]', { pids: [7, 8] }],
    ['target_pids: 7', { pids: [7] }],
    ['target_pids: 7, 10-12', { pids: [7, 10, 11, 12] }],
    ['system_wide: true', { everything: true }],
    ['discovery: {system_wide: yes}', { everything: true }],
    ['{open_port: 80}', { openPorts: '80' }],
    ['{"open_port": "80"}', { openPorts: '80' }],
    ['\ufeffopen_port: 80\r\n', { openPorts: '80' }],
    ['--- # begins\nopen_port: 80\n...\n', { openPorts: '80' }],
  ])('%s', (yaml, selectors) => {
    expect(read(yaml).criteria.map(asked)).toEqual([selectors]);
  });

  it('keys without a value are not set', () => {
    expect(read('open_port: 80\nexecutable_name:\ndiscovery:\n').criteria.map(asked)).toEqual([
      { openPorts: '80' },
    ]);
    expect(
      read('discovery: {services: [{open_ports: 80, exe_path: ~, name: , routes: }]}').criteria.map(asked),
    ).toEqual([{ openPorts: '80' }]);
  });

  it('an empty pattern is one that is not set, as in Beyla, and a note', () => {
    expect(notes('discovery:\n  services:\n    - open_ports: 80\n      exe_path: ""')).toEqual([
      'f.yml:4:17: discovery.services[0].exe_path: empty, so not asked for',
    ]);
  });

  it('exe_path goes before its deprecated name', () => {
    const yaml = 'discovery:\n  services:\n    - exe_path_regexp: a\n      exe_path: b';
    expect(read(yaml).criteria.map(asked)).toEqual([{ executable: regex('b') }]);
    expect(read(yaml).criteria[0]?.kept).toEqual({ exe_path_regexp: 'a' });
  });

  it('anchors, aliases and merges mean what they mean to Beyla', () => {
    const yaml = `x-common: &common
  open_ports: &ports 80
  namespace: shop
discovery:
  services:
    - &web {<<: *common, name: web}
    - <<: [*web, {exe_path: node}]
      open_ports: *ports
      namespace: other
  exclude_services: &none []
  default_exclude_services: *none
`;
    expect(read(yaml).criteria.map((one) => [one.name, one.namespace, asked(one)])).toEqual([
      ['web', 'shop', { openPorts: '80' }],
      ['web', 'other', { openPorts: '80', executable: regex('node') }],
    ]);
  });
});

describe("OBI's form", () => {
  it('instrument and exclude_instrument are globs', () => {
    const { criteria } = read(`
discovery:
  instrument:
    - exe_path: '*/{node,bun}'
      languages: nodejs
    - cmd_args: '*--profile=prod*'
    - container_name: 'my-app-*'
    - target_pids: [1234, 5678]
  exclude_instrument:
    - open_ports: 9090
  default_exclude_instrument:
    - exe_path: '{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}'
`);
    expect(criteria.map((one) => [one.id, one.exclude, asked(one)])).toEqual([
      ['instrument-0', false, { executable: glob('*/{node,bun}'), languages: glob('nodejs') }],
      ['instrument-1', false, { args: glob('*--profile=prod*') }],
      ['instrument-2', false, { containerName: glob('my-app-*') }],
      ['instrument-3', false, { pids: [1234, 5678] }],
      ['exclude_instrument-0', true, { openPorts: '9090' }],
      [
        'default_exclude_instrument-0',
        true,
        { executable: glob('{*/obi,obi,*otelcol,*otelcol-contrib,*otelcol-contrib[!/]*}') },
      ],
    ]);
  });

  it('when instrument is set, services and its exclusions are ignored, kept and noted', () => {
    const yaml =
      'discovery:\n  services: [{open_ports: 80}]\n  exclude_services: [{open_ports: 81}]\n  instrument: [{open_ports: 82}]\n';
    expect(read(yaml).criteria.map(asked)).toEqual([{ openPorts: '82' }]);
    expect(notes(yaml)).toEqual([
      'f.yml:2:3: discovery.services: kept, but ignored: discovery.instrument is set',
      'f.yml:3:3: discovery.exclude_services: kept, but ignored: discovery.instrument is set',
    ]);
  });

  it('an empty instrument is not set', () => {
    const yaml =
      'discovery:\n  services: [{open_ports: 80}]\n  instrument: []\n  exclude_instrument: [{exe_path: "*a"}]\n';
    expect(read(yaml).criteria.map(asked)).toEqual([{ openPorts: '80' }, { executable: glob('*a') }]);
    expect(notes(yaml)).toEqual([
      'f.yml:4:3: discovery.exclude_instrument: holds here; OBI then ignores discovery.services',
    ]);
  });

  it('settings that would make a difference say which', () => {
    expect(
      notes('open_port: 80\ndiscovery: {min_process_age: 5s, excluded_linux_system_paths: [/sbin/]}'),
    ).toEqual([
      'f.yml:2:13: discovery.min_process_age: kept, not used: a process is looked at here as soon as it exists',
      'f.yml:2:34: discovery.excluded_linux_system_paths: kept, not used: executables below these paths are selected here too',
    ]);
  });
});

describe('our own keys', () => {
  it.each<[string, Partial<Selectors>]>([
    ['user: ^root$', { user: regex('^root$') } as never],
    ['user: 0', { user: regex('0') } as never],
    ['systemd_unit: nginx\\.service', { unit: regex('nginx\\.service') } as never],
    ['network_namespace: own', { networkNamespace: 'own' }],
    ['network_namespace: other', { networkNamespace: 'other' }],
    ['network_namespace: 4026531840', { networkNamespace: 4_026_531_840 }],
    ['system_wide: true', { everything: true }],
  ])('%s', (line, selectors) => {
    expect(read(`discovery:\n  services:\n    - ${line}\n`).criteria.map(asked)).toEqual([selectors]);
  });

  it('enabled: false keeps a criterion without putting it into force', () => {
    const { criteria } = read('discovery: {services: [{open_ports: 80, enabled: false}]}');
    expect(criteria).toMatchObject([{ enabled: false }]);
  });
});

describe('names', () => {
  it('are trimmed and cut, with a note', () => {
    const long = 'x'.repeat(100);
    const { criteria, notes: found } = read(
      `discovery: {services: [{name: "  a ", open_ports: 1}, {name: ${long}, open_ports: 1}]}`,
    );
    expect(criteria.map(({ name }) => name)).toEqual(['a', 'x'.repeat(80)]);
    expect(found).toHaveLength(1);
  });

  it('without one: by what is asked', () => {
    const yaml =
      'discovery:\n  services:\n    - open_ports: 80,443\n    - {exe_path: node, user: root}\n    - containers_only: true\n';
    expect(read(yaml).criteria.map(({ name }) => name)).toEqual([
      'port 80,443',
      'node user root',
      'services[2]',
    ]);
  });

  it('service_name without global selectors is kept', () => {
    const { criteria, kept } = read('service_name: a\ndiscovery: {services: [{open_ports: 1}]}');
    expect(criteria).toHaveLength(1);
    expect(kept).toBe('service_name: a\n');
  });
});

describe('poll_interval', () => {
  it.each<[string, number | null]>([
    ['5s', 5000],
    ['500ms', 500],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['+2s', 2000],
    ['0', null],
    ['0s', null],
    ['5000000000', 5000],
  ])('%s is %s ms', (text, ms) => {
    expect(read(`open_port: 80\ndiscovery: {poll_interval: ${text}}`).pollIntervalMs).toBe(ms);
  });

  it('a number is one of nanoseconds, which is hardly meant', () => {
    expect(notes('open_port: 80\ndiscovery: {poll_interval: 5}')).toEqual([
      'f.yml:2:28: discovery.poll_interval: a number without a unit is one of nanoseconds; write 5s for seconds',
    ]);
  });
});

describe('errors: what, where, how to mend', () => {
  const at = (entry: string, list = 'services'): string => `discovery:\n  ${list}:\n    - ${entry}\n`;

  it.each<[string, string]>([
    // Ports.
    [
      at('open_ports: 70000'),
      '3:19: discovery.services[0].open_ports: 70000 is above 65535, the highest port',
    ],
    [
      at('open_ports: 80, 8999-8000'),
      '3:23: discovery.services[0].open_ports: the range runs backwards; write 8000-8999',
    ],
    [
      at('open_ports: "80, 8999-8000"'),
      '3:24: discovery.services[0].open_ports: the range runs backwards; write 8000-8999',
    ],
    [
      at('open_ports: "\\t80,0"'),
      '3:19: discovery.services[0].open_ports: port 0 is never bound; the lowest port is 1',
    ],
    [
      at('open_ports: 100-0'),
      '3:23: discovery.services[0].open_ports: port 0 is never bound; the lowest port is 1',
    ],
    [
      at('open_ports: 0x50'),
      '3:19: discovery.services[0].open_ports: port 0 is never bound; the lowest port is 1',
    ],
    [
      at('open_ports: ,33'),
      '3:19: not YAML: Plain value cannot start with flow indicator character ,; put a text with such characters in quotes',
    ],
    [at("open_ports: ',33'"), '3:20: discovery.services[0].open_ports: expected a port, found ","'],
    [at("open_ports: '33,'"), '3:23: discovery.services[0].open_ports: a port is missing at the end'],
    [at('open_ports: 32,15-'), '3:25: discovery.services[0].open_ports: a port is missing at the end'],
    [at('open_ports: 12,-13'), '3:22: discovery.services[0].open_ports: expected a port, found "-"'],
    [at('open_ports: 80 81'), '3:22: discovery.services[0].open_ports: a comma is missing before this port'],
    [at('open_ports: 80;81'), '3:21: discovery.services[0].open_ports: expected a comma, found ";"'],
    [at('open_ports: 1a'), '3:20: discovery.services[0].open_ports: expected a comma, found "a"'],
    [
      at('open_ports: ""'),
      '3:19: discovery.services[0].open_ports: no port given; write for example 80, 8000-8999',
    ],
    [at('open_ports: 8.5'), '3:20: discovery.services[0].open_ports: expected a comma, found "."'],
    [
      at('open_ports: ${PORT}'),
      '3:19: discovery.services[0].open_ports: expected a port, found "${PORT}"; ${PORT} is not replaced here: write its value',
    ],
    [
      at('open_ports: [80, 90-91]'),
      '3:24: discovery.services[0].open_ports: a list holds single ports; for ranges write a text such as 80,8000-8999',
    ],
    [
      at('open_ports: [80, 99999]'),
      '3:24: discovery.services[0].open_ports: 99999 is above 65535, the highest port',
    ],
    [
      at('open_ports: {from: 80}'),
      '3:19: discovery.services[0].open_ports: expected ports such as 80,8000-8999, found a map',
    ],
    ['open_port: 80,\n  443,\n  x\n', '1:12: open_port: expected a port, found "x"'],
    // Patterns.
    [
      at('exe_path: a)b'),
      '3:17: discovery.services[0].exe_path: a ")" closes nothing; write "\\)" for the character itself',
    ],
    [
      at('exe_path: "a(?=b)"'),
      '3:19: discovery.services[0].exe_path: RE2 has no look-ahead or look-behind ("(?=")',
    ],
    [
      at('exe_path: [a, b]'),
      '3:17: discovery.services[0].exe_path: expected a regular expression, found a list',
    ],
    [
      at('cmd_args: "*"'),
      '3:18: discovery.services[0].cmd_args: "*" has nothing before it to repeat; write ".*" for any text',
    ],
    [
      at('exe_path: ab[', 'instrument'),
      '3:19: discovery.instrument[0].exe_path: a "[" is never closed with "]"; write "\\[" for itself',
    ],
    [
      at(`exe_path: ${'x'.repeat(1025)}`),
      '3:17: discovery.services[0].exe_path: over 1024 characters, too long for a pattern',
    ],
    [
      at('exe_path: {a: b}', 'instrument'),
      '3:17: discovery.instrument[0].exe_path: expected a glob, found a map',
    ],
    // Other values.
    [
      at('target_pids: 12'),
      '3:20: discovery.services[0].target_pids: expected a list of PIDs, found a number; write for example [1234, 5678]',
    ],
    [
      at('target_pids: "1,2"'),
      '3:20: discovery.services[0].target_pids: expected a list of PIDs, found a text; write for example [1234, 5678]',
    ],
    [at('target_pids: [1, x]'), '3:24: discovery.services[0].target_pids: expected a PID, found a text'],
    [
      at('target_pids: [0]'),
      '3:21: discovery.services[0].target_pids: no process has PID 0; PIDs are 1 to 4194304',
    ],
    [at('target_pids: [1.5]'), '3:21: discovery.services[0].target_pids: expected a PID, found a number'],
    ['target_pids: 1-x', '1:14: target_pids: expected a PID, found "1-x"'],
    [
      at('containers_only: maybe'),
      '3:24: discovery.services[0].containers_only: expected true or false, found a text',
    ],
    [
      at('containers_only: 1'),
      '3:24: discovery.services[0].containers_only: expected true or false, found a number',
    ],
    [
      at('network_namespace: host'),
      '3:26: discovery.services[0].network_namespace: expected own, other or the number that "readlink /proc/PID/ns/net" shows',
    ],
    [at('name: [a]'), '3:13: discovery.services[0].name: expected a text, found a list'],
    ['system_wide: 2', '1:14: system_wide: expected true or false, found a number'],
    [
      'open_port: 80\ndiscovery: {poll_interval: 5 s}',
      '2:28: discovery.poll_interval: expected a number with a unit, found "5 s"; write for example 5s or 500ms',
    ],
    [
      'open_port: 80\ndiscovery: {poll_interval: -5s}',
      '2:28: discovery.poll_interval: a time between polls cannot be negative',
    ],
    [
      'open_port: 80\ndiscovery: {poll_interval: 9000000h}',
      '2:28: discovery.poll_interval: a time between polls of over a year',
    ],
    // Structure.
    [
      at('name: x'),
      '3:7: discovery.services[0]: selects nothing; give at least one condition, for example open_ports or exe_path',
    ],
    [
      at('containers_only: false'),
      '3:7: discovery.services[0]: selects nothing; give at least one condition, for example open_ports or exe_path',
    ],
    [
      at('{}'),
      '3:7: discovery.services[0]: selects nothing; give at least one condition, for example open_ports or exe_path',
    ],
    [at('nginx'), '3:7: discovery.services[0]: expected keys such as open_ports or exe_path, found a text'],
    [at(''), '3:7: discovery.services[0]: expected keys such as open_ports or exe_path, found nothing'],
    [at('open_port: 80'), '3:7: discovery.services[0]: unknown key open_port; did you mean open_ports?'],
    [at('Open-Ports: 80'), '3:7: discovery.services[0]: unknown key Open-Ports; did you mean open_ports?'],
    [at('ports: 80'), '3:7: discovery.services[0]: unknown key ports; did you mean open_ports?'],
    [
      at('exe_path_regexp: a', 'instrument'),
      '3:7: discovery.instrument[0]: unknown key exe_path_regexp; did you mean exe_path?',
    ],
    [
      'discovery:\n  service:\n    - open_ports: 80\n',
      '2:3: discovery: unknown key service; did you mean services?',
    ],
    [
      'discovery:\n  services:\n    open_ports: 80\n',
      '2:3: discovery.services: expected a list of entries, each beginning with "-", found a map',
    ],
    [
      'discovery:\n  services: nginx\n',
      '2:13: discovery.services: expected a list of entries, each beginning with "-", found a text',
    ],
    ['discovery: [80]', '1:12: discovery: expected keys such as services or instrument, found a list'],
    ['- open_port: 80', '1:1: expected settings such as "discovery:" or "open_port: 8080", found a list'],
    ['open_port', '1:1: expected settings such as "discovery:" or "open_port: 8080", found a text'],
    // YAML.
    ['open_port: 80\nopen_port: 81\n', '2:1: open_port is given twice in one map; keep one of them'],
    ['ebpf: {a: 1, "a": 2}\nopen_port: 80\n', '1:14: a is given twice in one map; keep one of them'],
    [
      'open_port: *port\n',
      "1:12: *port stands for nothing; put a text that begins with * in quotes: '*port'",
    ],
    ['a: &a [*a]\n', '1:8: *a stands inside what it stands for'],
    ['? [a]\n: b\n', '1:3: a list or map cannot be a key; write it behind a key'],
    [
      'open_port: 80\n---\nopen_port: 81\n',
      '2:1: a second document begins here; give each a file of its own',
    ],
    ['open_port: "80\n', '2:1: not YAML: Missing closing "quote'],
    [
      at('exe_path: [a-z]+'),
      '3:22: not YAML: Unexpected scalar at node end; put a text with such characters in quotes',
    ],
    [
      at('exe_path: "\\w"'),
      '3:18: not YAML: Invalid escape sequence \\w; put the text in single quotes, where \\ is itself',
    ],
    ['discovery:\n\tservices:\n', '2:1: not YAML: Tabs are not allowed as indentation; indent with spaces'],
    [
      'a: b: c\n',
      '1:4: not YAML: Nested mappings are not allowed in compact mappings; put a text with ": " in it in quotes, or look at the indentation',
    ],
    ['open_port: 80\n\u0000', '2:1: not a text file: byte 0x00 here; give the YAML file itself'],
    [
      'é: "🙂🙂" #🙂\nopen_port: { "🙂": 🙂x }',
      '2:12: open_port: expected ports such as 80,8000-8999, found a map',
    ],
    ['{"🙂🙂": 1, open_port: 8z}', '1:23: open_port: expected a comma, found "z"'],
  ])('%j', (yaml, expected) => {
    expect(problems(yaml)).toEqual([`f.yml:${expected}`]);
  });

  it('a criterion without a selector: its index', () => {
    const yaml = 'discovery:\n  services:\n    - open_ports: 80\n    - exe_path: a\n    - name: x\n';
    expect(problems(yaml)).toEqual([
      'f.yml:5:7: discovery.services[2]: selects nothing; give at least one condition, for example open_ports or exe_path',
    ]);
  });

  it('an unknown key with nothing near it: those that are known', () => {
    expect(problems(at('zzz: 1'))[0]).toMatch(
      /unknown key zzz; known here: name, namespace, open_ports, .*exe_path_regexp, .*enabled/,
    );
    expect(problems(at('zzz: 1', 'instrument'))[0]).toMatch(/known here: name, (?!.*exe_path_regexp)/);
  });

  it('a Kubernetes key that nobody knows is kept all the same, with a guess', () => {
    expect(notes(at('k8s_namespac: x'))).toEqual([
      'f.yml:3:7: discovery.services[0].k8s_namespac: kept; never matches on this machine; did you mean k8s_namespace?',
    ]);
  });

  it('a top-level key that nobody knows is kept all the same, with a guess', () => {
    expect(notes('open_port: 80\nopen_ports: 81\nx-mine: 1')).toEqual([
      'f.yml:2:1: open_ports: kept; not a setting that is known here; did you mean open_port?',
      'f.yml:3:1: x-mine: kept; not a setting that is known here',
    ]);
  });

  it('system_wide with any of the others', () => {
    expect(problems('system_wide: true\nopen_port: 80\ndiscovery: {instrument: [{open_ports: 1}]}')).toEqual([
      'f.yml:1:14: system_wide selects everything and goes with none of the others; take away discovery.instrument (f.yml:3), open_port (f.yml:2), or this',
    ]);
    expect(read('system_wide: true\ndiscovery: {exclude_services: [{open_ports: 1}]}').criteria).toHaveLength(
      2,
    );
  });

  it('all of them, in the order of the text', () => {
    const yaml = `discovery:
  services:
    - open_ports: 70000
      exe_path: (
  bogus: 1
open_port: 0
`;
    expect(problems(yaml).map((line) => line.slice(0, 9))).toEqual([
      'f.yml:3:1',
      'f.yml:4:1',
      'f.yml:5:3',
      'f.yml:6:1',
    ]);
  });

  it('at most 100 of them, and how many more', () => {
    const found = problems(`discovery:\n  services:\n${'    - open_ports: x\n'.repeat(150)}`);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toBe('f.yml:103:19: and 50 more from here on');
  });

  it('nothing that selects: names the settings', () => {
    for (const yaml of [
      '',
      '\n# nothing\n',
      'ebpf: {}',
      'discovery: {services: []}',
      'discovery: {poll_interval: 5s}',
      'null',
    ]) {
      expect(problems(yaml)[0]).toMatch(
        /^f\.yml:1:1: .*give discovery\.services or discovery\.instrument, open_port, executable_name or system_wide, or set BEYLA_OPEN_PORT/,
      );
    }
  });

  it('only exclusions: a note that nothing is selected', () => {
    expect(notes('discovery: {exclude_services: [{open_ports: 1}]}')).toEqual([
      'f.yml:1:1: only exclusions: by itself this selects no process',
    ]);
  });
});
