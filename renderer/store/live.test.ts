import { beforeEach, describe, expect, it } from 'vitest';
import { boundEvent, matchOf, process, socketRow } from '../testing/fixtures.js';
import { useLive, type Changes } from './live.js';

const none: Changes = {
  upsert: { processes: [], sockets: [], matches: [] },
  remove: { processes: [], sockets: [], matches: [] },
  events: [],
  skipped: 0,
};
const node = process(10);
const other = process(11);

describe('useLive', () => {
  beforeEach(() =>
    useLive.getState().reset({
      processes: [node],
      sockets: [socketRow(1, 8080, node)],
      matches: [matchOf(node, 'web', '8080')],
      events: [boundEvent(1, node)],
    }),
  );

  it('puts in, replaces and removes what a batch names', () => {
    const { apply } = useLive.getState();
    apply({
      ...none,
      upsert: { processes: [other], sockets: [{ ...socketRow(1, 8080, node), holders: [] }], matches: [] },
      remove: { processes: [], sockets: [], matches: [node.key] },
      events: [boundEvent(2, other)],
    });
    const live = useLive.getState();
    expect([...live.processes.keys()]).toEqual([node.key, other.key]);
    expect([...live.sockets.values()].map(({ holders }) => holders)).toEqual([[]]);
    expect(live.matches.size).toBe(0);
    expect(live.events.length).toBe(2);
  });

  it('changes the identity of exactly the tables that a batch changes', () => {
    const before = useLive.getState();
    before.apply({ ...none, upsert: { ...none.upsert, processes: [other] } });
    const after = useLive.getState();
    expect(after.processes).not.toBe(before.processes);
    expect(after.sockets).toBe(before.sockets);
    expect(after.matches).toBe(before.matches);
    expect(after.events).toBe(before.events);
    expect(after.revision).toBe(before.revision + 1);
  });

  it('keeps a key that is removed and put in again in one batch', () => {
    useLive.getState().apply({
      ...none,
      upsert: { ...none.upsert, processes: [node] },
      remove: { ...none.remove, processes: [node.key] },
    });
    expect(useLive.getState().processes.has(node.key)).toBe(true);
  });

  it('forgets everything of the engine before when reset', () => {
    useLive.getState().reset({ processes: [], sockets: [], matches: [], events: [] });
    const live = useLive.getState();
    expect([live.processes.size, live.sockets.size, live.matches.size, live.events.length]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
