import { beforeEach, expect, it } from 'vitest';
import type { ActivitySample } from '../../contract/index.js';
import { useActivity } from '../store/activity.js';
import { activitySample, process } from '../testing/fixtures.js';
import { LANE_SECONDS, laneActivity, type LaneActivity } from './activity.js';

const node = process(10);
const start = 1_700_000_000_000_000_000n;
const sample = (port: number, over: Partial<Record<keyof ActivitySample, unknown>> = {}): ActivitySample =>
  activitySample(node, { port, ...over });
const hear = (seconds: number, ...samples: ActivitySample[]): void =>
  useActivity.getState().hear(start + BigInt(seconds) * 1_000_000_000n, samples);
const lane = (): LaneActivity => {
  const activity = useActivity.getState().processes.get(node.key);
  if (activity === undefined) throw new Error('nothing is counted');
  return laneActivity(activity);
};

beforeEach(() => useActivity.getState().reset());

it('sums the connections of all ports, second by second', () => {
  hear(1, sample(80, { accepted: 1 }), sample(443, { accepted: 2 }));
  hear(2, sample(80, { accepted: 5 }), sample(443, { accepted: 2 }));
  const { kind, values, total } = lane();
  expect(kind).toBe('connections');
  expect(values).toHaveLength(LANE_SECONDS);
  expect([...values.slice(-3)]).toEqual([NaN, 3, 4]);
  expect(total).toBe(7);
});

it('shows bytes where nobody connected, in and out together', () => {
  hear(1, sample(80));
  hear(2, sample(80, { bytesIn: 10, bytesOut: 30 }));
  expect(lane()).toMatchObject({ kind: 'bytes', total: 40 });
});

it('knows a second of which one port alone is known', () => {
  hear(1, sample(80, { accepted: 1 }));
  hear(2, sample(80, { accepted: 1 }), sample(443, { accepted: 9, since: start - 100_000_000_000n }));
  expect([...lane().values.slice(-2)]).toEqual([1, 0]);
});
