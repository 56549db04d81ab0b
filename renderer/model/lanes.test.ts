import { describe, expect, it } from 'vitest';
import type { Criterion } from '../../contract/index.js';
import { parseFilter, type Filter } from './filter.js';
import {
  chipsOf,
  firstRowBelow,
  layoutLanes,
  maxTracks,
  rowAt,
  stickyGroup,
  type LaneChoices,
  type LaneRow,
} from './lanes.js';
import { TimelineLog } from './timeline-log.js';
import { bound, closed, epoch, event, matchOf, process, socket, tables } from './timeline.fixtures.js';

const criterion = (id: string): Criterion =>
  ({ id, name: id, enabled: true, openPorts: '1', executable: null }) as unknown as Criterion;

const filter = (text: string): Filter => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.filter;
};

const choices = (rest: Partial<LaneChoices> = {}): LaneChoices => ({
  criteria: [criterion('web'), criterion('data')],
  filter: filter(''),
  within: null,
  collapsed: new Set(),
  expanded: new Set(),
  ...rest,
});

const shown = (log: TimelineLog, rest: Partial<LaneChoices> = {}): string[] =>
  layoutLanes(log, choices(rest)).rows.map((row) =>
    row.kind === 'group' ? `${row.name} ${String(row.count)}` : row.lane.name,
  );

const started = (who: ReturnType<typeof process>, id: string, time: number) =>
  event('match.started', time, { process: who, criterion: { id, name: id }, conditions: [] });

describe('layoutLanes', () => {
  const [a, b, c, d] = [process(10), process(11), process(12), process(13)];
  const log = new TimelineLog();
  log.add(bound(0, a, socket(1, 80)));
  log.add(bound(1, b, socket(2, 5432)));
  log.add(bound(2, c, socket(3, 8080)));
  log.add(started(b, 'data', 3));
  log.add(started(c, 'web', 3));
  log.add(bound(4, d, socket(4, 8081)));
  log.add(started(d, 'web', 5));

  it('groups by criterion in their order, what none selects last', () => {
    expect(shown(log)).toEqual(['web 2', 'p12', 'p13', 'data 1', 'p11', 'Unmatched 1', 'p10']);
  });

  it('follows the order of the criteria', () => {
    expect(shown(log, { criteria: [criterion('data'), criterion('web')] })[0]).toBe('data 1');
  });

  it('counts lanes of a criterion that is not there any more as unmatched', () => {
    expect(shown(log, { criteria: [] })).toEqual(['Unmatched 4', 'p10', 'p11', 'p12', 'p13']);
  });

  it('keeps lanes in the order of their first appearance whatever they do later', () => {
    const one = new TimelineLog();
    for (const [index, who] of [a, b, c].entries()) one.add(bound(index, who, socket(index + 1, 80 + index)));
    const before = shown(one);
    one.add(closed(10, a, socket(1, 80), 10));
    one.add(event('process.deleted', 11, { process: a, exitCode: 0 }));
    one.add(bound(12, b, socket(9, 1)));
    expect(shown(one)).toEqual(before);
  });

  it('hides the lanes of a collapsed group and still counts them', () => {
    expect(shown(log, { collapsed: new Set(['web' as Criterion['id']]) })).toEqual([
      'web 2',
      'data 1',
      'p11',
      'Unmatched 1',
      'p10',
    ]);
  });

  it('filters by port and by criterion', () => {
    expect(shown(log, { filter: filter('8000-8080') })).toEqual(['web 1', 'p12']);
    expect(shown(log, { filter: filter('data') })).toEqual(['data 1', 'p11']);
    const layout = layoutLanes(log, choices({ filter: filter('nothing-like-this') }));
    expect([layout.rows.length, layout.shown, layout.total]).toEqual([0, 0, 4]);
  });

  it('leaves out lanes with nothing in the range', () => {
    const one = new TimelineLog();
    one.add(bound(0, a, socket(1, 80)));
    one.add(closed(10, a, socket(1, 80), 10));
    one.add(bound(50, b, socket(2, 81)));
    expect(shown(one, { within: { from: epoch(20), to: epoch(30) } })).toEqual([]);
    expect(shown(one, { within: { from: epoch(5), to: epoch(30) } })).toEqual(['Unmatched 1', 'p10']);
    expect(shown(one, { within: { from: epoch(60), to: epoch(70) } })).toEqual(['Unmatched 1', 'p11']);
  });

  it('shows a matched process without a socket, and no unmatched one', () => {
    const one = new TimelineLog();
    one.reconcile(tables([a], [], [matchOf(a, 'web')]), epoch(0));
    expect(shown(one)).toEqual(['web 1', 'p10']);
    one.reconcile(tables([a], [], []), epoch(1));
    expect(shown(one)).toEqual([]);
  });

  it('gives a lane room for its tracks, up to a limit until it is expanded', () => {
    const one = new TimelineLog();
    for (let index = 0; index < 9; index += 1) one.add(bound(index, a, socket(index + 1, 80 + index)));
    const lane = (expanded: boolean) =>
      layoutLanes(one, choices({ expanded: new Set(expanded ? [a.key] : []) })).rows[1];
    expect(lane(false)).toMatchObject({ kind: 'lane', tracks: maxTracks });
    expect(lane(true)).toMatchObject({ kind: 'lane', tracks: 9 });
    expect(lane(true)?.height).toBeGreaterThan(lane(false)?.height ?? 0);
  });

  it('finds rows by height', () => {
    const { rows, height } = layoutLanes(log, choices());
    expect(rowAt(rows, 0)).toBe(0);
    expect(rowAt(rows, 22)).toBe(1);
    expect(rowAt(rows, -1)).toBe(-1);
    expect(rowAt(rows, height)).toBe(-1);
    expect(firstRowBelow(rows, 43.9)).toBe(1);
    expect(firstRowBelow(rows, height)).toBe(rows.length);
  });
});

describe('chipsOf', () => {
  it('tells open ports first, listening before bound, each once, then closed ones', () => {
    const who = process(10);
    const log = new TimelineLog();
    log.add(bound(0, who, socket(1, 9000)));
    log.add(bound(1, who, socket(2, 80)));
    log.add(event('socket.listening', 2, { process: who, socket: socket(2, 80, 'listening') }));
    log.add(bound(3, who, socket(3, 80)));
    log.add(bound(4, who, socket(4, 7000)));
    log.add(closed(5, who, socket(4, 7000), 1));
    const lane = log.lanes.get(who.key);
    expect(lane === undefined ? [] : chipsOf(lane, log.intervals)).toEqual([
      { port: 80, state: 'listening' },
      { port: 9000, state: 'bound' },
      { port: 7000, state: 'closed' },
    ]);
  });
});

describe('stickyGroup', () => {
  const group = (top: number) =>
    ({ kind: 'group', id: 'unmatched', name: '', count: 1, collapsed: false, top, height: 22 }) as const;
  const lane = (top: number) => ({ kind: 'lane', top, height: 22 }) as LaneRow;
  const rows = [group(0), lane(22), lane(44), group(66), lane(88)];

  it('is none while the header stands where it belongs', () => {
    expect(stickyGroup(rows, 0)).toBeNull();
    expect(stickyGroup([], 10)).toBeNull();
  });

  it('is the header of the lanes at the upper edge', () => {
    expect(stickyGroup(rows, 10)).toEqual({ row: rows[0], offset: 0 });
    expect(stickyGroup(rows, 44)).toEqual({ row: rows[0], offset: 0 });
    expect(stickyGroup(rows, 90)).toEqual({ row: rows[3], offset: 0 });
  });

  it('is pushed out by the next one', () => {
    expect(stickyGroup(rows, 56)).toEqual({ row: rows[0], offset: -12 });
    expect(stickyGroup(rows, 66)).toBeNull();
  });
});
