import { z } from 'zod';

/** Bytes of the ring buffer that a helper makes unless it is told otherwise. */
export const defaultRingBytes = 8 << 20;
export const leastRingBytes = 64 << 10;
export const mostRingBytes = 1 << 30;

const isRingSize = (bytes: number): boolean =>
  Number.isInteger(bytes) &&
  bytes >= leastRingBytes &&
  bytes <= mostRingBytes &&
  Number.isInteger(Math.log2(bytes));

const rule = 'a ring buffer has a power of two of bytes, from 64K to 1G: 64K, 128K, … 8M, 16M, … 1G';

/** Size of the ring buffer in bytes. */
export const RingBytes = z.number().refine(isRingSize, rule);

const units: Readonly<Record<string, number>> = { '': 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** Reads `16M`, `16MiB`, `16 mb` or bytes. Undefined: it is no size, or none that a ring buffer can have. */
export const parseRingSize = (text: string): number | undefined => {
  const [, digits, unit] = /^\s*(\d{1,10})\s*([KMG]?)(?:i?B)?\s*$/i.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Number(digits) * (units[unit.toUpperCase()] ?? Number.NaN);
  return isRingSize(bytes) ? bytes : undefined;
};

/** What to say of a text that {@link parseRingSize} does not take. */
export const ringSizeRule = `${rule}.`;

/** `8 MiB`. */
export const ringSizeText = (bytes: number): string => {
  const [size, unit] =
    bytes >= 1 << 30
      ? [bytes / (1 << 30), 'GiB']
      : bytes >= 1 << 20
        ? [bytes / (1 << 20), 'MiB']
        : [bytes / 1024, 'KiB'];
  return `${String(size)} ${unit}`;
};

/** Where the ring buffer of a helper that listens is made larger: it was started by others. */
export const listeningRingRemedy =
  'The helper was started by the system and has a ring buffer of its own. To change it: `systemctl edit bindscope-helper@.service`, with `ExecStart=` and `ExecStart=/usr/lib/bindscope/bindscope-helper --systemd --ring-bytes 16777216`.';
