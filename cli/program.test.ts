import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitedState, ScriptedKernel } from '../discovery/testing/scripted-kernel.js';
import { VirtualTime } from '../discovery/testing/virtual-time.js';
import { Output } from './output.js';
import { runProgram } from './program.js';
import { plain } from './terminal-text.js';
import { Capture } from './testing/capture.js';

interface Run {
  out: Capture;
  err: Capture;
  kernel: ScriptedKernel;
  /** Sizes of the ring buffer that sources were opened with. */
  asked: (number | undefined)[];
  stop: AbortController;
  code: Promise<number>;
}

/** The command line on a scripted kernel; the clock of the timers is the real one. */
const run = (
  args: string[],
  options: { environment?: Record<string, string>; prepare?: (kernel: ScriptedKernel) => void } = {},
): Run => {
  const [out, err, stop] = [new Capture(), new Capture(), new AbortController()];
  const kernel = new ScriptedKernel(new VirtualTime());
  options.prepare?.(kernel);
  const asked: (number | undefined)[] = [];
  const code = runProgram(args, {
    version: '1.2.3',
    openSource: (ringBytes) => {
      asked.push(ringBytes);
      return kernel;
    },
    output: new Output(out, err),
    environment: options.environment ?? {},
    paint: plain,
    signal: stop.signal,
  });
  return { out, err, kernel, asked, stop, code };
};

const moment = (ms = 30): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('usage: exit 2 with one clear line on stderr, nothing on stdout', () => {
  it.each<[string[], string]>([
    [['watch', '--open-port', ''], '--open-port: "" is not a list of ports: no port given'],
    [['watch', '--open-port', '80-'], 'a port is missing at the end (at character 4)'],
    [['snapshot', '--open-port', '70000'], 'above 65535'],
    [['snapshot', '--open-port', '8999-8000'], 'write 8000-8999'],
    [['watch', '--open-port', '0'], 'port 0 is never bound'],
    [['watch', '--exe', '('], '--exe: "(" is not a regular expression of RE2 syntax'],
    [['watch', '--exe', ''], 'it is empty'],
    [['watch', '--duration', 'soon'], "argument 'soon' is invalid"],
    [['watch', '--duration', '0'], 'seconds above 0'],
    [['watch', '--duration', '-1'], '--duration'],
    [
      ['watch', '--ring-size', '12M'],
      '--ring-size: a ring buffer has a power of two of bytes, from 64K to 1G',
    ],
    [['doctor', '--ring-size', '4K'], 'from 64K to 1G'],
    [['snapshot', '--ring-size', 'large'], "argument 'large' is invalid"],
    [['watch', '--open-port'], 'argument missing'],
    [['watch', 'extra'], 'too many arguments'],
    [['watch', '--nope'], "unknown option '--nope'"],
    [['nope'], "unknown command 'nope'"],
    [['explain'], "missing required argument 'pid'"],
    [['explain', 'x', '--open-port', '80'], "value 'x' is invalid"],
    [['explain', '0', '--open-port', '80'], 'whole number from 1'],
    [['explain', '-7', '--open-port', '80'], "value '-7' is invalid"],
    [['explain', '9999999999', '--open-port', '80'], 'whole number from 1'],
    [['explain', '7', '--open-port', '80-'], 'a port is missing at the end'],
    [['explain', '7'], 'OTEL_EBPF_OPEN_PORT (BEYLA_OPEN_PORT)'],
  ])('%j', async (args, words) => {
    const { code, out, err } = run(args);
    expect(await code).toBe(2);
    expect(out.text).toBe('');
    expect(err.text).toContain(words);
    expect(err.text.trimEnd().split('\n')).toHaveLength(1);
    expect(err.text).toMatch(/^error: /);
  });

  it('no command: help and the error', async () => {
    const { code, out, err } = run([]);
    expect(await code).toBe(2);
    expect(out.text).toBe('');
    expect(err.text).toContain('error: no command given');
  });

  it('a malformed variable of the environment is named', async () => {
    const { code, err } = run(['snapshot'], { environment: { BEYLA_OPEN_PORT: '1a' } });
    expect(await code).toBe(2);
    expect(err.text).toContain('BEYLA_OPEN_PORT: "1a"');
  });
});

describe('help and version', () => {
  it.each([
    [['--help']],
    [['watch', '--help']],
    [['snapshot', '-h']],
    [['doctor', '--help']],
    [['explain', '--help']],
    [['help', 'watch']],
  ])('%j goes to stdout, exit 0', async (args) => {
    const { code, out, err } = run(args);
    expect(await code).toBe(0);
    expect(out.text).toContain('Usage: bindscope');
    expect(err.text).toBe('');
  });

  it('--version', async () => {
    const { code, out } = run(['--version']);
    expect(await code).toBe(0);
    expect(out.text).toBe('1.2.3\n');
  });
});

describe('snapshot', () => {
  const prepare = (kernel: ScriptedKernel): void => {
    const master = kernel.fork(7, { exe: '/usr/bin/nginx', uid: 0, parentPid: 1 });
    const socket = kernel.serve(master, 8080);
    kernel.share(socket, kernel.fork(8, { exe: '/usr/bin/nginx', parentPid: 7 }));
    kernel.bind(kernel.fork(9, { exe: '/bin/evil\u001b[2J', name: 'evil' }), 53, { transport: 'udp' });
  };

  it('is a table of sockets with holders', async () => {
    const { code, out } = run(['snapshot'], { prepare });
    expect(await code).toBe(0);
    const [head, first, second] = out.text.split('\n');
    expect(head).toMatch(/PORT\s+PROTO\s+ADDRESS\s+STATE\s+HELD BY\s+PID\s+USER\s+BOUND BY\s+SINCE/);
    expect(first).toMatch(/8080\s+tcp\s+0\.0\.0\.0\s+listening\s+nginx \+1\s+7\s+root/);
    expect(second).toContain('evil\\x1b[2J');
    expect(out.text).not.toContain('\u001b');
  });

  it('--json is one document with processes, holders and binders', async () => {
    const { code, out } = run(['snapshot', '--json'], { prepare });
    expect(await code).toBe(0);
    const [document] = out.lines;
    expect(document).toMatchObject({ name: 'bindscope.snapshot', schema_version: 1 });
    expect(document?.['sockets']).toMatchObject([
      { 'network.local.port': 8080, holders: [{ 'process.pid': 7 }, { 'process.pid': 8 }], binder: null },
      { 'network.local.port': 53, 'bindscope.socket.state': 'bound' },
    ]);
    expect(document?.['processes']).toMatchObject([
      { 'process.pid': 7, sockets: [{ 'network.local.port': 8080 }] },
      { 'process.pid': 8 },
      { 'process.pid': 9 },
    ]);
  });

  it('with criteria only what they select, and why', async () => {
    const { code, out } = run(['snapshot', '--json', '--open-port', '53'], { prepare });
    expect(await code).toBe(0);
    const [document] = out.lines;
    expect(document?.['processes']).toMatchObject([
      { 'process.pid': 9, 'bindscope.criterion.reason': 'port 53 in 53' },
    ]);
    expect(document?.['sockets']).toHaveLength(1);
  });

  it('both selectors must hold; options come before the environment', async () => {
    const environment = { BEYLA_OPEN_PORT: '53', OTEL_EBPF_EXECUTABLE_NAME: 'nginx' };
    const none = run(['snapshot', '--json'], { prepare, environment });
    expect(await none.code).toBe(0);
    expect(none.out.lines[0]?.['processes']).toEqual([]);
    const both = run(['snapshot', '--json', '--open-port', '8080'], { prepare, environment });
    expect(await both.code).toBe(0);
    expect(both.out.lines[0]?.['processes']).toHaveLength(2);
  });

  it('nothing bound: says so on stderr', async () => {
    const { code, out, err } = run(['snapshot']);
    expect(await code).toBe(0);
    expect(out.text).toBe('');
    expect(err.text).toContain('no socket is bound');
  });

  it('limited: names the uid where the owner cannot be seen', async () => {
    const limited = (kernel: ScriptedKernel): void => {
      kernel.state = limitedState;
      kernel.source = 'proc';
      kernel.mute = true;
      kernel.serve(kernel.fork(7), 80).holders.clear();
    };
    const { code, out, err } = run(['snapshot'], { prepare: limited });
    expect(await code).toBe(0);
    expect(out.text).toContain('unknown owner, uid 1000');
    const json = run(['snapshot', '--json'], { prepare: limited });
    await json.code;
    expect(json.out.text).toContain('"bindscope.socket.since_exact":false');
    expect(err.text).toMatch(
      /limited view: .* show neither their sockets nor their executable\. no helper ask for it/,
    );
  });

  it('no snapshot to be had: exit 1 and why', async () => {
    const { code, err } = run(['snapshot'], {
      prepare: (kernel) => {
        kernel.failSnapshots = true;
      },
    });
    expect(await code).toBe(1);
    expect(err.text).toContain('no permission');
    expect(err.text).toContain('error: No snapshot could be taken');
  });
});

describe('explain', () => {
  const prepare = (kernel: ScriptedKernel): void => {
    kernel.fork(1, { parentPid: 0, exe: '/sbin/init', name: 'init' });
    const process = kernel.fork(7, {
      exe: '/usr/bin/node\u001b[2J',
      uid: 0,
      args: ['node', 'server.js', '--token', 'abc'],
    });
    kernel.serve(process, 8080);
    kernel.bind(process, 9000);
    kernel.bind(kernel.fork(8, { exe: '/usr/bin/python3' }), 5353, { transport: 'udp' });
  };

  it('a tree of conditions with what was wanted and seen, and who won', async () => {
    const { code, out, err } = run(['explain', '7', '--open-port', '8000-9000', '--exe', 'node'], {
      prepare,
    });
    expect(await code).toBe(0);
    expect(err.text).toBe('');
    expect(out.text).toContain('node\\x1b[2J (7), user ');
    expect(out.text).toContain(', started by init (1)');
    expect(out.text).toContain('✓ command line  selects the process\n');
    expect(out.text).toContain('  ✓ open_ports  wanted 8000-9000, seen 8080\n');
    expect(out.text).toContain('      ✓ 8080 listening\n');
    expect(out.text).toContain('      ✗ 9000 bound: does not count; as Beyla counts ports it would\n');
    expect(out.text).toContain('  ✓ exe_path    wanted node, seen /usr/bin/node\\x1b[2J\n');
    expect(out.text).toMatch(
      /\nSelected by command line: port 8080 is in 8000-9000, and executable .* matches node\.\n$/,
    );
    expect(out.text).not.toContain('\u001b');
    expect(out.text).not.toContain('abc');
  });

  it('not selected is no failure: what comes closest, and why not', async () => {
    const { code, out } = run(['explain', '8', '--open-port', '5353', '--exe', 'node'], { prepare });
    expect(await code).toBe(0);
    expect(out.text).toContain('✗ command line\n');
    expect(out.text).toContain('      ✓ 5353/udp bound\n');
    expect(out.text).toContain('  ✗ exe_path    wanted node, seen /usr/bin/python3\n');
    expect(out.text).toContain(
      'No criterion holds; closest is command line: port 5353 is in 5353, but executable /usr/bin/python3 does not match node.\n',
    );
  });

  it('--json is one document', async () => {
    const { code, out } = run(['explain', '7', '--json', '--open-port', '80'], { prepare });
    expect(await code).toBe(0);
    expect(out.lines[0]).toMatchObject({
      name: 'bindscope.explanation',
      schema_version: 1,
      count_ports_as_beyla: false,
      process: { 'process.pid': 7, 'process.command_args': ['node', 'server.js', '--token', '[REDACTED]'] },
      ancestors: [{ 'process.pid': 1 }],
      selected_by: null,
      excluded_by: null,
      criteria: [
        {
          name: 'command line',
          exclude: false,
          held: false,
          selects: false,
          conditions: [{ selector: 'open_ports', wanted: '80', seen: '8080', held: false }],
        },
      ],
    });
  });

  it('--as-beyla-counts-ports counts what is bound or connected too, and says so', async () => {
    const args = ['explain', '7', '--open-port', '9000', '--as-beyla-counts-ports'];
    const { code, out } = run(args, { prepare });
    expect(await code).toBe(0);
    expect(out.text).toContain('      ✓ 9000 bound: counts only as Beyla counts ports\n');
    expect(out.text).toContain(
      'Selected by command line: port 9000 is in 9000. Ports are counted as Beyla does.',
    );
  });

  it('no such process: exit 1 with a clear line', async () => {
    const { code, out, err } = run(['explain', '99', '--open-port', '80'], { prepare });
    expect(await code).toBe(1);
    expect(out.text).toBe('');
    expect(err.text).toBe('error: There is no process with PID 99 now.\n');
  });

  it('no snapshot to be had: exit 1', async () => {
    const { code, err } = run(['explain', '7', '--open-port', '80'], {
      prepare: (kernel) => {
        kernel.failSnapshots = true;
      },
    });
    expect(await code).toBe(1);
    expect(err.text).toContain('error: No snapshot could be taken');
  });
});

describe('--config', () => {
  let folder = '';
  const file = (text: string): string => {
    const path = join(folder, 'beyla.yml');
    writeFileSync(path, text);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bindscope-program-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const prepare = (kernel: ScriptedKernel): void => {
    kernel.serve(kernel.fork(7, { exe: '/usr/bin/nginx' }), 8080);
    kernel.serve(kernel.fork(8, { exe: '/usr/bin/node' }), 3000);
  };

  it('selects as the configuration does; what it does not use is a note on stderr', async () => {
    const path = file('ebpf: {}\ndiscovery:\n  services:\n    - name: web\n      open_ports: 8000-8999\n');
    const { code, out, err } = run(['snapshot', '--json', '--config', path], { prepare });
    expect(await code).toBe(0);
    expect(out.lines[0]?.['processes']).toMatchObject([
      { 'process.pid': 7, 'bindscope.criterion.name': 'web' },
    ]);
    expect(err.text).toContain(`note: ${path}:1:1: ebpf: kept; it is not about discovery\n`);
  });

  it('exclusions beat inclusions', async () => {
    const path = file('open_port: 1-65535\ndiscovery: {exclude_services: [{exe_path: nginx}]}\n');
    const { code, out } = run(['snapshot', '--json', '--config', path], { prepare });
    expect(await code).toBe(0);
    expect(out.lines[0]?.['processes']).toMatchObject([{ 'process.pid': 8 }]);
  });

  it('errors: exit 2, a line each with file, line and column', async () => {
    const path = file('open_port: 80,8999-8000\nexecutable_name: a)\n');
    const { code, out, err } = run(['watch', '--config', path]);
    expect(await code).toBe(2);
    expect(out.text).toBe('');
    expect(err.text).toBe(
      `error: ${path}:1:15: open_port: the range runs backwards; write 8000-8999\n` +
        `${path}:2:18: executable_name: a ")" closes nothing; write "\\)" for the character itself\n`,
    );
  });

  it('a file that cannot be read: exit 2', async () => {
    const { code, err } = run(['explain', '7', '--config', join(folder, 'missing.yml')]);
    expect(await code).toBe(2);
    expect(err.text).toContain('missing.yml: there is no such file');
  });

  it('its poll_interval holds unless --poll-interval is given', async () => {
    const path = file('open_port: 80\ndiscovery: {poll_interval: 250ms}\n');
    const polls: number[] = [];
    for (const more of [[], ['--poll-interval', '60']]) {
      const { code, kernel } = run(['watch', '--ndjson', '--duration', '0.6', '--config', path, ...more]);
      expect(await code).toBe(0);
      polls.push(kernel.snapshots);
    }
    expect(polls[0]).toBeGreaterThan(polls[1] ?? 0);
  });
});

describe('watch', () => {
  it('--ndjson: header line first, then an event a line, flushed at once; SIGINT: summary, exit 0', async () => {
    const { code, out, err, kernel, stop } = run(['watch', '--ndjson']);
    await moment();
    expect(out.lines[0]).toMatchObject({ name: 'bindscope.header', schema_version: 1 });
    expect(out.lines[1]).toMatchObject({ name: 'watcher.ready' });
    kernel.serve(kernel.fork(7, { args: ['a', '--token', 'abc'] }), 8080);
    expect(out.lines.slice(2).map((event) => event['name'])).toEqual([
      'process.created',
      'socket.bound',
      'socket.listening',
    ]);
    expect(out.text).not.toContain('"abc"');
    stop.abort();
    expect(await code).toBe(0);
    expect(err.text).toMatch(/watched \d+\.\d s: 4 events shown, 0 lost/);
  });

  it('what was there before the start comes first, with source poll', async () => {
    const { code, out, stop } = run(['watch', '--ndjson'], {
      prepare: (kernel) => kernel.serve(kernel.fork(7), 80),
    });
    await moment();
    stop.abort();
    await code;
    expect(out.lines.slice(2)).toMatchObject([
      { name: 'process.created', 'bindscope.source': 'poll' },
      { name: 'socket.listening', 'bindscope.source': 'poll' },
    ]);
  });

  it('--no-poll: nothing from polls', async () => {
    const { code, out, stop, kernel } = run(['watch', '--ndjson', '--no-poll'], {
      prepare: (world) => world.serve(world.fork(7), 80),
    });
    await moment();
    kernel.serve(kernel.fork(8), 81);
    stop.abort();
    await code;
    expect(out.lines.slice(2).map((event) => event['process.pid'])).toEqual([8, 8, 8]);
  });

  it('with criteria only what they select, from the beginning of the process; and binds that would have been', async () => {
    const { code, out, err, stop, kernel } = run(['watch', '--ndjson', '--open-port', '8080']);
    await moment();
    const [inside, outside] = [kernel.fork(7), kernel.fork(8)];
    kernel.serve(outside, 9999);
    kernel.serve(inside, 8080);
    kernel.failBind(outside, 8080, 98);
    kernel.failBind(outside, 22, 13);
    kernel.exit(inside);
    kernel.exit(outside);
    stop.abort();
    expect(await code).toBe(0);
    expect(
      out.lines.slice(2).map((event) => `${String(event['name'])} ${String(event['process.pid'])}`),
    ).toEqual([
      'process.created 7',
      'socket.bound 7',
      'socket.listening 7',
      'match.started 7',
      'socket.bind_failed 8',
      'process.deleted 7',
      'match.ended 7',
      'socket.closed 7',
    ]);
    expect(err.text).toContain('1 process matched');
  });

  it('--all: everything nevertheless', async () => {
    const { code, out, stop, kernel } = run(['watch', '--ndjson', '--open-port', '8080', '--all']);
    await moment();
    kernel.serve(kernel.fork(8), 9999);
    stop.abort();
    await code;
    expect(out.lines.slice(2)).toHaveLength(3);
  });

  it('--duration ends it', async () => {
    const { code, err } = run(['watch', '--ndjson', '--duration', '0.05']);
    expect(await code).toBe(0);
    expect(err.text).toContain('watched 0.');
  });

  it('a reader that goes away ends it quietly', async () => {
    const { code, out } = run(['watch', '--ndjson']);
    await moment();
    out.breakPipe();
    expect(await code).toBe(0);
  });

  it('a write that fails otherwise is a failure', async () => {
    const { code, out, err } = run(['watch', '--ndjson']);
    await moment();
    out.breakPipe('ENOSPC');
    expect(await code).toBe(1);
    expect(err.text).toContain('error: write');
  });

  it('lines for people: time, event, port, process, pid, user, why; safe for a terminal', async () => {
    const { code, out, err, stop, kernel } = run(['watch'], { prepare: (world) => world.fork(5) });
    await moment();
    const process = kernel.fork(7, { uid: 4_000_000, exe: '/bin/a\u001b[31m', args: ['a', '\u0007\n'] });
    kernel.serve(process, 8080);
    kernel.failBind(kernel.fork(8, { exe: '/usr/bin/other' }), 8080, 98);
    await moment();
    stop.abort();
    await code;
    // eslint-disable-next-line no-control-regex -- none may be there
    expect(out.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    const lines = out.text.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^TIME\s+EVENT\s+PORT\s+PROCESS\s+PID\s+USER\s+WHY$/);
    expect(lines.find((line) => line.includes('listening'))).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}listening {4}tcp 0\.0\.0\.0:8080 +a\\x1b\[31m +7 {2}4000000$/,
    );
    expect(lines.find((line) => line.includes('bind failed'))).toContain(
      'EADDRINUSE: held by a\\x1b[31m (7)',
    );
    expect(lines.some((line) => line.includes(' 5  '))).toBe(false);
    expect(err.text).toContain('1 process running already');
  });
});

describe('doctor', () => {
  it('names each fact and its hook', async () => {
    const { code, out } = run(['doctor']);
    expect(await code).toBe(0);
    expect(out.text).toContain('full view');
    expect(out.text).toContain('cgroup/sock_release');
    expect(out.text).toContain('10 of 10 facts are told by a hook');
    expect(out.text).toContain('not told      SCTP');
    for (const line of out.text.split('\n')) expect(line.length).toBeLessThanOrEqual(96);
  });

  it('a lesser hook is shown with what is lost by it', async () => {
    const { code, out } = run(['doctor'], {
      prepare: (kernel) => {
        const { hooks } = kernel.state;
        kernel.state = {
          ...kernel.state,
          hooks: [
            ...hooks.filter(({ fact }) => fact !== 'listening'),
            { fact: 'listening', hook: 'fexit/inet_csk_listen_start', state: 'failed', reason: 'EPERM' },
            { fact: 'listening', hook: 'kretprobe/inet_csk_listen_start', state: 'failed', reason: 'EPERM' },
            { fact: 'listening', hook: 'tp_btf/inet_sock_set_state', state: 'attached', reason: null },
          ],
        };
      },
    });
    await code;
    expect(out.text).toMatch(
      new RegExp(
        [
          '✓ listening   tp_btf/inet_sock_set_state',
          ' {14}! told 2 ms late, .* is learned from',
          ' {16}the next poll',
          ' {14}- fexit/inet_csk_listen_start, kretprobe/inet_csk_listen_start: EPERM',
        ].join('\n'),
      ),
    );
  });

  it('names the helper that serves, and what was lost', async () => {
    const helper = { helperPid: 812, helperOrigin: 'listening' } as const;
    const prepare = (kernel: ScriptedKernel): void => {
      kernel.state = { ...kernel.state, ...helper };
    };
    const { code, out } = run(['doctor'], { prepare });
    await code;
    expect(out.text).toContain('helper        connected, pid 812, found on its socket');
    expect(out.text).toContain('lost          0 events in the kernel; 0 events in the engine');
    const json = run(['doctor', '--json'], { prepare });
    await json.code;
    expect(json.out.lines[0]).toMatchObject({
      privilege: { helper_pid: 812, helper_origin: 'listening' },
      lost: { kernel: 0, skipped: 0, queue: 0 },
      not_told: { mptcp: 'told as TCP' },
    });
  });

  it('--json is one document', async () => {
    const { code, out } = run(['doctor', '--json']);
    expect(await code).toBe(0);
    expect(out.lines[0]).toMatchObject({
      name: 'bindscope.doctor',
      visibility: 'full',
      privilege: { helper: 'connected' },
      snapshot: { source: 'iter' },
    });
    expect(out.lines[0]?.['facts']).toHaveLength(10);
  });

  it('degraded or limited is no failure: what is lost and how to mend it', async () => {
    const { code, out } = run(['doctor'], {
      prepare: (kernel) => {
        kernel.state = limitedState;
      },
    });
    expect(await code).toBe(0);
    expect(out.text).toContain('limited view: Binds and listeners are found by polling, failed binds');
    expect(out.text).toMatch(/neither\s+their sockets nor their executable\.\s+no helper/);
    expect(out.text).not.toContain('needs the privileged helper');
    expect(out.text).toContain('to mend it: ask for it');
    expect(out.text).toContain('failed binds are not seen');
  });

  it('the size of the ring buffer is asked of the helper; another one is told, with where it is from', async () => {
    const prepare = (kernel: ScriptedKernel): void => {
      kernel.state = { ...kernel.state, helperPid: 812, helperOrigin: 'listening', ringBytes: 8 << 20 };
    };
    const given = run(['doctor', '--ring-size', '16M'], { prepare });
    expect(await given.code).toBe(0);
    expect(given.asked).toEqual([16 << 20]);
    expect(given.out.text).toMatch(
      /0 events in the kernel, whose ring buffer has 8 MiB; 0 events in\s+the engine/,
    );
    expect(given.err.text).toContain('note: The ring buffer has 8 MiB, whatever --ring-size says.');
    expect(given.err.text).toContain('systemctl edit bindscope-helper@.service');
    const same = run(['doctor', '--ring-size', '8MiB', '--json'], { prepare });
    await same.code;
    expect(same.err.text).toBe('');
    expect(same.out.lines[0]).toMatchObject({ privilege: { ring_bytes: 8 << 20 } });
    const usual = run(['doctor'], { prepare });
    await usual.code;
    expect(usual.asked).toEqual([undefined]);
  });

  it('a hook that failed says why', async () => {
    const { out, code } = run(['doctor'], {
      prepare: (kernel) => {
        kernel.state = {
          ...kernel.state,
          hooks: [{ fact: 'closed', hook: 'fexit/x', state: 'failed', reason: 'no BTF\u001b' }],
        };
      },
    });
    await code;
    expect(out.text).toContain('fexit/x: no BTF\\x1b');
    expect(out.text).toContain('closed sockets are noticed by polling');
  });

  it('nothing works: exit 1', async () => {
    const { code, err } = run(['doctor'], {
      prepare: (kernel) => {
        kernel.state = limitedState;
        kernel.failSnapshots = true;
      },
    });
    expect(await code).toBe(1);
    expect(err.text).toContain('Nothing can be seen');
  });
});
