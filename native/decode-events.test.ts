import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KernelEvent } from '../contract/index.js';
import { decodeEvents, EventDecoder, hookNames } from './decode-events.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

const golden = fixture('kernel-events.golden.bin');
const goldenCount = 10;

/** What native/tests/core_records.cpp gives every record, told apart by `seed`. */
const common = (seed: number) => ({
  time: 1_000_000_000_000_000_000n + BigInt(seed),
  startTime: 2_000_000_000_000_000n + BigInt(seed),
  cgroupId: 0xf000_0000_0000_0000n + BigInt(seed),
  networkNamespace: 4_026_531_840,
  pid: 4_000_000 + seed,
  tid: 4_100_000 + seed,
  parentPid: 700 + seed,
  uid: 4_294_967_294,
  name: 'node',
  identity: null,
  error: 0,
  unconfirmed: false,
});

const cookie = (seed: number): bigint => 4_000_000_000_000n + BigInt(seed);

const args = ['node', 'server.js', '', '--port=8080'];
/** A device whose major and minor numbers take all of the 32 bits. */
const executableFile = (seed: number) => ({
  device: 0x80301f04,
  inode: 0x1_0000_0000_0000n + BigInt(4_000_000 + seed),
});
const node = (seed: number) => ({
  executable: '/usr/bin/node',
  executableFile: executableFile(seed),
  args,
  argsLength: 28,
});

const expected: readonly KernelEvent[] = [
  {
    ...common(1),
    kind: 'attempted',
    hook: 'fentry/security_socket_bind',
    identity: node(1),
    socket: { cookie: 0n, transport: 'tcp', family: 'ipv4', address: '0.0.0.0', port: 0, boundAt: null },
  },
  {
    ...common(2),
    kind: 'bound',
    hook: 'cgroup/post_bind4',
    identity: node(2),
    socket: {
      cookie: cookie(2),
      transport: 'tcp',
      family: 'ipv4',
      address: '127.0.0.1',
      port: 8080,
      boundAt: null,
    },
  },
  {
    ...common(3),
    kind: 'bound',
    hook: 'cgroup/post_bind6',
    identity: { ...node(3), args: ['a'.repeat(256)], argsLength: 100_000 },
    socket: {
      cookie: cookie(3),
      transport: 'udp',
      family: 'ipv6',
      address: '2001:db8::8:800:200c:417a',
      port: 65_535,
      boundAt: null,
    },
  },
  {
    ...common(4),
    kind: 'bind_failed',
    hook: 'tracepoint/syscalls/sys_exit_bind',
    identity: { executable: null, executableFile: null, args: [], argsLength: 0 },
    socket: {
      cookie: 0n,
      transport: 'tcp',
      family: 'ipv6',
      address: '::ffff:192.0.2.33',
      port: 443,
      boundAt: null,
    },
    error: 98,
  },
  {
    ...common(5),
    kind: 'listening',
    hook: 'tp_btf/inet_sock_set_state',
    identity: { ...node(5), executable: '/…/er/deep' },
    socket: { cookie: cookie(5), transport: 'tcp', family: 'ipv6', address: '::', port: 5173, boundAt: null },
    unconfirmed: true,
  },
  {
    ...common(6),
    kind: 'listen_failed',
    hook: 'tp_btf/inet_sock_set_state',
    socket: {
      cookie: cookie(6),
      transport: 'tcp',
      family: 'ipv6',
      address: '::1',
      port: 5173,
      boundAt: null,
    },
  },
  {
    ...common(7),
    kind: 'closed',
    hook: 'cgroup/sock_release',
    socket: {
      cookie: cookie(7),
      transport: 'udp',
      family: 'ipv4',
      address: '10.1.2.3',
      port: 53,
      boundAt: 3_000_000_000_000_000n,
    },
  },
  {
    ...common(8),
    kind: 'closed',
    hook: 'sock_diag destroy',
    name: '0123456789abcde',
    socket: {
      cookie: cookie(8),
      transport: 'tcp',
      family: 'ipv4',
      address: '10.1.2.3',
      port: 53,
      boundAt: null,
    },
  },
  {
    ...common(9),
    kind: 'exec',
    hook: 'tp_btf/sched_process_exec',
    identity: {
      executable: '/opt/café',
      executableFile: executableFile(9),
      args: ['café'],
      argsLength: 6,
    },
    socket: null,
  },
  { ...common(10), kind: 'exit', hook: 'tp_btf/sched_process_exit', socket: null, error: (3 << 8) | 9 },
];

describe('the golden records that C++ wrote', () => {
  test.each(expected.map((event, index) => ({ event, index, label: `${index} (${event.kind})` })))(
    'record $label has every field',
    ({ event, index }) => {
      expect(decodeEvents({ records: golden, count: goldenCount })[index]).toStrictEqual(event);
    },
  );

  test('are all of them, to the last byte', () => {
    expect(decodeEvents({ records: golden, count: goldenCount })).toHaveLength(goldenCount);
    expect(() => decodeEvents({ records: golden, count: goldenCount + 1 })).toThrow(RangeError);
    expect(() => decodeEvents({ records: golden.subarray(0, -1), count: goldenCount })).toThrow(
      'record 9 of 10',
    );
  });

  test('decode wherever they lie in their buffer', () => {
    const shifted = new Uint8Array(golden.length + 3);
    shifted.set(golden, 3);
    expect(decodeEvents({ records: shifted.subarray(3), count: goldenCount })).toStrictEqual(expected);
  });
});

test('hooks are named as in C++', () => {
  expect(hookNames).toStrictEqual(
    new TextDecoder().decode(fixture('hooks.golden.txt')).trimEnd().split('\n'),
  );
});

/** The third golden record, changed. */
const changed = (change: (view: DataView) => void): Uint8Array => {
  const record = golden.slice(904 * 2, 904 * 3);
  change(new DataView(record.buffer));
  return record;
};

test('sockets that are neither TCP nor UDP are left out', () => {
  expect(decodeEvents({ records: changed((view) => view.setUint8(78, 58)), count: 1 })).toStrictEqual([]);
  expect(decodeEvents({ records: changed((view) => view.setUint16(72, 1, true)), count: 1 })).toStrictEqual(
    [],
  );
});

test('a hook that we do not know keeps the event', () => {
  const [event] = decodeEvents({ records: changed((view) => view.setUint16(76, 999, true)), count: 1 });
  expect(event?.hook).toBe('unknown');
});

test.each([
  ['a kind that we do not know', (view: DataView) => view.setUint32(0, 9, true)],
  ['no size', (view: DataView) => view.setUint32(4, 0, true)],
  ['an identity that does not fit its size', (view: DataView) => view.setUint32(4, 112, true)],
])('%s is an error, not a guess', (_, change) => {
  expect(() => decodeEvents({ records: changed(change), count: 1 })).toThrow('record 0 of 1');
});

test('an empty batch has no events', () => {
  expect(decodeEvents({ records: new Uint8Array(0), count: 0 })).toStrictEqual([]);
});

describe('whatever bytes come', () => {
  /** Decoded, or refused as records of another layout; any other error is one of ours. */
  const decoded = (records: Uint8Array, count: number): KernelEvent[] | null => {
    try {
      return decodeEvents({ records, count });
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      expect(String(error)).toMatch(/^RangeError: record \d+ of \d+ is not one of /);
      return null;
    }
  };
  const plausible = (event: KernelEvent): boolean =>
    hookNames.concat('unknown').includes(event.hook) &&
    event.name.length <= 16 &&
    (event.identity?.args.join('\0').length ?? 0) <= 256 &&
    (event.identity?.executable?.length ?? 0) <= 514;

  test('they are events or refused, and never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(20), (records, count) => {
        const events = decoded(records, count) ?? [];
        expect(events.length).toBeLessThanOrEqual(count);
      }),
      { numRuns: 500 },
    );
  });

  test('damaged records are decoded within their bounds or refused', () => {
    const damage = fc.record({
      offset: fc.oneof(
        fc.nat(golden.length - 1),
        // Where kinds, sizes and flags are.
        fc.tuple(fc.nat(5), fc.constantFrom(0, 4, 5, 79, 128, 129, 130, 131)).map(([n, at]) => n * 904 + at),
      ),
      byte: fc.nat(255),
    });
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.array(damage, { minLength: 1, maxLength: 8 }),
        fc.nat(golden.length),
        (damages, length) => {
          const records = golden.slice(0, length % 3 === 0 ? length : undefined);
          for (const { offset, byte } of damages) if (offset < records.length) records[offset] = byte;
          const events = decoded(records, goldenCount);
          if (events) taken += 1;
          else refused += 1;
          expect(events?.every(plausible) ?? true).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });
});

describe('a decoder that remembers what threads told before', () => {
  /** Where each golden record begins. */
  const begins: number[] = [];
  for (let at = 0; at < golden.length; at += new DataView(golden.buffer).getUint32(at + 4, true)) {
    begins.push(at);
  }
  const record = (index: number): Uint8Array => golden.slice(begins[index], begins[index + 1]);
  /** All but kind, size and flags, which say what the record is. */
  const isChangeable = (offset: number): boolean => offset >= 8 && offset !== 79;

  test('tells of every record what a new one would, whatever bytes differ from the records before', () => {
    const change = fc.record({
      index: fc.nat(goldenCount - 1),
      offset: fc.oneof(fc.nat(903), fc.nat(140), fc.integer({ min: 380, max: 420 })),
      byte: fc.nat(255),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const decoder = new EventDecoder();
        for (const { index, offset, byte } of changes) {
          const bytes = record(index);
          // Each of one thread, so that it is the same one that tells other things.
          new DataView(bytes.buffer).setUint32(56, 1, true);
          if (isChangeable(offset) && offset < bytes.length && (offset < 56 || offset >= 60)) {
            bytes[offset] = byte;
          }
          const batch = { records: bytes, count: 1 };
          expect(decoder.decode(batch)).toStrictEqual(decodeEvents(batch));
          expect(decoder.decode(batch)).toStrictEqual(decodeEvents(batch));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('decodes an identity once for all records that carry the same bytes', () => {
    const decoder = new EventDecoder();
    const [first] = decoder.decode({ records: record(1), count: 1 });
    const [second] = decoder.decode({ records: record(1), count: 1 });
    expect(first?.identity).not.toBeNull();
    expect(second?.identity).toBe(first?.identity);
  });

  test('does not keep every thread that ever was', () => {
    const decoder = new EventDecoder();
    const bytes = record(1);
    const first = decoder.decode({ records: bytes, count: 1 });
    for (let tid = 1; tid <= 5000; tid += 1) {
      new DataView(bytes.buffer).setUint32(56, tid, true);
      decoder.decode({ records: bytes, count: 1 });
    }
    const again = decoder.decode({ records: record(1), count: 1 });
    expect(again).toStrictEqual(first);
    expect(again[0]?.identity).not.toBe(first[0]?.identity);
  });
});
