import { describe, expect, it } from 'vitest';
import { EventBuffer } from '../store/event-buffer.js';
import { boundEvent, process } from '../testing/fixtures.js';
import { concernsProcess, EventTrail, findProcess } from './event-trail.js';

const node = process(10);
const other = process(11);
const trailOf = (limit: number) => new EventTrail((event) => concernsProcess(event, node.key), limit);

describe('EventTrail', () => {
  it('finds what concerns one process, newest first, and goes on from where it was', () => {
    const trail = trailOf(10);
    const first = EventBuffer.empty(100).append([boundEvent(1, node), boundEvent(2, other)]);
    expect(trail.read(first).events.map(({ seq }) => seq)).toEqual([1]);
    const second = first.append([boundEvent(3, node)]);
    expect(trail.read(second).events.map(({ seq }) => seq)).toEqual([3, 1]);
    expect(trail.read(second.append([boundEvent(4, other)])).events.map(({ seq }) => seq)).toEqual([3, 1]);
  });

  it('holds the newest and counts the others', () => {
    const events = [1, 2, 3, 4, 5].map((seq) => boundEvent(seq, node));
    expect(trailOf(2).read(EventBuffer.empty(100).append(events))).toMatchObject({
      events: [{ seq: 5 }, { seq: 4 }],
      older: 3,
    });
  });

  it('starts again with the log of another engine', () => {
    const trail = trailOf(10);
    trail.read(EventBuffer.empty(100).append([boundEvent(1, node)]));
    const fresh = EventBuffer.empty(100).append([boundEvent(2, other), boundEvent(3, node)]);
    expect(trail.read(fresh).events.map(({ seq }) => seq)).toEqual([3]);
  });
});

it('finds a process that has gone from the tables by its last event', () => {
  const renamed = { ...node, name: 'renamed' };
  const events = EventBuffer.empty(100).append([boundEvent(1, node), boundEvent(2, renamed)]);
  expect(findProcess(events, node.key)?.name).toBe('renamed');
  expect(findProcess(events, other.key)).toBeNull();
});
