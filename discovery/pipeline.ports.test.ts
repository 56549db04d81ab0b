import { describe, expect, it } from 'vitest';
import { criterion, Scenario } from './testing/scenario.js';
import type { WorldProcess, WorldSocket } from './testing/scripted-kernel.js';
import { ESTABLISHED } from './testing/scripted-kernel.js';

/** A connection that nobody was seen to bind: a client's, or an accepted one. */
const connect = (
  s: Scenario,
  process: WorldProcess,
  port: number,
  options: Partial<Pick<WorldSocket, 'transport'>> = {},
): WorldSocket => {
  const { mute } = s.kernel;
  s.kernel.mute = true;
  const socket = s.kernel.bind(process, port, options);
  socket.state = ESTABLISHED;
  s.kernel.mute = mute;
  return socket;
};

const matches = (s: Scenario): string[] =>
  s
    .fresh()
    .flatMap((event) =>
      event.name === 'match.started' || event.name === 'match.ended'
        ? [`${event.name.slice(6)} ${String(event.process.pid)}`]
        : [],
    );

const partsOf = (s: Scenario, process: WorldProcess): string[] => {
  const key = s.pipeline.processes().find(({ pid }) => pid === process.pid)?.key ?? ('' as never);
  const [evaluation] = s.pipeline.explain(key).verdict.evaluations;
  return (evaluation?.conditions[0]?.parts ?? []).map(
    ({ seen, held, note }) => `${held ? '+' : '-'} ${seen}${note === null ? '' : `: ${note}`}`,
  );
};

describe('"open port" = any local port of any TCP state, client and accepted connections too', () => {
  it('by default listening TCP and bound UDP count, and no connection does', async () => {
    const s = new Scenario({ criteria: [criterion('40000-50000')] });
    connect(s, s.kernel.fork(7), 41_234);
    s.kernel.serve(s.kernel.fork(8), 40_001);
    s.kernel.bind(s.kernel.fork(9), 40_002, { transport: 'udp' });
    s.kernel.bind(s.kernel.fork(10), 40_003);
    await s.start();
    expect(matches(s)).toEqual(['started 8', 'started 9']);
  });

  it('with the switch on every local port of every socket counts, of TCP and of UDP', async () => {
    const s = new Scenario({ criteria: [criterion('40000-50000')], countPortsAsBeyla: true });
    connect(s, s.kernel.fork(7), 41_234);
    connect(s, s.kernel.fork(8), 41_235, { transport: 'udp' });
    s.kernel.bind(s.kernel.fork(9), 40_003);
    connect(s, s.kernel.fork(10), 39_999);
    await s.start();
    expect(matches(s)).toEqual(['started 7', 'started 8', 'started 9']);
  });

  it('a connection of a known process is found by the next poll; one that closes ends nothing', async () => {
    const s = new Scenario({ criteria: [criterion('40000-50000')], countPortsAsBeyla: true });
    const client = s.kernel.fork(7);
    await s.start();
    const socket = connect(s, client, 41_234);
    await s.poll();
    expect(matches(s)).toEqual(['started 7']);
    s.kernel.mute = true;
    s.kernel.close1(client, socket);
    await s.poll();
    expect(matches(s)).toEqual([]);
    expect(partsOf(s, client)).toEqual(['+ 41234 connected: has closed since; a closed port ends no match']);
  });

  it('a TCP socket that is bound and does not listen counts at once', async () => {
    const s = new Scenario({ criteria: [criterion('8080')], countPortsAsBeyla: true });
    await s.start();
    s.kernel.bind(s.kernel.fork(7), 8080);
    expect(matches(s)).toEqual(['started 7']);
  });

  it('turned on, the connections of now are looked at at once; turned off, they are forgotten', async () => {
    const s = new Scenario({ criteria: [criterion('40000-50000')] });
    connect(s, s.kernel.fork(7), 41_234);
    await s.start();
    expect(matches(s)).toEqual([]);
    s.configure({ countPortsAsBeyla: true });
    await s.time.advance(300);
    expect(matches(s)).toEqual(['started 7']);
    s.configure({ countPortsAsBeyla: false });
    expect(matches(s)).toEqual(['ended 7']);
    s.configure({ countPortsAsBeyla: true });
    expect(matches(s)).toEqual([]);
    await s.time.advance(300);
    expect(matches(s)).toEqual(['started 7']);
  });

  it('the explanation says of each port what it is and why it counts', async () => {
    const s = new Scenario({ criteria: [criterion('8000-50000')], countPortsAsBeyla: true });
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 8080);
    s.kernel.bind(process, 5353, { transport: 'udp' });
    connect(s, process, 8080);
    connect(s, process, 41_234);
    await s.start();
    expect(partsOf(s, process)).toEqual([
      '+ 8080 listening',
      '+ 8080 connected: counts only as Beyla counts ports',
      '+ 41234 connected: counts only as Beyla counts ports',
      '- 5353/udp bound',
    ]);
    const summary = (): string =>
      s.pipeline.explain(s.pipeline.processes()[0]?.key ?? ('' as never)).verdict.summary;
    expect(summary()).toBe(
      'Selected by web: ports 8080, 41234 are in 8000-50000. Ports are counted as Beyla does.',
    );
    s.configure({ countPortsAsBeyla: false });
    expect(partsOf(s, process)).toEqual(['+ 8080 listening', '- 5353/udp bound']);
    expect(summary()).toBe('Selected by web: port 8080 is in 8000-50000.');
  });

  it('with the switch off, a known port that would count is named', async () => {
    const s = new Scenario({ criteria: [criterion('8000-8999')] });
    await s.start();
    const process = s.kernel.fork(7);
    s.kernel.bind(process, 8080);
    expect(partsOf(s, process)).toEqual(['- 8080 bound: does not count; as Beyla counts ports it would']);
  });

  it('connections are in no table and no event either way', async () => {
    const s = new Scenario({ criteria: [criterion('40000-50000')], countPortsAsBeyla: true });
    connect(s, s.kernel.fork(7), 41_234);
    await s.start();
    expect(s.pipeline.sockets()).toEqual([]);
    expect(s.all().some(({ name }) => name.startsWith('socket.'))).toBe(false);
  });
});
