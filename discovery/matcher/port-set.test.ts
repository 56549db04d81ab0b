import { describe, expect, it } from 'vitest';
import { PortSet } from './port-set.js';

describe('a port set', () => {
  it('merges overlapping and touching ranges', () => {
    const set = new PortSet([
      { first: 10, last: 20 },
      { first: 15, last: 30 },
      { first: 31, last: 31 },
      { first: 1, last: 1 },
      { first: 12, last: 13 },
    ]);
    expect(set.ranges).toBe(2);
  });

  it('agrees with a list of all ports, for random ranges', () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed % below;
    };
    for (let round = 0; round < 50; round += 1) {
      const ranges = Array.from({ length: random(8) }, () => {
        const first = 1 + random(500);
        return { first, last: first + random(40) };
      });
      const set = new PortSet(ranges);
      for (let port = 0; port <= 560; port += 1) {
        expect(set.has(port)).toBe(ranges.some(({ first, last }) => port >= first && port <= last));
      }
    }
  });

  it('holds the ends of the space', () => {
    const set = new PortSet([
      { first: 1, last: 1 },
      { first: 65_535, last: 65_535 },
    ]);
    expect([0, 1, 2, 65_534, 65_535].map((port) => set.has(port))).toEqual([false, true, false, false, true]);
  });

  it('empty holds nothing', () => {
    expect(new PortSet([]).has(80)).toBe(false);
  });
});
