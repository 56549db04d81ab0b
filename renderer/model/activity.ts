import { ACTIVITY_SECONDS, type Measure, type PortSeries, type ProcessActivity } from '../store/activity.js';

/** Seconds that a lane's sparkline shows. */
export const LANE_SECONDS = 60;

/** What a lane shows of its process: connections a second, or bytes where nobody connected meanwhile. */
export interface LaneActivity {
  readonly kind: 'connections' | 'bytes';
  /** One number a second, oldest first; NaN where nobody knows. */
  readonly values: Float64Array;
  /** Of all of them. */
  readonly total: number;
}

/** Sums of measures over ports, second by second; NaN where none of them is known. */
const summed = (
  ports: readonly PortSeries[],
  measures: readonly Measure[],
  seconds: number,
): Pick<LaneActivity, 'values' | 'total'> => {
  const values = new Float64Array(seconds).fill(NaN);
  let total = 0;
  for (const port of ports) {
    for (const measure of measures) {
      const of = port.values(measure).subarray(ACTIVITY_SECONDS - seconds);
      for (const [second, value] of of.entries()) {
        if (Number.isNaN(value)) continue;
        const before = values[second] ?? NaN;
        values[second] = Number.isNaN(before) ? value : before + value;
        total += value;
      }
    }
  }
  return { values, total };
};

export const laneActivity = ({ ports }: ProcessActivity): LaneActivity => {
  const connections = summed(ports, ['accepted'], LANE_SECONDS);
  if (connections.total > 0) return { kind: 'connections', ...connections };
  const bytes = summed(ports, ['bytesIn', 'bytesOut'], LANE_SECONDS);
  return bytes.total > 0 ? { kind: 'bytes', ...bytes } : { kind: 'connections', ...connections };
};

/** Bytes in and out of one port, second by second. */
export const trafficOf = (port: PortSeries): Float64Array =>
  summed([port], ['bytesIn', 'bytesOut'], ACTIVITY_SECONDS).values;

/** The greatest of them, 0 where none is known. */
export const peakOf = (values: Float64Array): number => {
  let peak = 0;
  for (const value of values) if (value > peak) peak = value;
  return peak;
};
