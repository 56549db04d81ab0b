import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import { EventBuffer } from '../store/event-buffer.js';
import { noFilter, parseFilter, type Filter } from './filter.js';
import { FilteredEvents } from './table-events.js';
import { bound, process, socket } from './timeline.fixtures.js';

const filter = (text: string): Filter => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.filter;
};
const binds = (from: number, count: number): BindscopeEvent[] =>
  Array.from({ length: count }, (_, index) =>
    bound(from + index, process(10), socket(from + index + 1, 1000 + ((from + index) % 10))),
  );
const ports = (events: FilteredEvents): number[] =>
  Array.from({ length: events.length }, (_, index) => {
    const event = events.at(index);
    return event?.name === 'socket.bound' ? event.socket.port : -1;
  });

describe('FilteredEvents', () => {
  it('passes everything through without a filter', () => {
    const filtered = new FilteredEvents();
    expect(filtered.update(EventBuffer.empty(100).append(binds(0, 5)), noFilter)).toBe(true);
    expect(ports(filtered)).toEqual([1000, 1001, 1002, 1003, 1004]);
  });

  it('looks only at what came since, and drops what left the buffer', () => {
    const filtered = new FilteredEvents();
    const wanted = filter('1001');
    let buffer = EventBuffer.empty(20).append(binds(0, 15));
    filtered.update(buffer, wanted);
    expect(filtered.length).toBe(2);
    buffer = buffer.append(binds(15, 20));
    filtered.update(buffer, wanted);
    expect(ports(filtered)).toEqual([1001, 1001]);
    expect(filtered.at(0)).toBe(buffer.at(6));
  });

  it('works a long log off in pieces and says when it is done', () => {
    const filtered = new FilteredEvents();
    const buffer = EventBuffer.empty(20_000).append(binds(0, 9000));
    const wanted = filter('1003');
    let turns = 1;
    while (!filtered.update(buffer, wanted)) turns += 1;
    expect(turns).toBeGreaterThan(1);
    expect(filtered.length).toBe(900);
  });

  it('starts anew for another engine’s log', () => {
    const filtered = new FilteredEvents();
    const wanted = filter('1001');
    filtered.update(EventBuffer.empty(100).append(binds(0, 50)), wanted);
    filtered.update(EventBuffer.empty(100).append(binds(0, 3)), wanted);
    expect(ports(filtered)).toEqual([1001]);
  });

  it('finds an event by its sequence number', () => {
    const filtered = new FilteredEvents();
    const buffer = EventBuffer.empty(100).append(binds(0, 50));
    filtered.update(buffer, filter('1007'));
    expect(filtered.indexOf(buffer.at(17)?.seq ?? -1)).toBe(1);
    expect(filtered.indexOf(buffer.at(18)?.seq ?? -1)).toBe(-1);
  });
});
