import type { AddressFamily } from './socket.js';

const ipv4 = (bytes: Uint8Array, offset: number): string => bytes.subarray(offset, offset + 4).join('.');

/** RFC 5952: lower case, the first longest run of two or more zero groups as `::`. */
const ipv6 = (bytes: Uint8Array, offset: number): string => {
  const groups: number[] = [];
  for (let at = offset; at < offset + 16; at += 2)
    groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${ipv4(bytes, offset + 12)}`;
  }
  let best = 0;
  let bestLength = 1;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > bestLength) [best, bestLength] = [start, length];
    start += length;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestLength < 2) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`;
};

/** Text of the 16 address bytes at `offset`: network byte order, IPv4 in the first 4. */
export const addressText = (family: AddressFamily, bytes: Uint8Array, offset: number): string =>
  family === 'ipv4' ? ipv4(bytes, offset) : ipv6(bytes, offset);
