import { describe, expect, it } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import { EventBuffer } from '../store/event-buffer.js';
import { noFilter, parseFilter, type Filter } from './filter.js';
import { concernedNow, FilteredEvents } from './table-events.js';
import { bound, event, matchOf, process, row, socket, tables } from './timeline.fixtures.js';

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
    expect(filtered.update(EventBuffer.empty(100).append(binds(0, 5)), noFilter, null)).toBe(true);
    expect(ports(filtered)).toEqual([1000, 1001, 1002, 1003, 1004]);
  });

  it('looks only at what came since, and drops what left the buffer', () => {
    const filtered = new FilteredEvents();
    const wanted = filter('1001');
    let buffer = EventBuffer.empty(20).append(binds(0, 15));
    filtered.update(buffer, wanted, null);
    expect(filtered.length).toBe(2);
    buffer = buffer.append(binds(15, 20));
    filtered.update(buffer, wanted, null);
    expect(ports(filtered)).toEqual([1001, 1001]);
    expect(filtered.at(0)).toBe(buffer.at(6));
  });

  it('works a long log off in pieces and says when it is done', () => {
    const filtered = new FilteredEvents();
    const buffer = EventBuffer.empty(20_000).append(binds(0, 9000));
    const wanted = filter('1003');
    let turns = 1;
    while (!filtered.update(buffer, wanted, null)) turns += 1;
    expect(turns).toBeGreaterThan(1);
    expect(filtered.length).toBe(900);
  });

  it('starts anew for another engine’s log', () => {
    const filtered = new FilteredEvents();
    const wanted = filter('1001');
    filtered.update(EventBuffer.empty(100).append(binds(0, 50)), wanted, null);
    filtered.update(EventBuffer.empty(100).append(binds(0, 3)), wanted, null);
    expect(ports(filtered)).toEqual([1001]);
  });

  it('finds an event by its sequence number', () => {
    const filtered = new FilteredEvents();
    const buffer = EventBuffer.empty(100).append(binds(0, 50));
    filtered.update(buffer, filter('1007'), null);
    expect(filtered.indexOf(buffer.at(17)?.seq ?? -1)).toBe(1);
    expect(filtered.indexOf(buffer.at(18)?.seq ?? -1)).toBe(-1);
  });
});

describe('without processes that never had a socket', () => {
  const [node, idle, late] = [process(10), process(11), process(12)];
  const created = (timeMs: number, who: typeof node) => event('process.created', timeMs, { process: who });
  const deleted = (timeMs: number, who: typeof node) =>
    event('process.deleted', timeMs, { process: who, exitCode: 0 });
  const shown = (events: FilteredEvents): string[] =>
    Array.from({ length: events.length }, (_, index) => {
      const one = events.at(index);
      return one === undefined || !('process' in one) ? '' : `${one.name} ${String(one.process?.pid)}`;
    });
  const nobody = new Set<never>();

  it('leaves out their lives and brings in what came before a bind, at its place', () => {
    const filtered = new FilteredEvents();
    let buffer = EventBuffer.empty(100).append([created(1, node), created(2, idle), created(3, late)]);
    filtered.update(buffer, noFilter, nobody);
    expect(shown(filtered)).toEqual([]);
    buffer = buffer.append([bound(4, late, socket(1, 80)), deleted(5, idle), bound(6, node, socket(2, 81))]);
    filtered.update(buffer, noFilter, nobody);
    expect(shown(filtered)).toEqual([
      'process.created 10',
      'process.created 12',
      'socket.bound 12',
      'socket.bound 10',
    ]);
    filtered.update(buffer.append([deleted(7, node)]), noFilter, nobody);
    expect(shown(filtered).at(-1)).toBe('process.deleted 10');
  });

  it('shows those that only hold a socket, or that a criterion selects', () => {
    const filtered = new FilteredEvents();
    const buffer = EventBuffer.empty(100).append([created(1, node), created(2, idle), created(3, late)]);
    const live = tables(
      [node, idle, late],
      [row(socket(1, 80), null, [idle], 0, true)],
      [matchOf(late, 'web')],
    );
    filtered.update(buffer, noFilter, concernedNow(live));
    expect(shown(filtered)).toEqual(['process.created 11', 'process.created 12']);
  });

  it('filters what it shows, and shows all when asked', () => {
    const filtered = new FilteredEvents();
    const buffer = EventBuffer.empty(100).append([
      created(1, idle),
      created(2, node),
      bound(3, node, socket(1, 80)),
    ]);
    filtered.update(buffer, filter('created'), nobody);
    expect(shown(filtered)).toEqual(['process.created 10']);
    filtered.update(buffer, filter('created'), null);
    expect(shown(filtered)).toEqual(['process.created 11', 'process.created 10']);
    filtered.update(buffer, noFilter, null);
    expect(filtered.length).toBe(3);
  });
});
