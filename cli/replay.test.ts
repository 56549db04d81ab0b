import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Output } from './output.js';
import { runProgram } from './program.js';
import { plain } from './terminal-text.js';
import { Capture } from './testing/capture.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bindscope-replay-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const fileOf = (steps: readonly unknown[] | string): string => {
  const path = join(folder, 's.ndjson');
  const text = typeof steps === 'string' ? steps : steps.map((step) => `${JSON.stringify(step)}\n`).join('');
  writeFileSync(path, text);
  return path;
};

const run = async (
  steps: readonly unknown[] | string,
  ...args: string[]
): Promise<{ code: number; out: Capture; err: Capture }> => {
  const [out, err] = [new Capture(), new Capture()];
  const code = await runProgram(['replay', fileOf(steps), ...args], {
    version: '1.2.3',
    openSource: () => {
      throw new Error('a replay opens no kernel');
    },
    output: new Output(out, err),
    environment: {},
    paint: plain,
    signal: new AbortController().signal,
  });
  return { code, out, err };
};

/** Lines after the header, as short texts: `socket.listening 80 pid 1`. */
const told = async (steps: readonly unknown[], ...args: string[]): Promise<string[]> => {
  const { code, out, err } = await run(steps, '--ndjson', ...args);
  if (code !== 0) throw new Error(err.text);
  return out.lines.slice(1).map((line) =>
    [
      line['name'],
      line['network.local.port'],
      ...(line['process.pid'] === undefined ? [] : ['pid', line['process.pid']]),
      ...(line['bindscope.open_ports'] === undefined ? [] : ['with', line['bindscope.open_ports']]),
      ...(line['name'] === 'poll.completed'
        ? [line['ports_fetched'] === true ? 'with ports' : 'without ports']
        : []),
      ...(line['name'] === 'match.ended' ? [line['bindscope.criterion.reason']] : []),
    ]
      .filter((part) => part !== undefined)
      .map(String)
      .join(' '),
  );
};

const listen = (port: number): unknown => ({ proto: 'tcp', port, state: 'listen' });
const process = (pid: number, ports: readonly number[] = [], more: object = {}): unknown => ({
  pid,
  start: `start of ${String(pid)}`,
  exe: `/bin/p${String(pid)}`,
  args: [`p${String(pid)}`],
  ports: ports.map(listen),
  ready: true,
  ...more,
});
const poll = (...processes: unknown[]): unknown => ({ poll: processes });
const ready = { bpf: 'ready' };
const bound = (port: number, pid = 1): unknown => ({ bpf: { bound: { pid, port, proto: 'tcp' } } });
const later = { advance_ms: 5000 };

const fetched = (lines: readonly string[]): boolean[] =>
  lines.flatMap((line) => (line.startsWith('poll.completed') ? [line.endsWith('with ports')] : []));

describe('portFetchRequired', () => {
  it('until the watcher is Ready: always true', async () => {
    expect(
      fetched(await told([poll(), later, poll(), bound(1), later, poll()], '--open-port', '80')),
    ).toEqual([true, true, true]);
  });

  it('After Ready: true once, then false until a NewPort inside open_port, then true once', async () => {
    const steps = [ready, poll(), later, poll(), poll(), bound(8080), poll(), poll(), bound(9), poll()];
    expect(fetched(await told(steps, '--open-port', '8000-8999'))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('a NewPort that comes before Ready makes no difference', async () => {
    expect(fetched(await told([bound(80), ready, poll(), poll()], '--open-port', '80'))).toEqual([
      true,
      false,
    ]);
  });

  it('being Ready again changes nothing', async () => {
    expect(fetched(await told([ready, poll(), ready, poll()], '--open-port', '80'))).toEqual([true, false]);
  });

  it('falls back to polling: while the helper is absent, always true as before Ready', async () => {
    const steps = [ready, poll(), poll(), { bpf: 'absent' }, poll(), poll(), ready, poll(), poll()];
    expect(fetched(await told(steps))).toEqual([true, false, true, true, true, false]);
  });

  it('an attempt to bind and a listen are a NewPort too', async () => {
    const steps = [
      ready,
      poll(),
      { bpf: { attempted: { pid: 1, port: 80 } } },
      poll(),
      { bpf: { listening: { pid: 1, port: 80 } } },
      poll(),
    ];
    expect(fetched(await told(steps, '--open-port', '80'))).toEqual([true, true, true]);
  });

  it('where no criterion asks for ports, no port is of interest', async () => {
    expect(fetched(await told([ready, poll(), bound(80), poll()], '--exe', 'a'))).toEqual([true, false]);
  });

  it('each loss triggers a rescan', async () => {
    const steps = [ready, poll(), poll(), { bpf: { lost: { where: 'queue', count: 3 } } }, poll(), poll()];
    expect(fetched(await told(steps, '--open-port', '80'))).toEqual([true, false, true, false]);
    const { out, err } = await run(steps, '--ndjson');
    expect(out.lines.find(({ name }) => name === 'watcher.lost')).toMatchObject({
      'bindscope.lost': 3,
      'bindscope.lost_where': 'queue',
    });
    expect(err.text).toContain('3 lost');
  });

  it('runs of programs that the kernel left out are losses of at most so many events', async () => {
    const steps = [ready, poll(), poll(), { bpf: { lost: { where: 'skipped', count: 2 } } }, poll(), poll()];
    expect(fetched(await told(steps, '--open-port', '80'))).toEqual([true, false, true, false]);
    const { out, err } = await run(steps);
    expect(out.text).toContain('at most 2 events missing, the kernel left out runs of programs');
    expect(err.text).toContain('2 lost');
  });

  it('a poll may say itself whether it looked at ports', async () => {
    const steps = [
      ready,
      { poll: { processes: [], ports_fetched: false } },
      { poll: { processes: [], ports_fetched: true } },
      { poll: { processes: [], ports_fetched: true } },
    ];
    expect(fetched(await told(steps))).toEqual([false, true, true]);
  });
});

describe('snapshot()', () => {
  it('new process without ports → one created', async () => {
    expect(await told([poll(process(1))])).toEqual(['process.created pid 1', 'poll.completed with ports']);
  });

  it('new process with N ports → one created carrying all', async () => {
    expect(await told([poll(process(1, [80, 443, 3030]))])).toEqual([
      'process.created pid 1 with 80,443,3030',
      'socket.listening 80 pid 1',
      'socket.listening 443 pid 1',
      'socket.listening 3030 pid 1',
      'poll.completed with ports',
    ]);
  });

  it('known process, one more port → created again (the port is told)', async () => {
    const lines = await told(
      [poll(process(1, [80])), later, poll(process(1, [80, 81]))],
      '--open-port',
      '81',
    );
    expect(lines.slice(-3)).toEqual([
      'socket.listening 81 pid 1',
      'match.started pid 1',
      'poll.completed with ports',
    ]);
  });

  it('port closed, process alive → nothing ends', async () => {
    const lines = await told([poll(process(1, [80])), later, poll(process(1))], '--open-port', '80');
    expect(lines.slice(4)).toEqual(['socket.closed 80 pid 1', 'poll.completed with ports']);
  });

  it('closed port opened again (having been absent in a scanned poll) → told again', async () => {
    const steps = [poll(process(1, [80])), poll(process(1)), poll(process(1, [80]))];
    expect((await told(steps)).filter((line) => line.startsWith('socket.'))).toEqual([
      'socket.listening 80 pid 1',
      'socket.closed 80 pid 1',
      'socket.listening 80 pid 1',
    ]);
  });

  it('process gone → deleted, with its last known attributes', async () => {
    const { out } = await run([poll(process(1, [80])), later, poll()], '--ndjson', '--exe', 'p1');
    const deleted = out.lines.find(({ name }) => name === 'process.deleted');
    expect(deleted).toMatchObject({
      'process.pid': 1,
      'process.executable.path': '/bin/p1',
      'process.command_args': ['p1'],
    });
    expect(out.lines.some(({ name }) => name === 'match.ended')).toBe(true);
  });

  it.each([
    ['ready: false', { ready: false }],
    ['link is /', { exe: '/' }],
  ])(
    'executable not ready (%s) → no event, not remembered, tried again next poll',
    async (_what, notReady) => {
      const steps = [
        poll(process(1, [80], notReady)),
        poll(process(1, [80], notReady)),
        poll(process(1, [80])),
      ];
      expect(await told(steps)).toEqual([
        'poll.completed with ports',
        'poll.completed with ports',
        'process.created pid 1 with 80',
        'socket.listening 80 pid 1',
        'poll.completed with ports',
      ]);
    },
  );

  it('one that was not ready and goes is not told as gone', async () => {
    expect(await told([poll(process(1, [], { ready: false })), poll()])).toEqual([
      'poll.completed with ports',
      'poll.completed with ports',
    ]);
  });

  it('a known process that is not ready any more stays what it was', async () => {
    const steps = [poll(process(1, [80])), poll(process(1, [80], { ready: false, exe: null }))];
    expect((await told(steps)).slice(2)).toEqual(['poll.completed with ports', 'poll.completed with ports']);
  });

  it('nothing changed → no message', async () => {
    const steps = [poll(process(1, [80])), later, poll(process(1, [80])), later, poll(process(1, [80]))];
    expect((await told(steps)).slice(3)).toEqual(['poll.completed with ports', 'poll.completed with ports']);
  });
});

describe('what we do better', () => {
  it('ports are remembered over polls without ports; nothing is reported twice', async () => {
    const steps = [
      ready,
      poll(process(1, [80])),
      later,
      poll(process(1)),
      bound(81),
      poll(process(1, [80, 81])),
    ];
    const lines = await told(steps, '--open-port', '80-89');
    expect(fetched(lines)).toEqual([true, false, true]);
    expect(lines.filter((line) => line.startsWith('socket.') || line.startsWith('process.'))).toEqual([
      'process.created pid 1 with 80',
      'socket.listening 80 pid 1',
      'socket.bound 81 pid 1',
      'socket.listening 81 pid 1',
    ]);
  });

  it('a poll that does not look at ports ignores them', async () => {
    const steps = [ready, poll(process(1)), later, poll(process(1, [80]), process(2, [81]))];
    expect((await told(steps, '--open-port', '1')).slice(1)).not.toContain('socket.listening 80 pid 1');
    expect((await told(steps)).slice(3)).toEqual(['process.created pid 2', 'poll.completed without ports']);
  });

  it('identity is PID and start time: reuse within one poll → deleted and created', async () => {
    for (const [first, second] of [
      ['a', 'b'],
      ['b', 'a'],
      ['7', '8'],
      ['8', '7'],
      [0, 1],
      ['2026-01-01T00:00:01Z', '2026-01-01T00:00:00Z'],
    ]) {
      const steps = [
        poll(process(1, [80], { start: first })),
        later,
        poll(process(1, [80], { start: second })),
      ];
      const lines = await told(steps);
      expect(lines.filter((line) => line.startsWith('process.'))).toEqual([
        'process.created pid 1 with 80',
        'process.deleted pid 1',
        'process.created pid 1 with 80',
      ]);
    }
  });

  it('the process that comes back, with the start it had, is created again', async () => {
    const steps = [poll(process(1)), poll(), poll(process(1))];
    expect((await told(steps)).filter((line) => line.startsWith('process.'))).toEqual([
      'process.created pid 1',
      'process.deleted pid 1',
      'process.created pid 1',
    ]);
  });

  it('the kernel event itself becomes an event at once, and the poll only reconciles', async () => {
    const steps = [poll(process(1)), ready, bound(8080), later, poll(process(1, [8080]))];
    expect(await told(steps)).toEqual([
      'process.created pid 1',
      'poll.completed with ports',
      'watcher.ready',
      'socket.bound 8080 pid 1',
      'socket.listening 8080 pid 1',
      'poll.completed with ports',
    ]);
  });

  it('a process that the kernel told of first is not created again by the poll', async () => {
    const steps = [ready, bound(8080), poll(process(1, [8080]))];
    expect((await told(steps)).filter((line) => line.startsWith('process.'))).toEqual([
      'process.created pid 1',
    ]);
  });

  it('closed is first-class, with duration', async () => {
    const steps = [ready, poll(process(1)), bound(80), later, { bpf: { closed: { pid: 1, port: 80 } } }];
    const { out } = await run(steps, '--ndjson');
    expect(out.lines.at(-1)).toMatchObject({
      name: 'socket.closed',
      'network.local.port': 80,
      'bindscope.duration_ns': 5_000_000_000,
    });
  });

  it('failures are events of their own, with errno and, for EADDRINUSE, who holds the port', async () => {
    const steps = [
      poll(process(1, [80]), process(2)),
      { bpf: { bind_failed: { pid: 2, port: 80, errno: 'EADDRINUSE' } } },
      { bpf: { bind_failed: { pid: 2, port: 81, errno: 13 } } },
      { bpf: { bind_failed: { pid: 2, port: 82 } } },
    ];
    const { out } = await run(steps, '--ndjson');
    expect(out.lines.filter(({ name }) => name === 'socket.bind_failed')).toMatchObject([
      { 'network.local.port': 80, 'bindscope.errno': 98, 'bindscope.conflict.pid': 1 },
      { 'network.local.port': 81, 'bindscope.errno': 13 },
      { 'network.local.port': 82, 'bindscope.errno': 98 },
    ]);
  });

  it('exec re-evaluates the process', async () => {
    const steps = [
      poll(process(1)),
      { bpf: { exec: { pid: 1, exe: '/usr/bin/nginx', args: ['nginx'] } } },
      poll(process(1, [], { exe: '/usr/bin/nginx', args: ['nginx'] })),
    ];
    const lines = await told(steps, '--exe', 'nginx');
    expect(lines.filter((line) => !line.startsWith('poll.'))).toEqual([
      'process.created pid 1',
      'process.exec pid 1',
      'match.started pid 1',
    ]);
  });

  it('executable unreadable at first → tried again', async () => {
    const steps = [poll(process(1, [], { exe: null })), later, poll(process(1))];
    const lines = await told(steps, '--exe', 'p1');
    expect(lines.filter((line) => line.startsWith('match.'))).toEqual(['match.started pid 1']);
  });

  it('" (deleted)" is never part of a path', async () => {
    const { out } = await run([poll(process(1, [], { exe: '/bin/a (deleted)' }))], '--ndjson');
    expect(out.lines[1]).toMatchObject({
      'process.executable.path': '/bin/a',
      'process.executable.name': 'a',
    });
  });

  it('a name with ) in it is taken as it is', async () => {
    const { out } = await run([poll(process(1, [], { name: 'a) S 1 (b' }))], '--ndjson');
    expect(out.lines[1]).toMatchObject({ 'bindscope.process.comm': 'a) S 1 (b' });
  });

  it('a shared socket has holders, and is one socket', async () => {
    const steps = [
      poll(
        process(1, [], { ports: [{ proto: 'tcp', port: 80, state: 'listen', cookie: '7' }] }),
        process(2, [], { ppid: 1, ports: [{ proto: 'tcp', port: 80, state: 'listen', cookie: '7' }] }),
      ),
    ];
    const lines = await told(steps, '--open-port', '80');
    expect(lines.filter((line) => line.startsWith('socket.'))).toEqual(['socket.listening 80 pid 1']);
    expect(lines.filter((line) => line.startsWith('match.'))).toEqual([
      'match.started pid 1',
      'match.started pid 2',
    ]);
  });

  it('default: listening TCP and bound UDP; a switch "as Beyla counts ports" includes the rest', async () => {
    const client = { proto: 'tcp', port: 40_000, state: 'established' };
    const steps = [poll(process(1, [], { ports: [client] }))];
    expect(await told(steps, '--open-port', '40000')).not.toContain('match.started pid 1');
    expect(await told(steps, '--open-port', '40000', '--as-beyla-counts-ports')).toContain(
      'match.started pid 1',
    );
  });

  it('no events from polls that nobody wrote: a replay schedules none itself', async () => {
    const lines = await told([poll(process(1)), { advance_ms: 3_600_000 }, bound(80)]);
    expect(fetched(lines)).toEqual([true]);
  });
});

describe('output', () => {
  const steps = [
    { bpf: { exec: { pid: 5, start: '5', exe: '/bin/x', args: ['x', '--token', 'abc'] } } },
    ready,
    ...[1, 2, 3].flatMap((pid) => [poll(process(pid, [80, 81])), bound(8080, pid), later]),
  ];

  it('the same file gives the same output, to the byte', async () => {
    const [left, right] = [await run(steps, '--ndjson'), await run(steps, '--ndjson')];
    expect(left.out.text).toBe(right.out.text);
    expect(left.out.lines.length).toBeGreaterThan(10);
  });

  it('the header says that it is a replay, and of what is watched', async () => {
    const { out } = await run([ready, poll()], '--ndjson', '--open-port', '80');
    expect(out.lines[0]).toMatchObject({
      name: 'bindscope.header',
      'bindscope.replay': true,
      'bindscope.visibility': 'full',
      'bindscope.scope': 'matched',
    });
  });

  it('users who are said by name alone are told apart', async () => {
    const { out } = await run(
      [
        poll(process(1, [], { user: 'ann' }), process(2, [], { user: 'root' }), process(3)),
        poll(process(1, [], { user: 'ann' }), process(4, [], { user: 'ann' })),
        poll(process(1), process(5, [], { uid: 7, user: 'bob' }), process(6, [], { user: 'bob' })),
      ],
      '--ndjson',
    );
    const created = out.lines.filter(({ name }) => name === 'process.created');
    const [ann] = created;
    expect(created.map((line) => [line['process.pid'], line['process.user.name']])).toEqual([
      [1, 'ann'],
      [2, 'root'],
      [3, 'root'],
      [4, 'ann'],
      [5, 'bob'],
      [6, 'bob'],
    ]);
    expect(created.map((line) => line['process.user.id'])).toEqual([
      ann?.['process.user.id'],
      0,
      0,
      ann?.['process.user.id'],
      7,
      7,
    ]);
  });

  it('secrets are redacted unless told otherwise', async () => {
    expect((await run(steps, '--ndjson')).out.text).not.toContain('"abc"');
    expect((await run(steps, '--ndjson', '--no-redact')).out.text).toContain('"abc"');
  });

  it('with criteria only what they select, unless --all', async () => {
    const two = [poll(process(1, [80]), process(2, [81]))];
    expect((await told(two, '--open-port', '80')).join()).not.toContain('pid 2');
    expect((await told(two, '--open-port', '80', '--all')).join()).toContain('pid 2');
  });

  it('--duration and --until stop at that moment', async () => {
    const long = [poll(process(1)), later, poll(process(2)), later, poll(process(3))];
    expect(fetched(await told(long, '--duration', '5'))).toHaveLength(2);
    expect(fetched(await told(long, '--duration', '4.9'))).toHaveLength(1);
    expect(fetched(await told(long, '--until', '2026-01-01T00:00:07Z'))).toHaveLength(2);
  });

  it('lines for people, and a summary on stderr', async () => {
    const { out, err, code } = await run(steps);
    expect(code).toBe(0);
    expect(out.text).toMatch(/^TIME {2}/);
    expect(out.text).toMatch(/polled .* 1 process, 2 sockets/);
    expect(err.text).toMatch(/^replayed 11 steps of 15\.0 s: \d+ events shown, 0 lost\n$/);
  });
});

describe('files that cannot be used: exit 2 with one clear line, nothing on stdout', () => {
  it.each<[string, string]>([
    ['', 's.ndjson: it is empty; write one step a line'],
    ['{"poll":[}\n', 's.ndjson:1:10: this is no JSON'],
    [
      '{"poll":[]}\n{"pol":[]}\n{"x":1}\n',
      's.ndjson:2:2: pol: unknown key; a step has poll, bpf, inspected, advance_ms, at, wall (and 1 other problem)',
    ],
    ['{"poll":[]', 's.ndjson:1:11: this is no JSON'],
  ])('%j', async (text, words) => {
    const { code, out, err } = await run(text);
    expect(code).toBe(2);
    expect(out.text).toBe('');
    expect(err.text).toContain(words);
    expect(err.text.trimEnd().split('\n')).toHaveLength(1);
  });

  it('no file, a folder, a time that is none', async () => {
    const [out, err] = [new Capture(), new Capture()];
    const options = {
      version: '1',
      openSource: () => {
        throw new Error('not to be opened');
      },
      output: new Output(out, err),
      environment: {},
      paint: plain,
      signal: new AbortController().signal,
    };
    expect(await runProgram(['replay', join(folder, 'none')], options)).toBe(2);
    expect(await runProgram(['replay', folder], options)).toBe(2);
    expect(await runProgram(['replay'], options)).toBe(2);
    expect(await runProgram(['replay', fileOf([ready]), '--until', 'noon'], options)).toBe(2);
    const lines = err.text.trimEnd().split('\n');
    expect(lines[0]).toContain('none: there is no such file');
    expect(lines[1]).toContain('it is a folder');
    expect(lines[2]).toContain("missing required argument 'file'");
    expect(lines[3]).toContain('--until: "noon" is not a time');
  });
});
