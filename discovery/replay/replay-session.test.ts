import { describe, expect, it } from 'vitest';
import type { EngineMessage, EngineMessageOf, ReplayState, WallNs } from '../../contract/index.js';
import { SCENARIO_START } from '../recording/read-recording.js';
import { brief, criterion } from '../testing/scenario.js';
import { FakeRealTime } from '../testing/fake-real-time.js';
import { settle } from '../virtual-time.js';
import { ReplaySession } from './replay-session.js';

const at = (seconds: number): WallNs => (SCENARIO_START + BigInt(seconds) * 1_000_000_000n) as WallNs;

const process = (pid: number, ...ports: number[]): unknown => ({
  pid,
  start: String(pid),
  exe: `/bin/p${String(pid)}`,
  ports,
});

/** Process 1 at the beginning, 2 after 10 s, 1 gone after 20 s. */
const three = [
  { poll: [process(1, 80)] },
  { advance_ms: 10_000 },
  { poll: [process(1, 80), process(2, 81)] },
  { advance_ms: 10_000 },
  { poll: [process(2, 81)] },
]
  .map((step) => `${JSON.stringify(step)}\n`)
  .join('');

const settings = {
  criteria: [criterion('80-90')],
  pollIntervalMs: 5000,
  showOwnProcesses: false,
  countPortsAsBeyla: false,
};

const open = async (
  text: string,
): Promise<{ session: ReplaySession; real: FakeRealTime; states: ReplayState[] }> => {
  const real = new FakeRealTime();
  const session = await ReplaySession.open({
    file: 's.ndjson',
    text,
    settings,
    realTime: real,
    notice: () => undefined,
  });
  if (!(session instanceof ReplaySession)) throw new Error(JSON.stringify(session));
  const states: ReplayState[] = [];
  session.onChange((state) => states.push(state));
  return { session, real, states };
};

const windowOf = (
  session: ReplaySession,
): { messages: EngineMessage[]; connected: () => EngineMessageOf<'connected'>[] } => {
  const messages: EngineMessage[] = [];
  const window = session.openWindow((message) => {
    messages.push(message);
    if (message.type === 'batch') window.receive({ type: 'ack', id: message.id });
  });
  return {
    messages,
    connected: () =>
      messages.filter((message): message is EngineMessageOf<'connected'> => message.type === 'connected'),
  };
};

/** Time passes on the wall, with all that follows from it. */
const pass = async (real: FakeRealTime, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 10) {
    await real.time.advance(10);
    for (let turn = 0; turn < 5; turn += 1) await settle();
  }
};

describe('a replay session', () => {
  it('opens paused at its first moment, of which all steps are played', async () => {
    const { session } = await open(three);
    expect(session.state).toEqual({
      file: 's.ndjson',
      from: at(0),
      to: at(20),
      at: at(0),
      playing: false,
      speed: 1,
    });
    const { connected } = windowOf(session);
    expect(connected()).toMatchObject([
      { replay: { at: at(0) }, sockets: [{ socket: { port: 80 } }], matches: [{}] },
    ]);
    session.close();
  });

  it('gives a window few events while it is moved about, and the rest once it rests', async () => {
    // 8000 processes come, and go with the next poll: two events each, a second a poll.
    const polls = [0, 1, 2, 3].map((poll) => ({
      poll: Array.from({ length: 2000 }, (_, index) => process(poll * 2000 + index + 1)),
    }));
    const text = polls.flatMap((poll) => [poll, { advance_ms: 1000 }]).map((step) => JSON.stringify(step));
    const { session, real } = await open(text.join('\n'));
    const { connected } = windowOf(session);
    await session.apply({ kind: 'seek', to: at(4) });
    await session.apply({ kind: 'seek', to: at(3) });
    const soon = connected().at(-1)?.events.length ?? 0;
    expect(soon).toBe(5000);
    await pass(real, 300);
    expect(connected().at(-1)?.events).toHaveLength(soon);
    await pass(real, 300);
    const rested = connected().at(-1);
    expect(rested?.events.length).toBe(session.status().events);
    expect(rested?.events.length).toBeGreaterThan(10_000);
    expect(rested?.replay?.at).toBe(at(3));
    // It has them all now.
    const told = connected().length;
    await session.apply({ kind: 'pause' });
    await pass(real, 1000);
    expect(connected()).toHaveLength(told);
    session.close();
  });

  it('a file that cannot be read gives its problems, with lines', async () => {
    const problems = await ReplaySession.open({
      file: 's.ndjson',
      text: '{"poll":[]}\n{"x":1}',
      settings,
      realTime: new FakeRealTime(),
      notice: () => undefined,
    });
    expect(problems).toMatchObject([{ file: 's.ndjson', line: 2, column: 2 }]);
  });

  it('seeks forwards: everything up to this moment and nothing after it', async () => {
    const { session, states } = await open(three);
    const { messages, connected } = windowOf(session);
    await session.apply({ kind: 'seek', to: at(12) });
    expect(session.state.at).toBe(at(12));
    expect(states.at(-1)?.at).toBe(at(12));
    expect(connected()).toHaveLength(1);
    expect(messages.filter(({ type }) => type === 'replay')).toHaveLength(1);
    const all = session.export({ format: 'ndjson', scope: { kind: 'all' }, redactSecrets: true });
    expect([...all.chunks].map(({ text }) => text).join('')).not.toContain('process.deleted');
    session.close();
  });

  it('seeks backwards: `connected` is sent again, and the later is undone', async () => {
    const { session } = await open(three);
    const { connected } = windowOf(session);
    await session.apply({ kind: 'seek', to: at(20) });
    await session.apply({ kind: 'seek', to: at(0) });
    expect(connected()).toHaveLength(2);
    expect(connected()[1]).toMatchObject({
      replay: { at: at(0) },
      sockets: [{ socket: { port: 80 } }],
    });
    expect(connected()[1]?.events.map(brief)).toEqual(connected()[0]?.events.map(brief));
    session.close();
  });

  it('what lies outside is the nearest end', async () => {
    const { session } = await open(three);
    await session.apply({ kind: 'seek', to: at(99) });
    expect(session.state.at).toBe(at(20));
    await session.apply({ kind: 'seek', to: at(-5) });
    expect(session.state.at).toBe(at(0));
    session.close();
  });

  it('steps to the next moment at which something happened, and to the one before', async () => {
    const { session } = await open(three);
    const visited: bigint[] = [];
    for (const to of ['next', 'next', 'next', 'previous', 'previous', 'previous'] as const) {
      await session.apply({ kind: 'step', to });
      visited.push((session.state.at - at(0)) / 1_000_000_000n);
    }
    expect(visited).toEqual([10n, 20n, 20n, 10n, 0n, 0n]);
    session.close();
  });

  it('plays at its speed by the clock on the wall, and stops at the end', async () => {
    const { session, real, states } = await open(three);
    await session.apply({ kind: 'speed', speed: 10 });
    await session.apply({ kind: 'play' });
    await pass(real, 1000);
    expect(Number(session.state.at - at(0)) / 1e9).toBeCloseTo(10, 0);
    expect(session.state.playing).toBe(true);
    await pass(real, 1500);
    expect(session.state).toMatchObject({ at: at(20), playing: false });
    expect(states.at(-1)).toMatchObject({ playing: false });
    expect(real.time.pending).toBe(0);
    session.close();
  });

  it('pauses where it is, and begins anew when it is played from its end', async () => {
    const { session, real } = await open(three);
    await session.apply({ kind: 'play' });
    await pass(real, 500);
    await session.apply({ kind: 'pause' });
    const { at: paused } = session.state;
    await pass(real, 500);
    expect(session.state.at).toBe(paused);
    await session.apply({ kind: 'seek', to: at(20) });
    await session.apply({ kind: 'play' });
    expect(session.state).toMatchObject({ at: at(0), playing: true });
    session.close();
    await pass(real, 500);
    expect(session.state.at).toBe(at(0));
  });

  it('a seek while it plays is not undone by playing', async () => {
    const { session, real } = await open(three);
    await session.apply({ kind: 'play' });
    await pass(real, 100);
    const seek = session.apply({ kind: 'seek', to: at(15) });
    await pass(real, 50);
    await seek;
    expect(session.state.at).toBeGreaterThanOrEqual(at(15));
    expect(session.state.playing).toBe(true);
    session.close();
  });

  it('a later seek overtakes one that is under way', async () => {
    const { session } = await open(three);
    const first = session.apply({ kind: 'seek', to: at(20) });
    const second = session.apply({ kind: 'seek', to: at(10) });
    await Promise.all([first, second]);
    expect(session.state.at).toBe(at(10));
    session.close();
  });

  it('work is done in slices, with the event loop let through in between', async () => {
    const lines = Array.from({ length: 2000 }, () => '{"advance_ms":1}\n').join('');
    const { session, real } = await open(three + lines);
    real.costMs = 1;
    const before = real.turns;
    await session.apply({ kind: 'seek', to: session.state.to });
    expect(real.turns - before).toBeGreaterThan(100);
    session.close();
  });

  it('other criteria count from where it stands, also after a move backwards', async () => {
    const { session } = await open(three);
    await session.apply({ kind: 'seek', to: at(10) });
    session.configure({ ...settings, criteria: [] });
    const { connected } = windowOf(session);
    expect(connected()[0]?.matches).toEqual([]);
    await session.apply({ kind: 'seek', to: at(0) });
    expect(connected()[1]?.matches).toEqual([]);
    session.close();
  });

  it('a window may drive it, explain and preview as live', async () => {
    const { session } = await open(three);
    const messages: EngineMessage[] = [];
    const window = session.openWindow((message) => messages.push(message));
    window.receive({ type: 'replay', action: { kind: 'seek', to: at(10) } });
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(session.state.at).toBe(at(10));
    window.receive({ type: 'explain', request: 1, process: '1:1' as never });
    expect(messages.at(-1)).toMatchObject({ type: 'explained', request: 1, process: { pid: 1 } });
    window.close();
    await session.apply({ kind: 'seek', to: at(0) });
    expect(messages.filter(({ type }) => type === 'connected')).toHaveLength(1);
    session.close();
  });
});
