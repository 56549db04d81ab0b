import { describe, expect, it } from 'vitest';
import { eventAttributes } from './export/attributes.js';
import { brief, criterion, Scenario } from './testing/scenario.js';
import { limitedState } from './testing/scripted-kernel.js';

/** What a user without a helper does not see: the socket goes on, but no snapshot shows it. */
const hide = (s: Scenario, port: number): void => {
  const at = s.kernel.sockets.findIndex((socket) => socket.port === port);
  s.kernel.sockets.splice(at, 1);
};

/** The helper is gone: polls read sock_diag and /proc. */
const loseHelper = (s: Scenario): void => {
  s.kernel.state = limitedState;
  s.kernel.source = 'proc';
  s.kernel.mute = true;
  s.kernel.listener.state(limitedState);
};

describe('from full view to limited and back', () => {
  it('a socket keeps its key, its beginning, its binder and its holder, and nothing is told twice', async () => {
    const s = new Scenario();
    await s.start();
    const process = s.kernel.fork(7);
    const socket = s.kernel.serve(process, 80);
    await s.poll();
    const before = s.pipeline.sockets();
    expect(before).toHaveLength(1);
    s.fresh();

    loseHelper(s);
    socket.holders.clear();
    await s.poll();
    await s.poll();
    expect(s.pipeline.sockets()).toEqual(before);

    s.kernel.state = { ...limitedState, helper: 'connected', hooks: [] };
    s.kernel.source = 'iter';
    s.kernel.mute = false;
    socket.holders.add(process);
    s.kernel.listener.state(s.kernel.state);
    await s.poll();
    expect(s.pipeline.sockets()).toEqual(before);
    expect(s.fresh().filter(({ name }) => name.startsWith('socket.'))).toEqual([]);
  });

  it('a socket of a network namespace that is out of sight is not told closed while its holder lives', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    const process = s.kernel.fork(7);
    s.kernel.serve(process, 80, { netns: 99 });
    s.kernel.serve(process, 81);
    await s.start();
    s.fresh();
    loseHelper(s);
    hide(s, 80);
    hide(s, 81);
    await s.poll();
    await s.poll();
    // The other was in our own namespace, where a snapshot shows whatever there is.
    expect(
      s
        .fresh()
        .map(brief)
        .filter((line) => line.startsWith('socket')),
    ).toEqual(['socket.closed 81 pid 7 poll']);
    expect(s.pipeline.sockets().map((row) => row.socket.port)).toEqual([80]);

    s.kernel.exit(process);
    await s.poll();
    await s.poll();
    expect(s.pipeline.sockets()).toEqual([]);
  });
});

describe('what cannot be known without a helper', () => {
  it('is undecided in an explanation, and selects nothing', async () => {
    const s = new Scenario({ criteria: [criterion('80')] });
    s.kernel.state = limitedState;
    s.kernel.source = 'proc';
    s.kernel.mute = true;
    const process = s.kernel.fork(7, { exe: null });
    s.kernel.serve(process, 80).holders.clear();
    await s.start();
    const key = s.pipeline.processAt(7)?.key;
    if (key === undefined) throw new Error('no process');
    const { verdict } = s.pipeline.explain(key);
    expect(verdict.selectedBy).toBeNull();
    expect(verdict.evaluations[0]?.conditions[0]).toMatchObject({ held: false, undecided: true });
    expect(verdict.summary).toMatch(/^Not selected: .* it is not known whether it holds/);
  });
});

describe('a socket whose process cannot be seen', () => {
  it('is told with its user when it is bound and when it is closed', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    await s.start();
    loseHelper(s);
    s.kernel.serve(s.kernel.fork(7), 80).holders.clear();
    await s.poll();
    hide(s, 80);
    await s.poll();
    await s.poll();
    const told = s.all().filter(({ name }) => name.startsWith('socket.'));
    expect(told.map(brief)).toEqual(['socket.listening 80 poll', 'socket.closed 80 poll']);
    for (const event of told) expect(event).toMatchObject({ process: null, ownerUid: 1000 });
    for (const event of told) {
      expect(eventAttributes(event, { redactSecrets: true })).toMatchObject({ 'bindscope.socket.uid': 1000 });
    }
  });

  it('is told without its user where a process can be named', async () => {
    const s = new Scenario();
    s.kernel.mute = true;
    await s.start();
    loseHelper(s);
    s.kernel.serve(s.kernel.fork(7), 80);
    await s.poll();
    const told = s.all().filter(({ name }) => name === 'socket.listening');
    expect(told).toHaveLength(1);
    for (const event of told) expect(event).not.toHaveProperty('ownerUid');
  });
});
