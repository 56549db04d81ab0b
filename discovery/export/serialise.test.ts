import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';

import type { ExecutableType, Placement } from '../../contract/index.js';
import { criterion, Scenario } from '../testing/scenario.js';
import { allHooks } from '../testing/scripted-kernel.js';
import { eventAttributes } from './attributes.js';
import { CSV_COLUMNS, csvHeader, csvRecord } from './csv.js';
import type { Chunk } from './serialise.js';
import { wallTimeText } from './time-text.js';

/** A scenario in which every kind of event happens. */
const eventful = async (): Promise<Scenario> => {
  const s = new Scenario({ criteria: [criterion('8080', null, { name: 'web' })] });
  await s.start();
  const process = s.kernel.fork(7, { args: ['a', '--password=hunter2', '=1+1'], exe: '/opt/a b/=run' });
  const socket = s.kernel.serve(process, 8080);
  s.kernel.failBind(s.kernel.fork(8, { name: 'x,"y"\n' }), 8080, 98);
  s.kernel.exec(process, '/bin/b');
  s.kernel.listener.lost({ where: 'kernel', count: 2, from: s.time.now - 10n, to: s.time.now });
  s.kernel.listener.state({ ...s.kernel.state, hooks: allHooks.slice(1) });
  await s.time.advance(10);
  s.kernel.close1(process, socket);
  s.kernel.exit(process, 9);
  return s;
};

const text = (chunks: Iterable<Chunk>): string => [...chunks].map((chunk) => chunk.text).join('');

const lines = (ndjson: string): Record<string, unknown>[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** An independent reader of RFC 4180. */
const parseCsv = (csv: string): string[][] => parse(csv, { recordDelimiter: '\r\n' });

const every = { kind: 'all' } as const;

describe('NDJSON', () => {
  it('first line a header: schema version, host, boot id, kernel, hooks, criteria, losses', async () => {
    const s = await eventful();
    const [header] = lines(
      text(s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: true }).chunks),
    );
    expect(header).toMatchObject({
      name: 'bindscope.header',
      schema_version: 1,
      'host.name': 'host',
      'bindscope.boot_id': 'boot',
      'os.version': '6.18.0',
      'bindscope.criteria': [{ name: 'web', enabled: true, exclude: false, open_ports: '8080' }],
      'bindscope.lost.kernel': 2,
      'bindscope.lost.queue': 0,
      'bindscope.evicted': 0,
    });
    expect(header?.['bindscope.hooks']).toContain('closed: cgroup/sock_release');
  });

  it('then one event a line, every event, in order, under OpenTelemetry names', async () => {
    const s = await eventful();
    const events = lines(
      text(s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: true }).chunks),
    ).slice(1);
    expect(events.map((event) => event['bindscope.seq'])).toEqual(s.all().map(({ seq }) => seq));
    expect(new Set(events.map((event) => event['name']))).toEqual(new Set(s.all().map(({ name }) => name)));
    const bound = events.find((event) => event['name'] === 'socket.bound');
    expect(bound).toMatchObject({
      'process.pid': 7,
      'process.parent_pid': 1,
      'process.executable.name': '=run',
      'process.executable.path': '/opt/a b/=run',
      'process.user.id': 1000,
      'network.transport': 'tcp',
      'network.type': 'ipv4',
      'network.local.address': '0.0.0.0',
      'network.local.port': 8080,
      'bindscope.socket.cookie': '101',
      'bindscope.source': 'ebpf',
      'bindscope.hook': 'cgroup/post_bind4',
    });
    expect(events.find((event) => event['name'] === 'socket.listening')?.['network.connection.state']).toBe(
      'listen',
    );
    expect(events.find((event) => event['name'] === 'socket.bind_failed')).toMatchObject({
      'bindscope.errno': 98,
      'error.type': 'EADDRINUSE',
      'bindscope.conflict.pid': 7,
    });
    expect(events.find((event) => event['name'] === 'socket.closed')?.['bindscope.duration_ns']).toBe(
      10_000_000,
    );
    expect(events.find((event) => event['name'] === 'match.started')?.['bindscope.criterion.reason']).toBe(
      'port 8080 in 8080',
    );
    expect(events.find((event) => event['name'] === 'process.deleted')?.['process.exit.code']).toBe(137);
    expect(events.find((event) => event['name'] === 'watcher.lost')?.['bindscope.lost']).toBe(2);
  });

  it('redacts secrets by default, not when it is turned off', async () => {
    const s = await eventful();
    const redacted = text(s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: true }).chunks);
    expect(redacted).not.toContain('hunter2');
    expect(redacted).toContain('--password=[REDACTED]');
    const plain = text(s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: false }).chunks);
    expect(plain).toContain('--password=hunter2');
  });
});

describe('what a program is and where it runs', () => {
  const told = async (executableType: ExecutableType | null, placement: Placement | null) => {
    const s = await eventful();
    const event = s.all().find(({ name }) => name === 'socket.bound');
    if (event?.name !== 'socket.bound' || event.process === null) throw new Error('no event');
    const process = { ...event.process, executableType, placement };
    return eventAttributes({ ...event, process }, { redactSecrets: true });
  };

  it('a runtime has its name and version, machine code has neither', async () => {
    expect(await told({ language: 'go', version: '1.22.3', reason: '' }, null)).toMatchObject({
      'process.runtime.name': 'go',
      'process.runtime.version': '1.22.3',
      'bindscope.executable.language': 'go',
    });
    const rust = await told({ language: 'rust', version: '1.80.0', reason: '' }, null);
    expect(rust).toMatchObject({ 'bindscope.executable.language': 'rust' });
    expect(Object.keys(rust).filter((name) => name.startsWith('process.runtime'))).toEqual([]);
  });

  it('cgroup, unit and container have a column each, and what is not known is absent', async () => {
    const id = 'f00d'.repeat(16);
    const attributes = await told(null, {
      cgroup: '/system.slice/docker.scope',
      unit: 'docker.scope',
      container: { id, runtime: 'docker', name: 'web', image: null },
    });
    expect(attributes).toMatchObject({
      'process.linux.cgroup': '/system.slice/docker.scope',
      'bindscope.systemd.unit': 'docker.scope',
      'container.id': id,
      'container.runtime.name': 'docker',
      'container.name': 'web',
    });
    expect(attributes).not.toHaveProperty('container.image.name');
    expect(attributes).not.toHaveProperty('bindscope.executable.language');
    for (const name of Object.keys(attributes)) expect(CSV_COLUMNS).toContain(name);
  });
});

describe('CSV', () => {
  it('has the documented columns in every record, and the values of the NDJSON', async () => {
    const s = await eventful();
    const records = parseCsv(
      text(s.pipeline.export({ format: 'csv', scope: every, redactSecrets: true }).chunks),
    );
    const events = lines(
      text(s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: true }).chunks),
    ).slice(1);
    expect(records[0]).toEqual([...CSV_COLUMNS]);
    expect(records).toHaveLength(events.length + 1);
    records.slice(1).forEach((record, index) => {
      const event = events[index] ?? {};
      expect(record).toHaveLength(CSV_COLUMNS.length);
      for (const name of Object.keys(event)) expect(CSV_COLUMNS).toContain(name);
      CSV_COLUMNS.forEach((column, position) => {
        const value = event[column];
        const plain = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
        const cell = record[position] ?? '';
        const neutral = /^[=+\-@\t\r]/.test(plain) && typeof value !== 'number' ? `'${plain}` : plain;
        expect(cell).toBe(neutral);
      });
    });
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    ['\rx', `"'\rx"`],
    ['=a,b', `"'=a,b"`],
    ['a=1', 'a=1'],
  ])('%j is neutralised as %j', (value, cell) => {
    expect(csvRecord([value])).toBe(`${cell}\r\n`);
  });

  it('a negative number is a number, not a formula', () => {
    expect(csvRecord([-5, true])).toBe('-5,true\r\n');
  });

  it('is read back as it was by an independent reader of RFC 4180', () => {
    const values = ['', 'a', 'a,b', 'a"b', '"', 'a\nb', 'a\r\nb', ' a ', 'ü€', ',', '""', 'a;b'];
    for (const left of values) {
      for (const right of values) {
        expect(parseCsv(csvRecord([left, right]))).toEqual([[left, right]]);
      }
    }
  });

  it('starts with the column names', () => {
    expect(csvHeader().startsWith('bindscope.seq,time,time_unix_nano,name,')).toBe(true);
  });
});

describe('the range of an export', () => {
  it('matched: the events of processes that were matched, from their beginning', async () => {
    const s = await eventful();
    const events = s.pipeline.log.select({ kind: 'matched' });
    const pids = new Set(events.map((event) => ('process' in event ? (event.process?.pid as number) : null)));
    expect(pids).toEqual(new Set([7]));
    expect(events[0]?.name).toBe('process.created');
  });

  it('a time range includes both ends', async () => {
    const s = await eventful();
    const times = [...new Set(s.all().map(({ time }) => time))];
    const [first, last] = [times[0], times.at(-2)];
    const events = s.pipeline.log.select({ kind: 'range', from: first as never, to: last as never });
    expect(events.length).toBeLessThan(s.all().length);
    expect(events.every(({ time }) => time >= (first ?? 0n) && time <= (last ?? 0n))).toBe(true);
  });

  it('is fixed when the export begins, and can be stopped at any piece', async () => {
    const s = await eventful();
    const { chunks, total } = s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: true });
    chunks.next();
    s.kernel.exec(s.kernel.fork(99), '/bin/late');
    const rest = [...chunks];
    expect(rest.reduce((sum, { events }) => sum + events, 0)).toBe(total);
    const stopped = s.pipeline.export({ format: 'ndjson', scope: every, redactSecrets: true }).chunks;
    stopped.next();
    stopped.return();
    expect(stopped.next().done).toBe(true);
  });
});

describe('times', () => {
  it('are RFC 3339 with all nanoseconds', () => {
    expect(wallTimeText(1_700_000_000_000_000_006n)).toBe('2023-11-14T22:13:20.000000006Z');
    expect(wallTimeText(0n)).toBe('1970-01-01T00:00:00.000000000Z');
    expect(wallTimeText(-1n)).toBe('1969-12-31T23:59:59.999999999Z');
  });
});
