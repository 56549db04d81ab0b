import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import { readRecordingNow } from '../recording/read-recording.js';
import { criterion } from '../testing/scenario.js';
import { ReplayRun } from './replay-run.js';

const settings = {
  criteria: [criterion('80-84'), criterion(null, 'b$', { name: 'b' })],
  pollIntervalMs: null,
  showOwnProcesses: false,
  countPortsAsBeyla: false,
};

const replayed = async (text: string): Promise<readonly BindscopeEvent[] | null> => {
  const result = readRecordingNow('s', text);
  if (!result.ok) return null;
  const run: ReplayRun = new ReplayRun({
    recording: result.recording,
    settings,
    frames: { after: () => () => undefined },
    state: () => {
      throw new Error('no window is open');
    },
    notice: (_level, message) => {
      throw new Error(message);
    },
  });
  await run.start();
  while (run.nextAt !== null) await run.step();
  await run.finish();
  const events = run.pipeline.log.select({ kind: 'all' });
  run.close();
  return events;
};

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));

const pid = fc.integer({ min: 1, max: 6 });
const port = fc.integer({ min: 80, max: 88 });
const socket = fc.record(
  {
    proto: fc.constantFrom('tcp', 'udp'),
    port,
    state: fc.constantFrom('listen', 'bound', 'established'),
    address: fc.constantFrom('0.0.0.0', '127.0.0.1', '::1'),
  },
  { requiredKeys: ['port'] },
);
const process = fc.record(
  {
    pid,
    start: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', '2026-01-01T00:00:01Z')),
    ppid: fc.integer({ min: 0, max: 6 }),
    uid: fc.integer({ min: 0, max: 3 }),
    exe: fc.constantFrom(null, '/', '/bin/a', '/bin/b', '/bin/b (deleted)'),
    args: fc.array(fc.string(), { maxLength: 3 }),
    ports: fc.array(socket, { maxLength: 4 }),
    ready: fc.boolean(),
    language: fc.constantFrom('go', 'python'),
    unit: fc.constantFrom('a.service', null),
    container: fc.constantFrom('web', null),
  },
  { requiredKeys: ['pid'] },
);
const event = fc.record(
  { pid, port, proto: fc.constantFrom('tcp', 'udp') },
  { requiredKeys: ['pid', 'port'] },
);
const life = fc.record({ pid, exe: fc.constantFrom('/bin/a', '/bin/b') }, { requiredKeys: ['pid'] });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .uniqueArray(process, { selector: (one) => one.pid, maxLength: 6 })
      .map((poll) => ({ poll })),
  },
  fc.constantFrom({ bpf: 'ready' }, { bpf: 'absent' }, { bpf: { lost: 3 } }, { bpf: { gap: {} } }),
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('bound', 'listening', 'closed', 'bind_failed', 'attempted', 'listen_failed'),
        event,
      )
      .map(([kind, one]) => ({ bpf: { [kind]: one } })),
  },
  fc.tuple(fc.constantFrom('exec'), life).map(([kind, one]) => ({ bpf: { [kind]: one } })),
  fc.record({ pid }).map((one) => ({ bpf: { exit: one } })),
  fc.integer({ min: 0, max: 6000 }).map((ms) => ({ advance_ms: ms })),
);
const scenario = fc
  .array(step, { minLength: 1, maxLength: 30 })
  .map((steps) => steps.map((one) => `${JSON.stringify(one)}\n`).join(''));

/** Who lives and what is bound, by the events alone. Throws where one tells what was told before. */
const applied = (
  events: readonly BindscopeEvent[],
): { processes: Set<string>; sockets: Map<string, string> } => {
  const processes = new Set<string>();
  const sockets = new Map<string, string>();
  const matched = new Set<string>();
  const add = (set: Set<string>, key: string, what: string): void => {
    if (set.has(key)) throw new Error(`${what} ${key} is told twice`);
    set.add(key);
  };
  const take = (set: { delete(key: string): boolean }, key: string, what: string): void => {
    if (!set.delete(key)) throw new Error(`the end of ${what} ${key} is told, but not its beginning`);
  };
  for (const one of events) {
    switch (one.name) {
      case 'process.created':
        add(processes, one.process.key, 'process');
        break;
      case 'process.deleted':
        take(processes, one.process.key, 'process');
        break;
      case 'socket.bound':
      case 'socket.listening': {
        const { key, state } = one.socket;
        if (sockets.get(key) === state) throw new Error(`socket ${key} is told twice as ${state}`);
        sockets.set(key, state);
        break;
      }
      case 'socket.closed':
        take(sockets, one.socket.key, 'socket');
        break;
      case 'match.started':
        add(matched, one.process.key, 'match');
        break;
      case 'match.ended':
        take(matched, one.process.key, 'match');
        break;
      default:
    }
  }
  return { processes, sockets };
};

const listening = fc.record({ proto: fc.constant('tcp'), port, state: fc.constantFrom('listen', 'bound') });
const snapshot = fc.uniqueArray(
  fc.record({
    pid,
    start: fc.constantFrom('11', '22', '33'),
    exe: fc.constant('/bin/a'),
    ports: fc.uniqueArray(listening, { selector: (one) => one.port, maxLength: 5 }),
  }),
  { selector: (one) => one.pid, maxLength: 6 },
);

describe('replays of anything', () => {
  it('random texts never crash the reader', () => {
    const piece = fc.oneof(fc.string(), fc.json(), scenario);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.constantFrom('\n', '', ','), (pieces, between) => {
        const result = readRecordingNow('s', pieces.join(between));
        expect(typeof result.ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });

  it('steps with a character changed are read, or refused with their line', () => {
    fc.assert(
      fc.property(scenario, fc.nat(), fc.string({ maxLength: 2 }), (text, place, other) => {
        const at = place % text.length;
        const result = readRecordingNow('s', text.slice(0, at) + other + text.slice(at + 1));
        if (!result.ok) for (const { message } of result.problems) expect(message).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });

  it('random steps in random order never throw, are told once, and the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (text) => {
        const events = await replayed(text);
        expect(events).not.toBeNull();
        applied(events ?? []);
        expect(textOf(await replayed(text))).toBe(textOf(events));
      }),
      { numRuns: 200 },
    );
  });

  it('diffing any two snapshots and applying the events to the first gives the second', async () => {
    await fc.assert(
      fc.asyncProperty(snapshot, snapshot, async (first, second) => {
        const text = [first, second].map((poll) => `${JSON.stringify({ poll })}\n`).join('');
        const events = (await replayed(text)) ?? [];
        const { processes, sockets } = applied(events);
        expect([...processes].sort()).toEqual(second.map((one) => `${String(one.pid)}:${one.start}`).sort());
        const wanted = second.flatMap(({ ports }) =>
          ports.map(({ state }) => (state === 'listen' ? 'listening' : 'bound')),
        );
        expect([...sockets.values()].sort()).toEqual(wanted.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('no event twice: the same snapshot again tells nothing', async () => {
    await fc.assert(
      fc.asyncProperty(snapshot, async (poll) => {
        const line = `${JSON.stringify({ poll })}\n`;
        const once = (await replayed(line)) ?? [];
        const twice = (await replayed(line + line)) ?? [];
        expect(twice.slice(once.length).map(({ name }) => name)).toEqual(['poll.completed']);
      }),
      { numRuns: 100 },
    );
  });
});
