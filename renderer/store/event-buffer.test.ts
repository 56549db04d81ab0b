import { describe, expect, it } from 'vitest';
import { boundEvent, process } from '../testing/fixtures.js';
import { EventBuffer } from './event-buffer.js';

const holder = process(10);
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => boundEvent(from + index, holder));

describe('EventBuffer', () => {
  it('keeps the newest, oldest first, and forgets what is above its capacity', () => {
    const buffer = EventBuffer.empty(4).append(events(1, 3)).append(events(4, 6));
    expect([...buffer.since(0)].map(({ seq }) => seq)).toEqual([3, 4, 5, 6]);
    expect(buffer.length).toBe(4);
    expect(buffer.first).toBe(2);
    expect(buffer.appended).toBe(6);
    expect(buffer.at(0)?.seq).toBe(3);
    expect(buffer.at(-1)?.seq).toBe(6);
    expect(buffer.get(1)).toBeUndefined();
    expect(buffer.get(2)?.seq).toBe(3);
  });

  it('gives a new handle for a change and the same one for none', () => {
    const buffer = EventBuffer.empty(4);
    expect(buffer.append([])).toBe(buffer);
    const grown = buffer.append(events(1, 1));
    expect(grown).not.toBe(buffer);
    expect(grown.continues(buffer)).toBe(true);
    expect(EventBuffer.empty(4).continues(buffer)).toBe(false);
  });

  it('finds an event by its sequence number across gaps and after the ring has turned', () => {
    const gaps = [1, 2, 5, 9, 10, 14].map((seq) => boundEvent(seq, holder));
    const buffer = EventBuffer.empty(4).append(gaps, 8);
    expect(buffer.bySeq(9)?.seq).toBe(9);
    expect(buffer.bySeq(14)?.seq).toBe(14);
    expect(buffer.bySeq(2)).toBeUndefined();
    expect(buffer.bySeq(11)).toBeUndefined();
    expect(buffer.skipped).toBe(8);
  });
});
