import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BindscopeEvent } from '../../contract/index.js';
import { Shelf } from './shelf.js';

const event = (seq: number): BindscopeEvent => ({ seq }) as BindscopeEvent;
const seqs = (shelf: Shelf): number[] => [...shelf.values()].map(({ seq }) => seq);

test('the oldest leaves first, however many have left before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), (capacity) => {
      const shelf = new Shelf(capacity);
      for (let seq = 0; seq < 5000; seq += 1) {
        expect(shelf.put(event(seq))?.seq).toBe(seq >= capacity ? seq - capacity : undefined);
      }
      expect(shelf.size).toBe(capacity);
      expect(seqs(shelf)).toStrictEqual(Array.from({ length: capacity }, (_, at) => 5000 - capacity + at));
    }),
    { numRuns: 4 },
  );
});

test('what is on it is given in order before any has left', () => {
  const shelf = new Shelf(3);
  shelf.put(event(1));
  shelf.put(event(2));
  expect([shelf.size, seqs(shelf)]).toStrictEqual([2, [1, 2]]);
});
