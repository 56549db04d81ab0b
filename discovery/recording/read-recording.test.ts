import { describe, expect, it } from 'vitest';
import { readRecordingNow, SCENARIO_START } from './read-recording.js';
import type { Recording } from './step.js';

const read = (text: string): Recording => {
  const result = readRecordingNow('s.ndjson', text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.recording;
};

const problemOf = (text: string): string => {
  const result = readRecordingNow('s.ndjson', text);
  if (result.ok) throw new Error('it was read');
  const [first] = result.problems;
  return `${String(first?.line)}:${String(first?.column)}: ${first?.message ?? ''}`;
};

const HEADER = '{"recording":{"version":1,"boot_ns":"1000","wall_ns":"1700000000000000000"}}';

describe('a scenario, as the shared pages write it', () => {
  it('poll, bpf ready, bpf bound and advance_ms are read', () => {
    const { header, steps, start } = read(
      [
        '{"poll":[{"pid":1,"start":"…","exe":"/bin/a","args":["a"],"ports":[{"proto":"tcp","port":3030,"state":"listen"}],"ready":true}]}',
        '{"bpf":"ready"}',
        '{"bpf":{"bound":{"pid":1,"port":8080,"proto":"tcp"}}}',
        '{"advance_ms":5000}',
        '{"poll":[]}',
      ].join('\n'),
    );
    expect(header).toBeNull();
    expect(start).toEqual({ boot: SCENARIO_START, wall: SCENARIO_START });
    expect(steps.map(({ step, at, line }) => [step.kind, at - SCENARIO_START, line])).toEqual([
      ['poll', 0n, 1],
      ['state', 0n, 2],
      ['event', 0n, 3],
      ['time', 5_000_000_000n, 4],
      ['poll', 5_000_000_000n, 5],
    ]);
    expect(steps[0]?.step).toMatchObject({
      processes: [
        {
          process: { pid: 1, start: SCENARIO_START, exe: '/bin/a', args: ['a'] },
          ports: [{ transport: 'tcp', port: 3030, state: 10 }],
          ready: true,
        },
      ],
      portsFetched: undefined,
    });
    expect(steps[2]?.step).toMatchObject({ event: 'bound', process: { pid: 1 }, socket: { port: 8080 } });
  });

  it('optional fields are optional, and a port may be a number', () => {
    const { steps } = read('{"poll":[{"pid":1},{"pid":2,"ports":[80,{"port":53,"proto":"udp"}]}]}\n');
    expect(steps[0]?.step).toMatchObject({
      processes: [
        { process: { pid: 1, start: undefined, exe: undefined, ppid: undefined }, ports: [], ready: true },
        {
          ports: [
            { port: 80, state: 10 },
            { port: 53, transport: 'udp', state: 7 },
          ],
        },
      ],
    });
  });

  it.each([
    ['a number', '7', 7n],
    ['digits', '"7"', 7n],
    ['a wall time', '"2026-01-01T00:00:00.5Z"', SCENARIO_START + 500_000_000n],
    ['a wall time with a zone', '"2026-01-01T02:00:00+02:00"', SCENARIO_START],
    ['a time before the epoch', '"1969-01-01T00:00:00Z"', 0n],
    ['a name', '"first"', SCENARIO_START],
    ['0, which is a name', '0', SCENARIO_START],
  ])('a start may be %s', (_what, start, boot) => {
    const { steps } = read(`{"poll":[{"pid":1,"start":${start}}]}`);
    expect(steps[0]?.step).toMatchObject({ processes: [{ process: { start: boot } }] });
  });

  it('two names of one PID are two processes, one name said twice is one', () => {
    const { steps } = read(
      ['a', 'b', 'a'].map((start) => `{"poll":[{"pid":1,"start":"${start}"}]}`).join('\n'),
    );
    const [a, b, again] = steps.map(({ step }) =>
      step.kind === 'poll' ? step.processes[0]?.process.start : 0n,
    );
    expect(a).toBe(again);
    expect((b ?? 0n) - (a ?? 0n)).toBeGreaterThanOrEqual(10_000_000n);
  });

  it('a start that is not said is the one said next of the PID, unless it exits before', () => {
    const { steps } = read(
      [
        '{"bpf":{"bound":{"pid":1,"port":80}}}',
        '{"bpf":{"bound":{"pid":2,"port":81}}}',
        '{"bpf":{"exit":{"pid":2}}}',
        '{"poll":[{"pid":1,"start":"5"},{"pid":2,"start":"6"}]}',
      ].join('\n'),
    );
    expect(steps[0]?.step).toMatchObject({ process: { start: undefined, startAhead: 5n } });
    expect(steps[1]?.step).toMatchObject({ process: { startAhead: undefined } });
  });

  it('the mark " (deleted)" is no part of a path', () => {
    const { steps } = read('{"poll":[{"pid":1,"exe":"/bin/a (deleted)"}]}');
    expect(steps[0]?.step).toMatchObject({ processes: [{ process: { exe: '/bin/a' } }] });
  });

  it('empty lines, lines beginning with # and a byte order mark are passed over', () => {
    expect(read('\uFEFF# what for\r\n\n  {"poll":[]}\r\n').steps).toHaveLength(1);
  });

  it('at sets the clock, on either clock', () => {
    const { steps, start } = read('{"at":"100","poll":[]}\n{"at":"150","bpf":"ready"}\n{"advance_ms":1}\n');
    expect(start.boot).toBe(100n);
    expect(steps.map(({ at }) => at)).toEqual([100n, 150n, 1_000_150n]);
  });
});

describe('errors say line, column, key and what is expected', () => {
  it.each<[string, string]>([
    ['', 'null:null: it is empty; write one step a line, for example {"poll":'],
    ['\n# only this\n', 'null:null: it is empty'],
    ['{"poll":[}', '1:10: this is no JSON: a value is expected here'],
    ['{"poll":[]', '1:11: this is no JSON: a comma or } is expected here'],
    ['{"poll":[]} x', '1:13: this is no JSON: nothing more is expected here'],
    ['{poll:[]}', '1:2: this is no JSON: a key in double quotes is expected here'],
    ['{"poll" []}', '1:9: this is no JSON: a colon is expected here'],
    ['['.repeat(5000), 'this is no JSON: this is nested too deep'],
    ['[]', '1:1: a step ({"poll": …}, {"bpf": …}, {"inspected": …} or {"advance_ms": …}) expected, not []'],
    ['{}', '1:1: one step a line'],
    ['{"poll":[],"bpf":"ready"}', '1:1: one step a line'],
    ['{"polls":[]}', '1:2: polls: unknown key; a step has poll, bpf, inspected, advance_ms, at, wall'],
    [
      '{"poll":7}',
      '1:9: poll: a list of processes (or an object with "processes" or "changed") expected, not 7',
    ],
    ['{"poll":[{"start":1}]}', '1:10: poll[0]: a process needs "pid"'],
    ['{"poll":[{"pid":1,"prots":[]}]}', '1:19: poll[0].prots: unknown key; a process has pid, start, ppid'],
    ['{"poll":[{"pid":0}]}', '1:17: poll[0].pid: a PID from 1 to 4194304 expected, not 0'],
    ['{"poll":[{"pid":1},{"pid":1}]}', '1:20: poll[1]: another process than PID 1'],
    ['{"poll":[{"pid":1,"ports":[{"port":70000}]}]}', '1:36: poll[0].ports[0].port: a port from 0 to 65535'],
    ['{"poll":[{"pid":1,"ports":[{"port":1,"proto":"sctp"}]}]}', '"tcp" or "udp" expected, not "sctp"'],
    ['{"poll":[{"pid":1,"ports":[{"port":1,"state":"open"}]}]}', 'state: one of listen, bound, established'],
    ['{"poll":[{"pid":1,"ports":[{"port":1,"address":"localhost"}]}]}', 'an IP address without brackets'],
    [
      '{"poll":[{"pid":1,"exe":7}]}',
      '1:25: poll[0].exe: a path, or null where it cannot be read, expected, not 7',
    ],
    ['{"poll":[{"pid":1,"language":"cobol"}]}', 'one of go, rust, cpp'],
    ['{"poll":[{"pid":1,"__proto__":{}}]}', 'unknown key'],
    ['{"bpf":"steady"}', '1:8: bpf: "ready", "absent", or an object with one of attempted, bound'],
    ['{"bpf":{"bind":{}}}', '1:9: bpf.bind: unknown key; "bpf" has attempted, bound'],
    ['{"bpf":{"bound":{"pid":1}}}', '1:17: bpf.bound: "bound" needs "port"'],
    ['{"bpf":{"bound":{"pid":1,"port":1,"errno":98}}}', '1:35: bpf.bound.errno: unknown key'],
    ['{"bpf":{"bind_failed":{"pid":1,"port":1,"errno":"EWHAT"}}}', 'a number or one of EACCES'],
    ['{"advance_ms":-1}', '1:15: advance_ms: milliseconds, 0 or more, expected, not -1'],
    ['{"advance_ms":"5"}', 'milliseconds'],
    ['{"poll":[]}\n{"at":"1","poll":[]}', '2:7: at: this moment is before that of the line above'],
    ['{"poll":[]}\n{"poll":[{}]}', '2:10: poll[0]: a process needs "pid"'],
    ['{"name":"bindscope.header"}', '1:9: name: this is a log of events, not a recording'],
    ['{"recording":{"version":9,"boot_ns":1,"wall_ns":1}}', 'is of a newer Bindscope'],
    ['{"recording":{"version":1}}', 'a recording needs "boot_ns"'],
  ])('%s', (text, words) => {
    expect(problemOf(text)).toContain(words);
  });

  it('a value nested deeper than JSON can be written again', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(problemOf(`{"poll":${deep}}`)).toBe(
      '1:10: poll[0]: a process (an object) expected, not something nested too deep',
    );
  });

  it('tells every line that is wrong, up to a number', () => {
    const result = readRecordingNow('s.ndjson', '{"x":1}\n'.repeat(50));
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? [] : result.problems.map(({ line }) => line)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });
});

describe('a recording', () => {
  it('begins with a header that gives both clocks', () => {
    const { header, start, steps } = read(`${HEADER}\n{"at":"2000","poll":[]}\n`);
    expect(header).toMatchObject({ version: 1, boot: 1000n, ownPids: [], networkNamespace: null });
    expect(start).toEqual({ boot: 1000n, wall: 1_700_000_000_000_000_000n });
    expect(steps[0]?.at).toBe(2000n);
  });

  it('cut short by a crash: the last line is left out and noted', () => {
    const result = readRecordingNow('r.ndjson', `${HEADER}\n{"at":"2000","poll":[]}\n{"at":"30`);
    expect(result).toMatchObject({
      ok: true,
      recording: { steps: [{ at: 2000n }] },
      notes: [{ line: 3, message: expect.stringContaining('ends in the middle of this line') as string }],
    });
  });

  it('damaged before its end: an error', () => {
    expect(problemOf(`${HEADER}\n{"at":"30\n{"poll":[]}\n`)).toContain('2:7: this is no JSON');
  });

  it('a start of 0 is the moment of booting', () => {
    const { steps } = read(`${HEADER}\n{"at":"2000","poll":[{"pid":1,"start":"0"}]}\n`);
    expect(steps[0]?.step).toMatchObject({ processes: [{ process: { start: 0n } }] });
  });
});
