import { describe, expect, it } from 'vitest';
import type { BindscopeEvent, CriterionId, ProcessKey, SocketKey } from '../../contract/index.js';
import { IntervalFlag } from './timeline-intervals.js';
import { unknownOwner } from './timeline-lane.js';
import { TimelineLog } from './timeline-log.js';
import {
  at,
  bound,
  closed,
  epoch,
  event,
  matchOf,
  ms,
  process,
  row,
  socket,
  tables,
} from './timeline.fixtures.js';

interface Bar {
  readonly start: number;
  readonly listen: number;
  readonly end: number;
  readonly flags: number;
  readonly port: number;
}

const tracksOf = (log: TimelineLog, key: string): Bar[][] =>
  (log.lanes.get(key as ProcessKey)?.tracks ?? []).map((ids) =>
    ids.map((id) => ({
      start: ms(log.intervals.start[id] ?? NaN),
      listen: ms(log.intervals.listen[id] ?? NaN),
      end: ms(log.intervals.end[id] ?? NaN),
      flags: log.intervals.flags[id] ?? -1,
      port: log.intervals.port[id] ?? -1,
    })),
  );

const fill = (events: readonly BindscopeEvent[]): TimelineLog => {
  const log = new TimelineLog();
  for (const one of events) log.add(one);
  return log;
};

describe('intervals from events', () => {
  const node = process(10);

  it('goes from bound over listening to closed', () => {
    const log = fill([
      bound(0, node, socket(1, 80)),
      event('socket.listening', 2.5, { process: node, socket: socket(1, 80, 'listening') }),
      closed(40, node, socket(1, 80, 'listening'), 40),
    ]);
    expect(tracksOf(log, node.key)).toEqual([[{ start: 0, listen: 2.5, end: 40, flags: 0, port: 80 }]]);
    expect(log.lanes.get(node.key)?.open.size).toBe(0);
  });

  it('leaves a socket that was not closed open without an end', () => {
    const log = fill([bound(0, node, socket(1, 80))]);
    expect(tracksOf(log, node.key)[0]?.[0]).toMatchObject({ end: Infinity, listen: NaN });
  });

  it('starts a socket that listens without a bind when it listens', () => {
    const log = fill([event('socket.listening', 7, { process: node, socket: socket(1, 4000, 'listening') })]);
    expect(tracksOf(log, node.key)[0]?.[0]).toMatchObject({ start: 7, listen: 7 });
  });

  it('reckons the start of a socket whose bind was missed from how long it was open', () => {
    const log = fill([closed(100, node, socket(1, 80, 'listening'), 30)]);
    expect(tracksOf(log, node.key)[0]?.[0]).toMatchObject({ start: 70, end: 100, flags: 0 });
  });

  it('marks a socket that was closed and was there before we watched', () => {
    const log = fill([
      event('process.created', 5, { process: process(99) }),
      closed(100, node, socket(1, 80, 'listening'), null),
    ]);
    expect(tracksOf(log, node.key)[0]?.[0]).toMatchObject({
      start: 5,
      end: 100,
      flags: IntervalFlag.startedBefore,
    });
  });

  it('ends what a process had open when the process ends', () => {
    const log = fill([
      bound(0, node, socket(1, 80)),
      event('process.deleted', 9, { process: node, exitCode: 1 }),
      closed(9.5, node, socket(1, 80), 9),
    ]);
    expect(tracksOf(log, node.key)).toEqual([[{ start: 0, listen: NaN, end: 9, flags: 0, port: 80 }]]);
    const lane = log.lanes.get(node.key);
    expect(lane?.exitedAt).toBe(epoch(9));
    expect(lane?.life).toMatchObject([{ kind: 'exit', exitCode: 1 }]);
  });

  it('stacks sockets that are open together and reuses the track of a closed one', () => {
    const log = fill([
      bound(0, node, socket(1, 80)),
      bound(1, node, socket(2, 81)),
      closed(5, node, socket(1, 80), 5),
      bound(6, node, socket(3, 82)),
    ]);
    expect(tracksOf(log, node.key).map((bars) => bars.map(({ port }) => port))).toEqual([[80, 82], [81]]);
  });

  it('gives sockets of an unknown process a lane of their own', () => {
    const log = fill([bound(0, null, socket(1, 80))]);
    expect(tracksOf(log, unknownOwner(null))[0]?.[0]).toMatchObject({ port: 80 });
  });

  it('keeps the sockets of unknown owners apart by their uid', () => {
    const log = new TimelineLog();
    log.add(bound(0, null, socket(1, 80), { ownerUid: 0 }));
    log.reconcile(
      tables(
        [],
        [
          { ...row(socket(1, 80), null, [], 0, true), uid: 0 },
          { ...row(socket(2, 81), null, [], 0, true), uid: 1000 },
          row(socket(3, 82), null, [], 0, true),
        ],
      ),
      epoch(1),
    );
    expect([...log.lanes.values()].map(({ key, name }) => [key, name])).toEqual([
      [unknownOwner(0), 'unknown owner, uid 0'],
      [unknownOwner(1000), 'unknown owner, uid 1000'],
      [unknownOwner(null), 'unknown owner'],
    ]);
    expect(tracksOf(log, unknownOwner(0)).flat()).toHaveLength(1);
  });

  it('keeps a socket whose process exited with it off the lanes of unknown owners', () => {
    const log = new TimelineLog();
    const held = row(socket(1, 80), null, [node], 0, false);
    log.reconcile(tables([node], [held]), epoch(10));
    log.add(event('process.deleted', 50, { process: node, exitCode: 0 }));
    log.reconcile(tables([], [row(socket(1, 80), null, [], 0, false)]), epoch(52));
    log.add(closed(54, null, socket(1, 80), null));
    expect([...log.lanes.keys()]).toEqual([node.key]);
    expect(tracksOf(log, node.key).flat()).toMatchObject([{ end: 50 }]);
  });

  it('gives a socket that outlives its last known holder to its unknown owner after a while', () => {
    const log = fill([bound(0, node, socket(1, 80))]);
    log.add(event('process.deleted', 50, { process: node, exitCode: 0 }));
    const left = tables([], [row(socket(1, 80), null, [], 0, true)]);
    log.reconcile(left, epoch(1000));
    expect([...log.lanes.keys()]).toEqual([node.key]);
    log.reconcile(left, epoch(3000));
    expect([...log.lanes.keys()]).toEqual([node.key, unknownOwner(null)]);
  });

  it('does not show the end of an unknown owner’s socket twice', () => {
    const log = new TimelineLog();
    log.reconcile(tables([], [{ ...row(socket(1, 80), null, [], 0, true), uid: 1000 }]), epoch(1));
    log.reconcile(tables([], []), epoch(5));
    log.add(closed(6, null, socket(1, 80), null));
    expect([...log.lanes.keys()]).toEqual([unknownOwner(1000)]);
    expect(tracksOf(log, unknownOwner(1000)).flat()).toHaveLength(1);
  });

  it('tells changes of the lanes from events that no lane shows', () => {
    const log = fill([bound(0, node, socket(1, 80))]);
    const { structure, revision } = log;
    log.add(event('process.created', 1, { process: process(77) }));
    log.add(event('process.deleted', 2, { process: process(77), exitCode: 0 }));
    expect(log.structure).toBe(structure);
    expect(log.revision).toBeGreaterThan(revision);
    log.add(event('watcher.lost', 3, { count: 1, where: 'queue', from: 1n, to: 2n }));
    expect(log.structure).toBeGreaterThan(structure);
  });

  it('keeps failed binds apart from intervals', () => {
    const log = fill([
      event('socket.bind_failed', 3, {
        process: node,
        endpoint: socket(0, 80),
        errno: 98,
        error: 'EADDRINUSE',
        conflict: null,
      }),
    ]);
    expect(log.lanes.get(node.key)?.failed).toHaveLength(1);
    expect(log.lanes.get(node.key)?.tracks).toEqual([]);
    expect(log.histogram.count(epoch(-100), epoch(100))).toEqual([1, 1]);
  });

  it('remembers an exec from before the process touched a socket', () => {
    const log = fill([
      event('process.exec', 1, { process: node, previousExecutable: '/bin/sh' }),
      bound(2, node, socket(1, 80)),
    ]);
    expect(log.lanes.get(node.key)?.life.map(({ kind, time }) => [kind, ms(time)])).toEqual([['exec', 1]]);
  });

  it('records a loss as a gap', () => {
    const log = fill([event('watcher.lost', 9, { count: 12, where: 'kernel', from: at(3), to: at(8) })]);
    expect(log.gaps).toEqual([{ from: epoch(3), to: epoch(8), where: 'kernel', count: 12 }]);
  });

  it('keeps a gap open while recording is off and drops it for the one the engine reports', () => {
    const log = new TimelineLog();
    log.paused(epoch(4));
    expect(log.gaps).toMatchObject([{ from: epoch(4), to: Infinity, where: 'paused' }]);
    log.add(event('watcher.lost', 9, { count: null, where: 'paused', from: at(4), to: at(9) }));
    log.paused(null);
    expect(log.gaps).toEqual([{ from: epoch(4), to: epoch(9), where: 'paused', count: null }]);
  });
});

describe('what exists now', () => {
  const node = process(10);
  const worker = process(11, 20);

  it('shows a socket from before we watched with an open start', () => {
    const log = new TimelineLog();
    log.reconcile(tables([node], [row(socket(1, 80, 'listening'), null, [node], 3, false)]), epoch(5));
    expect(tracksOf(log, node.key)).toEqual([
      [{ start: 3, listen: 3, end: Infinity, flags: IntervalFlag.startedBefore, port: 80 }],
    ]);
  });

  it('does not add a second interval for a socket an event told of', () => {
    const log = fill([bound(1, node, socket(1, 80))]);
    log.reconcile(tables([node], [row(socket(1, 80, 'listening'), node, [node], 1, true)]), epoch(5));
    expect(tracksOf(log, node.key)).toEqual([[{ start: 1, listen: 1, end: Infinity, flags: 0, port: 80 }]]);
  });

  it('shows another holder as such, from when it began', () => {
    const log = fill([bound(1, node, socket(1, 80))]);
    log.reconcile(tables([node, worker], [row(socket(1, 80), node, [node, worker], 1, true)]), epoch(30));
    expect(tracksOf(log, worker.key)[0]?.[0]).toMatchObject({ start: 20, flags: IntervalFlag.held });
  });

  it('ends the binder’s interval when only others have the socket', () => {
    const log = fill([bound(1, node, socket(1, 80))]);
    log.reconcile(tables([node, worker], [row(socket(1, 80), node, [worker], 1, true)]), epoch(30));
    expect(tracksOf(log, node.key)[0]?.[0]).toMatchObject({ end: 30, flags: IntervalFlag.endInexact });
    expect(tracksOf(log, worker.key)[0]?.[0]).toMatchObject({ end: Infinity });
  });

  it('ends an interval whose socket is gone though no event said so', () => {
    const log = fill([bound(1, node, socket(1, 80))]);
    log.reconcile(tables([node], []), epoch(30));
    expect(tracksOf(log, node.key)[0]?.[0]).toMatchObject({ end: 30, flags: IntervalFlag.endInexact });
  });

  it('gives a lane to a matched process without sockets, and takes the criterion back when it ends', () => {
    const log = new TimelineLog();
    log.reconcile(tables([node], [], [matchOf(node, 'a')]), epoch(1));
    expect(log.lanes.get(node.key)?.criterionId).toBe('a' as CriterionId);
    log.reconcile(tables([node], [], []), epoch(2));
    expect(log.lanes.get(node.key)?.criterionId).toBeNull();
  });

  it('keeps the criterion of a process that ended', () => {
    const log = fill([
      bound(1, node, socket(1, 80)),
      event('match.started', 2, { process: node, criterion: { id: 'a', name: 'a' }, conditions: [] }),
      event('process.deleted', 3, { process: node, exitCode: 0 }),
      event('match.ended', 3, {
        process: node,
        criterion: { id: 'a', name: 'a' },
        reason: 'process deleted',
      }),
    ]);
    log.reconcile(tables([], [], []), epoch(4));
    expect(log.lanes.get(node.key)?.criterionId).toBe('a' as CriterionId);
  });

  it('finds the owner of a socket that is closed', () => {
    const log = fill([bound(1, node, socket(1, 80)), closed(2, node, socket(1, 80), 1)]);
    expect(log.ownerOf('c1' as SocketKey)).toBe(node.key);
    expect(log.ownerOf('c2' as SocketKey)).toBeNull();
  });
});

describe('eviction', () => {
  it('drops what ended before the log begins, and keeps what is open', () => {
    const [old, living] = [process(10), process(11)];
    const log = fill([
      bound(0, old, socket(1, 80)),
      closed(10, old, socket(1, 80), 10),
      bound(5, living, socket(2, 81)),
      bound(1000, living, socket(3, 82)),
    ]);
    const before = log.intervals.size;
    log.evictBefore(epoch(500));
    expect(log.lanes.has(old.key)).toBe(false);
    expect(
      tracksOf(log, living.key)
        .flat()
        .map(({ port }) => port),
    ).toEqual([81, 82]);
    expect(log.intervals.size).toBe(before - 1);
    expect(log.from).toBe(epoch(500));
  });

  it('gives the row of an evicted interval to the next one', () => {
    const one = process(10);
    const log = fill([
      bound(0, one, socket(1, 80)),
      closed(10, one, socket(1, 80), 10),
      bound(1000, one, socket(2, 81)),
    ]);
    log.evictBefore(epoch(500));
    log.add(bound(1001, one, socket(3, 82)));
    expect(log.intervals.size).toBe(2);
    expect(
      tracksOf(log, one.key)
        .flat()
        .map(({ port }) => port),
    ).toEqual([81, 82]);
  });
});
