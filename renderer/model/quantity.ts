const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes in the largest unit that leaves at least 1: `0 B`, `812 B`, `1.4 KiB`, `23 MiB`. */
export const bytesText = (bytes: number): string => {
  let value = Math.max(0, bytes);
  let unit = 0;
  // What would be written as 1024 goes up, too.
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 9.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
};

/** A number that is counted, but may be an average: `0`, `3`, `0.4`, `12`. */
export const amountText = (value: number): string =>
  Number.isInteger(value) || value >= 9.95 ? String(Math.round(value)) : value.toFixed(1);
