/** Value at a quantile (0–1) of numbers in any order, by the nearest rank. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1));
  return sorted[rank] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** `median (min – max) unit`. */
export const spread = (values: readonly number[], unit: string): string =>
  `${digits(median(values))} (${digits(Math.min(...values))} – ${digits(Math.max(...values))}) ${unit}`;

export const amount = (value: number, unit: string): string => `${digits(value)} ${unit}`;

/** `22.1 times`, or why there is none. */
export const ratio = (peer: readonly number[], ours: readonly number[]): string =>
  `${digits(median(peer) / median(ours))} times`;
