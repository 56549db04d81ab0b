import type { AddressFamily } from '../../contract/index.js';

const octets = (text: string): number[] | null => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255))
    return null;
  return parts.map(Number);
};

/** Bytes of colon-separated groups; the last may be an IPv4 address. */
const groups = (text: string, mayEndInIpv4: boolean): number[] | null => {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const ipv4 = mayEndInIpv4 && index === parts.length - 1 ? octets(part) : null;
    if (ipv4 !== null) {
      bytes.push(...ipv4);
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
    const group = Number.parseInt(part, 16);
    bytes.push(group >> 8, group & 0xff);
  }
  return bytes;
};

const sixteen = (text: string): number[] | null => {
  const [head = '', tail, more] = text.split('::');
  if (more !== undefined) return null;
  const before = groups(head, tail === undefined);
  const after = tail === undefined ? [] : groups(tail, true);
  if (before === null || after === null) return null;
  const missing = 16 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  return [...before, ...new Array<number>(missing).fill(0), ...after];
};

/** An address in network byte order, 16 bytes with IPv4 in the first 4; null: not an address. */
export const addressBytes = (text: string): { family: AddressFamily; bytes: Uint8Array } | null => {
  const ipv4 = octets(text);
  if (ipv4 !== null)
    return { family: 'ipv4', bytes: Uint8Array.of(...ipv4, ...new Array<number>(12).fill(0)) };
  const ipv6 = text.includes(':') ? sixteen(text) : null;
  return ipv6 === null ? null : { family: 'ipv6', bytes: Uint8Array.from(ipv6) };
};
