import type { AddressFamily, LocalEndpoint } from '../../contract/index.js';

/** Text of an IPv6 address as RFC 5952 writes it: lower case, the longest run of zeros as `::`. */
const ipv6 = (bytes: Uint8Array, offset: number): string => {
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[offset + index] ?? 0) << 8) | (bytes[offset + index + 1] ?? 0));
  }
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${ipv4(bytes, offset + 12)}`;
  }
  let best = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > bestLength) [best, bestLength] = [start, length];
    start += length;
  }
  const hex = groups.map((group) => group.toString(16));
  if (best < 0) return hex.join(':');
  return `${hex.slice(0, best).join(':')}::${hex.slice(best + bestLength).join(':')}`;
};

const ipv4 = (bytes: Uint8Array, offset: number): string =>
  `${String(bytes[offset] ?? 0)}.${String(bytes[offset + 1] ?? 0)}.${String(bytes[offset + 2] ?? 0)}.${String(bytes[offset + 3] ?? 0)}`;

/** Text of the 16 address bytes at `offset`, network byte order, IPv4 in the first 4. */
export const addressText = (family: AddressFamily, bytes: Uint8Array, offset: number): string =>
  family === 'ipv4' ? ipv4(bytes, offset) : ipv6(bytes, offset);

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** IPv4-mapped IPv6 addresses name the same endpoint as the IPv4 address within. */
const unmapped = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address);

/**
 * Whether a socket at `held` can keep another from binding `wanted`: 0 when it cannot, else the
 * higher the closer they are (3 the same address, 2 a wildcard of the same family, 1 the dual-stack
 * wildcard of the other family).
 */
export const overlap = (wanted: LocalEndpoint, held: LocalEndpoint): 0 | 1 | 2 | 3 => {
  if (
    wanted.transport !== held.transport ||
    wanted.port !== held.port ||
    wanted.networkNamespace !== held.networkNamespace
  ) {
    return 0;
  }
  if (unmapped(wanted.address) === unmapped(held.address)) return 3;
  if (!isWildcard(wanted.address) && !isWildcard(held.address)) return 0;
  if (wanted.family === held.family) return 2;
  // Between families only the IPv6 wildcard reaches over (dual stack), or a mapped IPv4 address.
  const six = wanted.family === 'ipv6' ? wanted : held;
  return six.address === '::' || six.address.startsWith('::ffff:') ? 1 : 0;
};
