import { describe, expect, it } from 'vitest';
import { boundEvent, process, socketRow } from '../testing/fixtures.js';
import type { Changes } from './live.js';
import { PendingChanges } from './pending-changes.js';

const none: Changes = {
  upsert: { processes: [], sockets: [], matches: [] },
  remove: { processes: [], sockets: [], matches: [] },
  events: [],
  skipped: 0,
};
const node = process(10);

describe('PendingChanges', () => {
  it('merges batches so that the last word on each key stands', () => {
    const pending = new PendingChanges(10);
    const row = socketRow(1, 8080, node);
    pending.add({ ...none, upsert: { ...none.upsert, processes: [node], sockets: [row] } });
    pending.add({ ...none, remove: { ...none.remove, sockets: [row.socket.key] } });
    pending.add({ ...none, remove: { ...none.remove, processes: [node.key] } });
    pending.add({ ...none, upsert: { ...none.upsert, processes: [{ ...node, name: 'again' }] } });
    const merged = pending.take();
    expect(merged.upsert.processes.map(({ name }) => name)).toEqual(['again']);
    expect(merged.remove).toEqual({ processes: [], sockets: [row.socket.key], matches: [] });
    expect(pending.take()).toEqual(none);
  });

  it('keeps the newest events and counts those it had to leave out', () => {
    const pending = new PendingChanges(3);
    for (let seq = 1; seq <= 8; seq += 1) {
      pending.add({ ...none, events: [boundEvent(seq, node)], skipped: seq === 1 ? 2 : 0 });
    }
    const { events, skipped } = pending.take();
    expect(events.map(({ seq }) => seq)).toEqual([6, 7, 8]);
    expect(skipped).toBe(7);
  });
});
