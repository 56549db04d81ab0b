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

/** A statistic of a sample, and the interval that holds the true one with 95 % confidence. */
export interface Estimate {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2000;

/** The interval is found by the bootstrap: the statistic of random samples out of the items. The same for the same items. */
export const estimate = <Item>(
  items: readonly Item[],
  statistic: (sample: readonly Item[]) => number,
): Estimate => {
  const random = generator(items.length);
  const pick = (): Item => items[Math.floor(random() * items.length)] as Item;
  const found = Array.from({ length: resamples }, () => statistic(items.map(pick)));
  return { middle: statistic(items), low: quantile(found, 0.025), high: quantile(found, 0.975) };
};

/** Numbers from 0 to 1, by Marsaglia's xorshift of 32 bits. */
const generator = (seed: number): (() => number) => {
  let state = seed + 0x9e37;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
};
