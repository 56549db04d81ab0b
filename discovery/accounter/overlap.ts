import type { LocalEndpoint } from '../../contract/index.js';

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
