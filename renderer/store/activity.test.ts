import { beforeEach, describe, expect, it } from 'vitest';
import type { ActivitySample } from '../../contract/index.js';
import { activitySample, process } from '../testing/fixtures.js';
import { ACTIVITY_SECONDS, MOST_SERIES, useActivity, type PortSeries } from './activity.js';

const node = process(10);
const other = process(11);
const start = 1_700_000_000_000_000_000n;

const sample = (over: Partial<Record<keyof ActivitySample, unknown>> = {}): ActivitySample =>
  activitySample(node, over);

/** `at`: seconds since counting began. */
const hear = (at: number, ...samples: ActivitySample[]): void =>
  useActivity.getState().hear(start + BigInt(Math.round(at * 1e9)), samples);
const series = (index = 0): PortSeries => {
  const found = useActivity.getState().processes.get(node.key)?.ports[index];
  if (found === undefined) throw new Error('nothing is counted');
  return found;
};
const accepted = (): number[] => [...series().values('accepted')];

describe('useActivity', () => {
  beforeEach(() => useActivity.getState().reset());

  it('keeps what came in each second, from the cumulative counts', () => {
    hear(1, sample({ accepted: 2 }));
    hear(2, sample({ accepted: 2 }));
    hear(3.04, sample({ accepted: 7 }));
    expect(accepted().slice(-4)).toEqual([NaN, 2, 0, 5]);
    expect(series().last.accepted).toBe(7);
  });

  it('does not know the first second of a count that began before it was told of', () => {
    hear(600, sample({ accepted: 1000 }));
    hear(601, sample({ accepted: 1003 }));
    expect(accepted().slice(-2)).toEqual([NaN, 3]);
  });

  it('leaves seconds that were not told as gaps, and spreads what came in them', () => {
    hear(1, sample());
    hear(5, sample({ accepted: 8 }));
    expect(accepted().slice(-5)).toEqual([0, NaN, NaN, NaN, 2]);
  });

  it.each([
    ['a counter that falls', { accepted: 3 }],
    ['another beginning', { accepted: 50, since: start + 2_000_000_000n }],
  ])('takes %s for a count that began anew', (_what, next) => {
    hear(1, sample({ accepted: 40 }));
    hear(3, sample(next));
    const [before, gap, newest] = accepted().slice(-3);
    expect([before, gap]).toEqual([40, NaN]);
    // Known where the count is as young as the second, else not.
    expect(newest).toBe('since' in next ? 50 : NaN);
    hear(4, sample({ ...next, accepted: next.accepted + 1 }));
    expect(accepted().at(-1)).toBe(1);
  });

  it('holds the last two minutes and no more', () => {
    for (let second = 1; second <= ACTIVITY_SECONDS + 30; second += 1) {
      hear(second, sample({ accepted: (second * (second + 1)) / 2 }));
    }
    expect(accepted()).toHaveLength(ACTIVITY_SECONDS);
    expect([accepted()[0], accepted().at(-1)]).toEqual([31, ACTIVITY_SECONDS + 30]);
  });

  it('keeps a process’s object while its picture stays the same, and gives a new one when it changes', () => {
    const told = (): unknown => useActivity.getState().processes.get(node.key);
    hear(1, sample());
    const idle = told();
    hear(2, sample());
    expect(told()).toBe(idle);
    hear(3, sample({ bytesIn: 1 }));
    const busy = told();
    expect(busy).not.toBe(idle);
    // The byte moves through the picture until it has left it.
    hear(4, sample({ bytesIn: 1 }));
    expect(told()).not.toBe(busy);
    for (let second = 5; second <= ACTIVITY_SECONDS + 4; second += 1) hear(second, sample({ bytesIn: 1 }));
    const gone = told();
    hear(ACTIVITY_SECONDS + 5, sample({ bytesIn: 1 }));
    expect(told()).toBe(gone);
  });

  it('forgets what a telling leaves out, and keeps the set of processes while nobody comes or goes', () => {
    hear(1, sample(), sample({ port: 9090 }), sample({ process: other.key }));
    const { counted } = useActivity.getState();
    expect([...counted]).toEqual([node.key, other.key]);
    hear(2, sample(), sample({ process: other.key }));
    expect(useActivity.getState().processes.get(node.key)?.ports).toHaveLength(1);
    expect(useActivity.getState().counted).toBe(counted);
    hear(3, sample());
    expect([...useActivity.getState().counted]).toEqual([node.key]);
  });

  it('keeps the same port of two network namespaces apart, ports in order', () => {
    hear(1, sample({ port: 9090 }), sample({ networkNamespace: 2 }), sample());
    const ports = useActivity.getState().processes.get(node.key)?.ports ?? [];
    expect(ports.map(({ last }) => [last.port, last.networkNamespace])).toEqual([
      [8080, 1],
      [8080, 2],
      [9090, 1],
    ]);
  });

  it('is bounded whatever comes', () => {
    const many = Array.from({ length: MOST_SERIES + 50 }, (_, index) =>
      sample({ process: process(index + 1).key, since: start - BigInt(index) }),
    );
    hear(1, ...many);
    expect(useActivity.getState().processes.size).toBe(MOST_SERIES);
  });

  it('never tells of fewer than no open connections', () => {
    hear(1, sample({ accepted: 1, closed: 3 }));
    expect(series().open).toBe(0);
  });
});
