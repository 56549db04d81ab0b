import { describe, expect, it } from 'vitest';
import { noFilter } from '../model/filter.js';
import { layoutLanes } from '../model/lanes.js';
import { TimelineLog } from '../model/timeline-log.js';
import { at, bound, closed, epoch, event, process, socket } from '../model/timeline.fixtures.js';
import { rulerHeight } from './frame.js';
import { hitTest, type Hit } from './hit-test.js';
import { TimeScale } from './time-scale.js';

const who = process(10);
const log = new TimelineLog();
log.add(bound(1000, who, socket(1, 80)));
log.add(closed(4000, who, socket(1, 80), 3000));
for (let index = 0; index < 5; index += 1) {
  log.add(bound(5000 + index, who, socket(10 + index, 90)));
  log.add(closed(5000.5 + index, who, socket(10 + index, 90), 0));
}
log.add(
  event('socket.bind_failed', 7000, {
    process: who,
    endpoint: socket(0, 80),
    errno: 98,
    error: 'EADDRINUSE',
    conflict: null,
  }),
);
log.add(event('watcher.lost', 9000, { count: 3, where: 'kernel', from: at(8500), to: at(9000) }));

const frame = {
  log,
  layout: layoutLanes(log, {
    criteria: [],
    filter: noFilter,
    within: null,
    collapsed: new Set(),
    expanded: new Set(),
  }),
  // 10 ms a pixel.
  scale: new TimeScale({ from: epoch(0), to: epoch(10_000) }, 1000),
  scrollTop: 0,
  sticky: null,
  now: epoch(10_000),
};
const laneY = rulerHeight + 22 + 11;
const hit = (x: number, y = laneY): Hit | null => hitTest(frame, x, y);

describe('hitTest', () => {
  it('finds ruler, group and lane', () => {
    expect(hit(5, 3)?.kind).toBe('ruler');
    expect(hit(5, rulerHeight + 5)?.kind).toBe('group');
    expect(hit(50)?.kind).toBe('lane');
    expect(hit(50, laneY + 100)).toBeNull();
  });

  it('finds a bar and not the space beside it', () => {
    const found = hit(250);
    expect(found).toMatchObject({ kind: 'bar', count: 1 });
    expect(found?.kind === 'bar' ? log.intervals.port[found.id] : null).toBe(80);
    expect(hit(450)?.kind).toBe('lane');
  });

  it('finds a bar of half a millisecond, and how many share its pixels', () => {
    expect(hit(501)).toMatchObject({ kind: 'bar', count: 5 });
  });

  it('finds a failed bind a few pixels off', () => {
    expect(hit(703)).toMatchObject({ kind: 'failed', count: 1 });
  });

  it('finds a gap where nothing else lies', () => {
    expect(hit(880)).toMatchObject({ kind: 'gap', gap: { count: 3 } });
    expect(hit(880, laneY + 100)).toMatchObject({ kind: 'gap', row: null });
  });

  it('goes by the scroll position', () => {
    expect(hitTest({ ...frame, scrollTop: 22 }, 250, rulerHeight + 11)?.kind).toBe('bar');
  });
});

it('finds the header that stays over the lanes before what lies under it', () => {
  const group = frame.layout.rows[0];
  if (group?.kind !== 'group') throw new Error('the first row is a group');
  const scrolled = { ...frame, scrollTop: 30, sticky: { row: group, offset: -10 } };
  expect(hitTest(scrolled, 150, rulerHeight + 11)).toEqual({ kind: 'group', row: group });
  expect(hitTest(scrolled, 950, rulerHeight + 13)?.kind).not.toBe('group');
});
